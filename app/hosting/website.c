/* website.c - sites on servers, and the tasks that make and change them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/website_parts.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "hosting/backup.h"
#include "hosting/payload.h"
#include "identity/audit.h"
#include "mail/mail.h"
#include "provisioning/task.h"

#define NOWHERE "preview.invalid"

/* ---- rows ---- */

enum err
website_get(struct tx *tx, const struct id *id, struct website *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT w.id, w.server_id, w.customer_id, w.subscription_id, "
	    "w.domain, w.status, w.system_user, w.app_type, w.php_version, "
	    "w.version, c.name, c.email, v.name, w.additional_domains, "
	    "(SELECT p.code FROM subscriptions s JOIN products p "
	    "ON p.tenant_id = s.tenant_id AND p.id = s.product_id "
	    "WHERE s.tenant_id = w.tenant_id AND s.id = w.subscription_id) "
	    "FROM websites w "
	    "JOIN customers c ON c.tenant_id = w.tenant_id "
	    "AND c.id = w.customer_id "
	    "LEFT JOIN servers v ON v.tenant_id = w.tenant_id "
	    "AND v.id = w.server_id "
	    "WHERE w.tenant_id = $1 AND w.id = $2 " SQL_PG("FOR UPDATE OF w"),
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct website){
	    .id = row_id(&r, 0),
	    .server = row_id(&r, 1),
	    .customer = row_id(&r, 2),
	    .subscription = row_id(&r, 3),
	    .domain = row_strdup(&r, 4),
	    .status = row_strdup(&r, 5),
	    .system_user = row_strdup(&r, 6),
	    .php = str_eq(row_text(&r, 7), "php"),
	    .php_version = row_strdup(&r, 8),
	    .version = row_int(&r, 9),
	    .customer_name = row_strdup(&r, 10),
	    .customer_email = row_strdup(&r, 11),
	    .server_name = row_is_null(&r, 12) ? "" : row_strdup(&r, 12),
	    .aliases = row_strdup(&r, 13),
	    .plan = row_is_null(&r, 14) ? "" : row_strdup(&r, 14),
	};
	return rows_done(&r);
}

enum err
website_of_subscription(
    struct tx *tx, const struct id *subscription, struct id *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id FROM websites WHERE tenant_id = $1 "
	    "AND subscription_id = $2 AND status <> 'removed'",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	if (e != OK)
		return e;
	*out = row_id(&r, 0);
	return rows_done(&r);
}

struct site_payload
website_payload_of(const struct website *w)
{
	return (struct site_payload){
	    .site = w->id,
	    .domain = w->domain,
	    .aliases = w->aliases,
	    .plan = w->plan,
	    .server = w->server_name,
	    .customer_name = w->customer_name,
	    .customer_email = w->customer_email,
	    .system_user = w->system_user,
	    .php = w->php,
	    .php_version = w->php_version,
	};
}

const char *
website_payload(struct tx *tx, const struct website *w, int64_t retention_days)
{
	struct site_payload p = website_payload_of(w);

	p.retention_days = retention_days;
	return payload_json(tx->arena, &p);
}

