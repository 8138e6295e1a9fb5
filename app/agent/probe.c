/* probe.c - does the site really answer?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/probe.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "agent/nginx_vhost.h"

#define PATIENCE_US (6 * 1000 * 1000)
/* While nginx reloads, old and new workers answer in turn for 100 ms. */
#define STEADY_US   (300 * 1000)
#define PAUSE_NS    (100 * 1000 * 1000)
#define CALL_MS	    3000
#define PROBE_ARENA (8 * 1024 * 1024)

/* What the executor says of the site. */
struct site_facts {
	const char *id, *domain;
	bool php, fresh, suspended;
};

struct prober {
	const struct node *node;
	struct http_client *http;
	struct arena *a;
	struct site_facts site;
	struct buf *why;
};

static bool
get(struct prober *p, const char *path, struct http_reply *out)
{
	const char *host = arena_printf(p->a, "Host: %s", p->site.domain);
	const char *const headers[] = {host, NULL};
	struct http_request rq = {
	    .url = arena_printf(p->a, "%s%s", p->node->probe, path),
	    .headers = headers,
	    .timeout_ms = CALL_MS,
	};

	if (host == NULL || rq.url == NULL)
		return false;
	if (http_call(p->http, p->a, &rq, out) == OK)
		return true;
	buf_reset(p->why);
	buf_printf(p->why, "http://%s%s does not answer: %s", p->site.domain,
	    path, http_reason(p->http));
	return false;
}

/* A mark is compared as a whole, a page is searched. */
static bool
expect(struct prober *p, const char *path, int status, const char *text)
{
	struct http_reply reply;

	if (!get(p, path, &reply))
		return false;
	if (reply.status == status &&
	    (str_eq(path, "/") ? strstr(reply.body, text) != NULL
			       : str_eq(reply.body, text)))
		return true;
	buf_reset(p->why);
	buf_printf(p->why, "http://%s%s answers %d%s", p->site.domain, path,
	    reply.status,
	    reply.status == status ? " without what it should say" : "");
	return false;
}

/* The mark proves that this very configuration is live; a page that the
 * customer has put there says what it likes. */
static bool
is_up(struct prober *p)
{
	struct http_reply page;

	if (!expect(p, VHOST_MARK, 200, p->site.id) ||
	    (p->site.php && !expect(p, VHOST_PHP_MARK, 200, p->site.id)))
		return false;
	if (!p->site.fresh)
		return true;
	if (!expect(p, "/", 200, p->site.domain) || !get(p, "/", &page))
		return false;
	if (strstr(page.body, "<?") == NULL)
		return true;
	buf_reset(p->why);
	buf_puts(p->why, "PHP's source is shown instead of its page");
	return false;
}

static bool
is_suspended(struct prober *p)
{
	const char *mark = arena_printf(p->a, "suspended %s", p->site.id);

	return mark != NULL && expect(p, VHOST_MARK, 200, mark) &&
	       expect(p, "/", 503, "suspended");
}

static bool
is_gone(struct prober *p)
{
	struct http_reply reply;

	if (!get(p, VHOST_MARK, &reply))
		return false;
	if (reply.status != 200 || strstr(reply.body, p->site.id) == NULL)
		return true;
	buf_reset(p->why);
	buf_printf(p->why, "http://%s still answers", p->site.domain);
	return false;
}

static bool
looks_right(struct prober *p, enum verb verb)
{
	if (verb == VERB_WEBSITE_REMOVE)
		return is_gone(p);
	return p->site.suspended ? is_suspended(p) : is_up(p);
}

static enum err
read_facts(struct arena *a, const char *result, struct site_facts *out)
{
	struct site_facts s = {.id = "", .domain = ""};
	struct problems problems;
	struct json_in in;
	json_t *v = NULL;
	bool good;

	problems_init(&problems, a);
	if (json_parse(result, strlen(result), &problems, &v) != OK)
		return E_INPUT;
	in = (struct json_in){v, "", &problems, a};
	good = json_in_text(&in, "siteId", JSON_REQUIRED, 36, &s.id) &&
	       json_in_text(&in, "domain", JSON_REQUIRED, 253, &s.domain) &&
	       json_in_bool(&in, "php", JSON_OPTIONAL, &s.php) &&
	       json_in_bool(&in, "fresh", JSON_OPTIONAL, &s.fresh) &&
	       json_in_bool(&in, "suspended", JSON_OPTIONAL, &s.suspended);
	json_decref(v);
	if (!good)
		return E_INPUT;
	*out = s;
	return OK;
}

enum err
probe_site(const struct node *node, struct http_client *http, enum verb verb,
    const char *result, struct buf *why)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int64_t until = clock_mono_us() + PATIENCE_US;
	int64_t since = 0, right_us = 0;
	struct arena *facts = arena_new(64 * 1024);
	struct prober p = {.node = node,
	    .http = http,
	    .a = arena_new(PROBE_ARENA),
	    .why = why};
	enum err e = E_LIMIT;

	if (facts != NULL && p.a != NULL)
		e = read_facts(facts, result, &p.site);
	while (e == OK && right_us < STEADY_US) {
		int64_t now = clock_mono_us();

		if (looks_right(&p, verb)) {
			right_us = since != 0 ? now - since : 0;
			since = since != 0 ? since : now;
		} else {
			since = right_us = 0;
			if (now >= until)
				e = E_REMOTE;
		}
		if (e == OK && right_us < STEADY_US)
			nanosleep(&pause, NULL);
		arena_reset(p.a);
	}
	arena_free(&p.a);
	arena_free(&facts);
	return e;
}
