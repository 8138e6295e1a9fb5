/* tls.c - whom outside/http.h trusts, against openssl's own server.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "outside/http.h"

#include "base/log.h"
#include "tap.h"
#include "tls_server.h"

static void
trust(const struct tls_server *s)
{
	struct http_client *client = http_client_new();
	struct arena *a = arena_new(1 << 22);
	struct http_request rq = {
	    .url = arena_printf(a, "https://127.0.0.1:%d/hello", s->port)};
	struct http_reply r;

	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "an unknown authority is refused: %s", http_reason(client));
	rq.ca_file = s->cert;
	ok(http_call(client, a, &rq, &r) == OK && r.status == 200,
	    "one that was named is trusted %s", http_reason(client));
	rq.url = arena_printf(a, "https://localhost:%d/hello", s->port);
	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "but not for another name: %s", http_reason(client));
	rq.url = arena_printf(a, "https://127.0.0.1:%d/hello", s->port);
	rq.ca_file = NULL;
	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "and not in a later call without it: %s", http_reason(client));
	rq.ca_file = s->key;
	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "a file without certificates trusts nobody: %s",
	    http_reason(client));
	arena_free(&a);
	http_client_free(&client);
}

int
main(void)
{
	static const char *const options[] = {"-HTTP", NULL};
	struct tls_server s;

	log_set_level(LOG__MAX);
	if (tls_server_init(&s)) {
		tls_server_put(&s, "hello",
		    "HTTP/1.1 200 OK\r\nConnection: close\r\n"
		    "Content-Length: 2\r\n\r\nhi");
		tls_server_start(&s, options);
		trust(&s);
		tls_server_stop(&s);
	} else {
		ok(true, "TLS # SKIP no openssl to make a certificate");
	}
	tls_server_fini(&s);
	return tap_done();
}