enum err
website_set_status(struct tx *tx, const struct id *id, const char *status)
{
	return db_exec(tx,
	    "UPDATE websites SET status = $3, version = version + 1, "
	    "updated_at = $4 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(status), DB_INT(tx->now));
}

/* ---- a new site ---- */

/* `mp_` and 12 hex digits of the site's own randomness: a name no two sites
 * share, that is also fit for useradd. */
static const char *
system_user(struct tx *tx, const struct id *site)
{
	return arena_printf(tx->arena, "mp_%s", site->s + 24);
}

/* Below the node's preview zone, else its own name; `.invalid` (RFC 2606) until
 * somebody attaches a domain is better than no site for paid money.  A label
 * has 63 characters at most. */
const char *
website_preview_name(
    struct tx *tx, const char *code, const struct server *server)
{
	const char *zone = server ? server->preview_zone : NOWHERE;
	unsigned char raw[3];
	char hex[7];

	random_bytes(raw, sizeof(raw));
	hex_encode(hex, raw, sizeof(raw));
	if (!zone[0])
		zone = domain_valid(server->fqdn) ? server->fqdn : NOWHERE;
	return arena_printf(tx->arena, "%.56s-%s.%s", code, hex, zone);
}

bool
website_has_no_name(const char *domain)
{
	return str_ends(domain, "." NOWHERE);
}

enum err
plan_wants_php(struct tx *tx, const char *plan, bool *out)
{
	json_t *v = NULL;
	enum err e = json_parse(plan, strlen(plan), tx->problems, &v);

	if (e != OK)
		return e;
	*out = json_is_true(json_object_get(v, "php"));
	json_decref(v);
	return OK;
}

static enum err
insert_website(struct tx *tx, const struct website *w)
{
	return db_must(tx,
	    "INSERT INTO websites (tenant_id, id, domain, server_id, "
	    "customer_id, subscription_id, app_type, php_version, "
	    "system_user, status, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $10) "
	    "ON CONFLICT (tenant_id, domain) WHERE status <> 'removed' "
	    "DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&w->id), DB_TEXT(w->domain),
	    DB_ID(&w->server), DB_ID(&w->customer), DB_ID(&w->subscription),
	    DB_TEXT(w->php ? "php" : "static"), DB_TEXT(w->php_version),
	    DB_TEXT(w->system_user), DB_INT(tx->now));
}

static enum err
tell_no_place(struct tx *tx, const struct id *task)
{
	return mail_add(tx, &(struct mail){
				.template = MAIL_STAFF_NO_PLACE,
				.once = arena_printf(tx->arena,
				    "mail/staff-no-place:%s", task->s),
				.ref_name = "taskId",
				.ref = task,
			    });
}

enum err
website_order(struct tx *tx, const struct website_order *o, struct website *out,
    struct id *task_out)
{
	const struct server *server = o->place.server;
	struct website w = {
	    .id = id_new(clock_now_ms()),
	    .server = server ? server->id : (struct id){""},
	    .server_name = server ? server->name : "",
	    .customer = o->customer,
	    .subscription = o->subscription,
	    .domain = o->domain,
	    .status = "pending",
	    .plan = o->code,
	    .customer_name = o->customer_name,
	    .customer_email = o->customer_email,
	    .version = 1,
	};
	enum err e = plan_wants_php(tx, o->plan, &w.php);

	w.system_user = system_user(tx, &w.id);
	w.php_version = w.php ? PHP_VERSION_DEFAULT : NULL;
	if (e != OK || (e = insert_website(tx, &w)) != OK)
		return e;
	*out = w;
	e = task_queue(tx,
	    &(struct task_new){
		.type = "website",
		.step = "create",
		.server = w.server,
		.subscription = o->subscription,
		.website = w.id,
		.order = o->order,
		.is_first = true,
		.dedupe_key = arena_printf(tx->arena, "%s:create", w.id.s),
		.payload = website_payload(tx, &w, 0),
		.domain = w.domain,
		.plan = w.plan,
		.placement = o->place.why,
	    },
	    task_out);
	return e == OK && !server ? tell_no_place(tx, task_out) : e;
}

enum err
website_find(struct tx *tx, const struct id *customer, const char *domain,
    struct id *website_out, struct id *create_task_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT w.id, (SELECT t.id FROM provisioning_tasks t "
	    "WHERE t.tenant_id = w.tenant_id AND t.website_id = w.id "
	    "AND t.type = 'website' AND t.step = 'create' "
	    "AND t.status <> 'success') "
	    "FROM websites w "
	    "WHERE w.tenant_id = $1 AND w.customer_id = $2 "
	    "AND w.domain = $3 AND w.status <> 'removed'",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_TEXT(domain));

	if (e != OK)
		return e;
	*website_out = row_id(&r, 0);
	*create_task_out = row_id(&r, 1);
	return rows_done(&r);
}

/* ---- verbs ---- */

/* Each step is of a version of its own: a second suspension is not taken for
 * the first, even if that one has failed. */
enum err
website_step(struct tx *tx, const struct website *w, const char *step,
    struct id *task_out)
{
	enum err e = website_set_status(tx, &w->id, w->status);

	if (e != OK)
		return e;
	return task_queue(tx,
	    &(struct task_new){
		.type = "website",
		.step = step,
		.server = w->server,
		.subscription = w->subscription,
		.website = w->id,
		.dedupe_key = arena_printf(
		    tx->arena, "%s:%s:%" PRId64, w->id.s, step, w->version),
		.payload = website_payload(tx, w, 0),
		.domain = w->domain,
		.plan = w->plan,
	    },
	    task_out);
}

/* {"reason": why} for the audit log. */
static const char *
reason_json(struct tx *tx, const char *why)
{
	struct buf b;

	buf_init(&b, 0);
	buf_puts(&b, "{\"reason\":\"");
	buf_json(&b, why, strlen(why));
	buf_puts(&b, "\"}");
	return buf_move(tx->arena, &b);
}

enum err
website_not_from(struct tx *tx, const struct website *w, const char *status)
{
	problem_add_words(
	    tx->problems, "", "conflict", "%s is %s.", w->domain, status);
	return E_CONFLICT;
}

enum err
website_will_be(struct tx *tx, const struct website *w, const char **status_out)
{
	struct rows r;
	const char *step;
	enum err e = db_one(tx, &r,
	    "SELECT step FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND subscription_id = $2 "
	    "AND website_id = $3 AND type = 'website' "
	    "AND status IN ('pending', 'in_progress') "
	    "ORDER BY id DESC LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(&w->subscription), DB_ID(&w->id));

	if (e == E_NOTFOUND) {
		*status_out = w->status;
		return OK;
	}
	if (e != OK)
		return e;
	step = row_text(&r, 0);
	if (str_eq(step, "suspend"))
		*status_out = "suspended";
	else if (str_eq(step, "remove"))
		*status_out = "removed";
	else
		*status_out = str_eq(step, "unsuspend") ? "active" : w->status;
	return rows_done(&r);
}

enum err
website_suspend(struct tx *tx, const struct id *website, const char *why)
{
	struct website w;
	const char *next;
	struct id task;
	enum err e = website_get(tx, website, &w);

	if (e == OK)
		e = website_will_be(tx, &w, &next);
	if (e != OK || str_eq(next, "suspended"))
		return e;
	if (!str_eq(next, "active"))
		return website_not_from(tx, &w, next);
	e = website_step(tx, &w, "suspend", &task);
	return e == OK ? audit(tx, "website.suspend", "websites", website,
			     reason_json(tx, why))
		       : e;
}

enum err
website_unsuspend(struct tx *tx, const struct id *website)
{
	struct website w;
	const char *next;
	struct id task;
	enum err e = website_get(tx, website, &w);

	if (e == OK)
		e = website_will_be(tx, &w, &next);
	if (e != OK || str_eq(next, "active"))
		return e;
	if (!str_eq(next, "suspended"))
		return website_not_from(tx, &w, next);
	e = website_step(tx, &w, "unsuspend", &task);
	return e == OK
		   ? audit(tx, "website.unsuspend", "websites", website, NULL)
		   : e;
}

enum err
website_remove(struct tx *tx, const struct id *website, const char *why)
{
	struct website w;
	const char *next;
	struct id task;
	bool started;
	enum err e = website_get(tx, website, &w);

	if (e == OK)
		e = website_will_be(tx, &w, &next);
	if (e != OK || str_eq(next, "removed"))
		return e;
	if ((e = task_cancel_subscription(tx, &w.subscription, why)) != OK ||
	    (e = task_was_claimed(tx, &w.subscription, "website", &started)) !=
		OK)
		return e;
	e = started ? website_step(tx, &w, "remove", &task)
		    : website_set_status(tx, website, "removed");
	return e == OK ? audit(tx, "website.remove", "websites", website,
			     reason_json(tx, why))
		       : e;
}

/* ---- by subscription ---- */

enum err
hosting_suspend_subscription(
    struct tx *tx, const struct id *subscription, const char *why)
{
	struct id website;
	enum err e = website_of_subscription(tx, subscription, &website);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	return website_suspend(tx, &website, why);
}

enum err
hosting_unsuspend_subscription(struct tx *tx, const struct id *subscription)
{
	struct id website;
	enum err e = website_of_subscription(tx, subscription, &website);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	return website_unsuspend(tx, &website);
}

enum err
hosting_remove_subscription(
    struct tx *tx, const struct id *subscription, const char *why)
{
	struct id website;
	enum err e = backup_stop(tx, subscription);

	if (e == OK)
		e = website_of_subscription(tx, subscription, &website);
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	return website_remove(tx, &website, why);
}
