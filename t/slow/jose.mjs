// jose.mjs - access tokens and their keys, read by the library jose (npm).
// SPDX-License-Identifier: AGPL-3.0-or-later
//
//	node jose.mjs URL EMAIL PASSWORD
//
// A token that was just given out verifies through the panel's JWKS, as anybody
// would do it; an altered one, one of another audience or issuer, and one that
// is looked at after its end do not.  ORACLE_NPM names the tree with jose.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.env.ORACLE_NPM);
const { createRemoteJWKSet, jwtVerify, decodeProtectedHeader } =
	await import(pathToFileURL(require.resolve('jose')));
const [url, email, password] = process.argv.slice(2);
let pass = 0, fail = 0;

function check(good, what) {
	if (good) pass++;
	else { fail++; console.log('FAIL ' + what); }
}

async function refused(what, token, options) {
	try {
		await jwtVerify(token, keys, options);
		check(false, what);
	} catch {
		check(true, what);
	}
}

const keys = createRemoteJWKSet(new URL(url + '/.well-known/jwks.json'));
const reply = await fetch(url + '/api/auth/login', {
	method: 'POST',
	headers: { 'content-type': 'application/json' },
	body: JSON.stringify({ email, password }),
});
const body = await reply.json();
const token = body.accessToken;
const options = { issuer: url, audience: 'mpanel-api',
	algorithms: ['EdDSA'], typ: 'JWT' };

check(reply.status === 200, 'a log-in gives a token');
const { payload } = await jwtVerify(token, keys, options);
check(payload.sub === body.user.id, 'it names the person');
check(payload.tid === body.user.tenantId, 'and the company');
check(payload.exp - payload.iat === body.expiresIn, 'and its end');
check(payload.nbf === payload.iat, 'and its beginning');
check(/^[0-9a-f-]{36}$/.test(payload.jti), 'and has an id');
check(decodeProtectedHeader(token).alg === 'EdDSA', 'signed by EdDSA');
const parts = token.split('.');
const other = parts[1].slice(0, -1) + (parts[1].endsWith('A') ? 'B' : 'A');
await refused('an altered one', [parts[0], other, parts[2]].join('.'), options);
await refused('another audience', token, { ...options, audience: 'x' });
await refused('another issuer', token, { ...options, issuer: 'x' });
await refused('after its end', token, { ...options,
	currentDate: new Date((payload.exp + 1) * 1000) });
const jwks = await (await fetch(url + '/.well-known/jwks.json')).json();
check(jwks.keys.length >= 1 && jwks.keys.every(k => k.kty === 'OKP'
	&& k.crv === 'Ed25519' && k.use === 'sig' && !('d' in k)),
	'the keys are public halves');
console.log(`TOTAL pass=${pass} fail=${fail}`);
process.exit(fail ? 1 : 0);
