/* csrf.c - did a page of ours send this, or somebody else's?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A form carries a token made from the secret of the cookie that comes with
 * it: of the session, or of the door cookie where nobody is signed in.  Only
 * who can read the page knows it, and it needs no key and no row.  What the
 * browser says about the sender (Origin, Sec-Fetch-Site) must agree.
 */
#include "config.h"
#include "web/exchange.h"

#include <string.h>

#include "base/secret.h"
#include "base/text.h"

#define DOOR_COOKIE "mp_door"

const char *
csrf_token(struct arena *a, const char *secret)
{
	char hash[TOKEN_HASH_LEN];
	const char *named = arena_printf(a, "csrf %s", secret);

	if (!named)
		return NULL;
	content_hash(named, strlen(named), hash);
	return arena_strdup(a, hash);
}

const char *
csrf_door_token(struct request *rq)
{
	const char *door = cookie_text(rq, DOOR_COOKIE);
	char fresh[TOKEN_MAX];

	if (!door || strlen(door) < 40) {
		token_new("", fresh);
		reply_cookie(rq, DOOR_COOKIE, fresh, 0, true);
		door = fresh;
	}
	return csrf_token(rq->arena, door);
}

/* In the request's own memory: a handler that runs again forgets its own. */
void
reply_session(struct request *rq, const char *token, int max_age_s)
{
	struct exchange *x = exchange_of(rq);

	reply_cookie(rq, SESSION_COOKIE, token, max_age_s, true);
	rq->csrf = csrf_token(x->gate->request_arena, token);
}

/* The origin is this site: same host and port as the request's, and https
 * where the request came by TLS. */
static bool
origin_is_own(const struct exchange *x, const char *origin)
{
	const char *authority = strstr(origin, "://");

	if (!authority || !x->head.host)
		return false;
	if (x->rq.is_tls && !str_starts(origin, "https://"))
		return false;
	if (!str_starts(origin, "http://") && !str_starts(origin, "https://"))
		return false;
	return str_eq_nocase(authority + 3, x->head.host);
}

/* What the browser says of where the request comes from. */
static bool
sender_is_own(const struct exchange *x)
{
	const char *site = x->head.fetch_site;

	if (site && !str_eq(site, "same-origin") && !str_eq(site, "none"))
		return false;
	return !x->head.origin || origin_is_own(x, x->head.origin);
}

static const char *
given_token(const struct request *rq)
{
	const char *t = form_text(rq, "csrf");

	return t ? t : header_text(rq, "X-CSRF-Token");
}

static const struct refusal forged = {403, "csrf",
    "This form has expired or was sent from another site. Load the page "
    "again and repeat what you did."};

enum err
csrf_check(struct exchange *x)
{
	struct request *rq = &x->rq;
	bool is_door = (rq->route->flags & ROUTE_DOOR) != 0;
	const char *secret =
	    is_door ? cookie_text(rq, DOOR_COOKIE) : x->session;
	const char *want, *given;

	if (rq->method == GET || (!is_door && !x->session))
		return OK;
	if (!sender_is_own(x))
		return deny(x, "request of another site", &forged);
	given = given_token(rq);
	want = secret ? csrf_token(rq->arena, secret) : NULL;
	if (!given || !want || !str_eq_secret(given, want))
		return deny(x, "csrf token", &forged);
	return OK;
}
