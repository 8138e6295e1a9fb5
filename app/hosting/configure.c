/* configure.c - a site that is there gets other names, or another plan.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/configure.h"

#include <string.h>

#include "base/buf.h"
#include "base/fact.h"
#include "base/json.h"
#include "base/text.h"
#include "billing/subscription.h"
#include "hosting/website_parts.h"
#include "identity/audit.h"

/* ---- what is asked ---- */

enum err
website_is_changing(struct tx *tx, const struct id *subscription, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND subscription_id = $2 "
	    "AND type = 'website' AND step = 'configure' "
	    "AND status IN ('pending', 'in_progress')",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	if (e == OK)
		*out = n > 0;
	return e;
}

/* Up, and not in the middle of another change. */
static enum err
get_ready(struct tx *tx, const struct id *website, bool may_be_suspended,
    struct website *w)
{
	const char *next;
	bool changing;
	enum err e = website_get(tx, website, w);

	if (e == OK)
		e = website_will_be(tx, w, &next);
	if (e == OK)
		e = website_is_changing(tx, &w->subscription, &changing);
	if (e != OK)
		return e;
	if (changing) {
		problem_add(tx->problems, "", "conflict",
		    "This website is being changed already. Try again in a "
		    "minute.");
		return E_CONFLICT;
	}
	if (str_eq(next, "active") ||
	    (may_be_suspended && str_eq(next, "suspended")))
		return OK;
	problem_add_words(
	    tx->problems, "", "conflict", "%s is %s.", w->domain, next);
	return E_CONFLICT;
}

/* ["a.test"] and b.test are ["a.test","b.test"]; what is new of it is left out.
 */
static const char *
names_with(
    struct tx *tx, const char *aliases, const char *more, const char *but)
{
	json_t *list = json_own(tx->arena, aliases ? aliases : "[]");
	struct json_out w;
	struct buf b;

	if (!list)
		return NULL;
	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '[');
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name && !str_eq(name, but) && !str_eq(name, more))
			json_str(&w, NULL, name);
	}
	json_str(&w, NULL, more);
	json_close(&w, ']');
	json_decref(list);
	return buf_move(tx->arena, &b);
}

enum err
website_rename(struct tx *tx, const struct id *website, const char *name)
{
	const char *was;
	struct website w;
	struct id task;
	enum err e = get_ready(tx, website, false, &w);

	if (e != OK)
		return e;
	was = w.domain;
	w.aliases = names_with(tx, w.aliases, was, name);
	w.domain = name;
	if (!w.aliases)
		return tx_fail(tx, E_BUSY);
	e = website_step(tx, &w, "configure", &task);
	return e == OK ? audit(tx, "website.rename", "websites", website,
			     audit_detail(tx->arena, "from", was, "to", name))
		       : e;
}

enum err
website_change_plan(
    struct tx *tx, const struct id *website, const struct website_plan *plan)
{
	struct website w;
	struct id task;
	enum err e = get_ready(tx, website, true, &w);

	if (e == OK)
		e = plan_wants_php(tx, plan->plan, &w.php);
	if (e != OK)
		return e;
	w.plan = plan->code;
	if (w.php && !w.php_version)
		w.php_version = PHP_VERSION_DEFAULT;
	e = website_step(tx, &w, "configure", &task);
	return e == OK ? audit(tx, "website.plan", "websites", website,
			     audit_detail(tx->arena, "plan", plan->code))
		       : e;
}

/* ---- what the agent has made ---- */

/* Its own payload says what was asked: what a node reports is not believed. */
static const char *
asked(struct tx *tx, const struct task *t, const char *name)
{
	const char *s = json_string_value(json_object_get(t->payload, name));

	return s ? arena_strdup(tx->arena, s) : NULL;
}

static const char *
asked_aliases(struct tx *tx, const struct task *t)
{
	const json_t *list = json_object_get(t->payload, "aliases");

	return json_is_array(list) ? json_canonical(tx->arena, list) : "[]";
}

/* Whatever of the customer's was called by the site's old name, backups of it
 * for instance, is called by the new one. */
static enum err
rename_subscriptions(struct tx *tx, const struct website *w, const char *domain)
{
	enum err e = db_exec(tx,
	    "UPDATE subscriptions SET domain = $4, version = version + 1, "
	    "updated_at = $5 WHERE tenant_id = $1 AND customer_id = $2 "
	    "AND domain = $3 AND status NOT IN ('cancelled', 'expired')",
	    DB_ID(&tx->tenant), DB_ID(&w->customer), DB_TEXT(w->domain),
	    DB_TEXT(domain), DB_INT(tx->now));

	if (e == OK)
		e = subscription_set_domain(tx, &w->subscription, domain);
	return e == OK ? fact(tx, FACT_SITE_NAMED, &w->subscription) : e;
}

enum err
website_configured(struct tx *tx, const struct task *t)
{
	const char *domain = asked(tx, t, "domain");
	const char *aliases = asked_aliases(tx, t);
	bool php = json_is_true(json_object_get(t->payload, "php"));
	struct website w;
	enum err e = website_get(tx, &t->website, &w);

	if (e != OK)
		return e;
	if (!domain || !aliases)
		return tx_fail(tx, E_BUSY);
	e = db_exec(tx,
	    "UPDATE websites SET domain = $3, additional_domains = $4, "
	    "app_type = $5, php_version = $6, version = version + 1, "
	    "updated_at = $7 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&t->website), DB_TEXT(domain),
	    DB_TEXT(aliases), DB_TEXT(php ? "php" : "static"),
	    DB_TEXT(php ? asked(tx, t, "phpVersion") : NULL), DB_INT(tx->now));
	return e == OK && !str_eq(domain, w.domain)
		   ? rename_subscriptions(tx, &w, domain)
		   : e;
}
