/* shop_pages.c - a shop's pages and calls, asked through the gate.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "shop_pages.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "face/noun_routes.h"
#include "tap.h"
#include "web/exchange.h"

/* ---- whose request it is: the cookie says the role ---- */

static struct id tenant;

static enum err
tenant_of_host(struct request *rq)
{
	rq->tenant = tenant;
	rq->tenant_slug = rq->tenant_name = "acme";
	rq->tenant_currency = "USD";
	return OK;
}

static bool
may(const char *who, enum perm p)
{
	bool reads = str_ends(perm_name(p), ":read");

	if (str_starts(who, "owner"))
		return true;
	if (str_starts(who, "clerk"))
		return p == PERM_ORDERS_WRITE;
	return reads || (str_starts(who, "seller") && p == PERM_ORDERS_WRITE);
}

static enum err
actor_of_cookie(struct request *rq, const char *cookie)
{
	rq->actor.kind = ACTOR_USER;
	rq->actor.id = tenant;
	snprintf(rq->actor.name, sizeof(rq->actor.name), "%s", cookie);
	for (enum perm p = PERM__UNSET + 1; p < PERM__MAX; p++)
		if (may(cookie, p))
			perm_add(&rq->actor.perms, p);
	return OK;
}

static const struct gate_ops ops = {
    .tenant_of_host = tenant_of_host,
    .actor_of_cookie = actor_of_cookie,
    .note_denied = webtest_no_note,
    .dress = webtest_no_dress,
    .touch = webtest_no_touch,
};

/* ---- the gate ---- */

static const struct setting page_settings[] = {
    {"stripe_secret_key", SETTING_SECRET, "", 0, 0, ""},
    {"approve_refund_over", SETTING_INT, "0", 0, 1000000000, ""},
    {"approve_removals_over", SETTING_INT, "5", 0, 1000, ""},
    {"approve_role_changes", SETTING_BOOL, "no", 0, 0, ""},
    {"factor_required_roles", SETTING_TEXT, "", 0, 0, ""},
    {"rate_anonymous_per_s", SETTING_INT, "0", 0, 1000000, ""},
    {"limit_exempt", SETTING_TEXT, "", 0, 0, ""},
    {"trusted_proxies", SETTING_TEXT, "", 0, 0, ""},
    {"metrics_loopback", SETTING_BOOL, "yes", 0, 0, ""},
    {"hsts", SETTING_BOOL, "no", 0, 0, ""},
    {NULL, SETTING_TEXT, NULL, 0, 0, NULL},
};

void
shop_pages_open(
    struct webtest *w, struct shop *s, const struct route **tables, size_t n)
{
	struct buf complaint;

	tenant = s->tenant;
	tables[n - 1] = noun_routes(tables, n - 1);
	webtest_open(w, s->t, tables, n, &ops);
	settings_free(&w->settings);
	buf_init(&complaint, 0);
	if (settings_load(page_settings, NULL, &w->settings, &complaint) != OK)
		bail("%s", buf_str(&complaint));
	buf_fini(&complaint);
	w->config.settings = w->settings;
	webtest_again(w);
}

void
shop_pages_of(const struct id *of)
{
	tenant = *of;
}

/* ---- asking ---- */

int
shop_page(struct webtest *w, const char *who, const char *uri)
{
	char cookie[64];

	snprintf(cookie, sizeof(cookie), "mp_session=%s", who);
	return webtest_call(w, &(struct call){.uri = uri, .cookie = cookie});
}

bool
shop_page_shows(const struct webtest *w, const char *text)
{
	return strstr(w->body, text) != NULL;
}

int
shop_form(struct webtest *w, struct shop *s, const char *who, const char *uri,
    const char *form)
{
	const char *csrf = csrf_token(s->t->arena, who);

	return webtest_call(
	    w, &(struct call){
		   .method = "POST",
		   .uri = uri,
		   .cookie = arena_printf(s->t->arena, "mp_session=%s", who),
		   .type = "application/x-www-form-urlencoded",
		   .body = arena_printf(s->t->arena, "csrf=%s%s%s", csrf,
		       *form ? "&" : "", form),
	       });
}
