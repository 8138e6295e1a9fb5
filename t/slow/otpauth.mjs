// otpauth.mjs - an authenticator app that we did not write sets itself up with
// the panel and signs in: otpauth.mjs URL EMAIL PASSWORD
// SPDX-License-Identifier: AGPL-3.0-or-later
import { createRequire } from 'node:module';

const require = createRequire(process.env.ORACLE_NPM);
const OTPAuth = require('otpauth');
const [url, email, password] = process.argv.slice(2);
let passed = 0, failed = 0;

function check(good, what) {
	if (good)
		passed++;
	else {
		failed++;
		console.log(`FAIL ${what}`);
	}
}

async function call(path, body, token) {
	const headers = { 'content-type': 'application/json' };
	if (token)
		headers.authorization = `Bearer ${token}`;
	const r = await fetch(url + path, { method: 'POST', headers,
		body: JSON.stringify(body) });
	return { status: r.status, body: await r.json() };
}

const first = await call('/api/auth/login', { email, password });
const setup = await call('/api/2fa/totp/setup', {}, first.body.accessToken);
const app = OTPAuth.URI.parse(setup.body.uri);
check(app instanceof OTPAuth.TOTP, 'the address is one of TOTP');
check(app.label === email, `it names the person: ${app.label}`);
check(app.secret.base32 === setup.body.secret, 'and the secret');
check(app.digits === 6 && app.period === 30 && app.algorithm === 'SHA1',
	'and how it counts');

const step = 30000, now = Date.now();
const on = await call('/api/2fa/totp/verify',
	{ code: app.generate({ timestamp: now - step }) },
	first.body.accessToken);
check(on.status === 200, `its code is taken: ${JSON.stringify(on.body)}`);

for (const [offset, status, what] of [
	[0, 200, 'the code of now'], [0, 401, 'that code again'],
	[step, 200, 'the next one, of a clock that is ahead'],
	[-step, 401, 'one that is older than the last'],
	[10 * step, 401, 'one of a clock that is wrong']]) {
	const asked = await call('/api/auth/login', { email, password });
	const r = await call('/api/auth/login', {
		challenge: asked.body.challenge,
		otp: app.generate({ timestamp: now + offset }) });
	check(r.status === status, `${what}: ${r.status}`);
}
console.log(`TOTAL pass=${passed} fail=${failed}`);
process.exit(failed ? 1 : 0);
