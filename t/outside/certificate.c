/* certificate.c - how long a certificate is valid, of openssl's own server.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "outside/certificate.h"

#include <stdio.h>
#include <time.h>

#include "tap.h"
#include "tls_server.h"

#define DAY_S		 86400
#define CERTIFICATE_DAYS 2 /* tls_server_init() */

int
main(void)
{
	static const char *const options[] = {"-HTTP", NULL};
	struct tls_server s;
	int64_t ends = 0, before = time(NULL), after;
	char url[64];

	if (!tls_server_init(&s)) {
		ok(true, "TLS # SKIP no openssl to make a certificate");
		tls_server_fini(&s);
		return tap_done();
	}
	after = time(NULL);
	tls_server_start(&s, options);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/", s.port);
	is_int(certificate_ends(url, 5000, &ends), OK,
	    "a certificate that nobody trusts is looked at");
	ok(ends >= before + CERTIFICATE_DAYS * DAY_S &&
		ends <= after + CERTIFICATE_DAYS * DAY_S,
	    "and says when it ends: in %lld s", (long long)(ends - before));
	tls_server_stop(&s);
	is_int(certificate_ends(url, 5000, &ends), E_REMOTE,
	    "where nobody answers there is none");
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", s.port);
	is_int(certificate_ends(url, 5000, &ends), E_INPUT,
	    "nor at an address without TLS");
	tls_server_fini(&s);
	return tap_done();
}
