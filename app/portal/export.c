/* export.c - all that there is about a customer: who asked, and how it stands.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "portal/export.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/user.h"
#include "jobs/outbox.h"
#include "mail/mail.h"

#define DAY_HOURS 24
#define DAY_S	  INT64_C(86400)

/* clang-format off */
static const struct choice states[] = {
	{"waiting", "Being made"}, {"ready", "Ready"}, {"failed", "Failed"},
	{"removed", "Removed"}, {NULL}};

static const struct field fields[] = {
	{"id",		"x.id",			FIELD_ID},
	{"status",	"x.status",		FIELD_WORD, .choice = states},
	{"askedOn",	"x.asked_on",		FIELD_DATE},
	{"sizeBytes",	"x.size_bytes",		FIELD_INT},
	{"readyAt",	"x.ready_at",		FIELD_TIME},
	{"expiresAt",	"x.expires_at",		FIELD_TIME},
	{EXPORT_OWNER,	"x.customer_id",	FIELD_ID},
	{"createdAt",	"x.created_at",		FIELD_TIME,	0,	"x.id"},
};
/* clang-format on */

const struct noun portal_exports_noun = {
    .name = "client.exports",
    .from = "exports x",
    .tenant = "x.tenant_id",
    .id = "x.id",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .may_read = PERM_PORTAL_USE,
};

/* ---- asked for ---- */

static enum err
refuse_second(struct tx *tx, const struct id *customer, const char *today)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM exports WHERE tenant_id = $1 "
	    "AND customer_id = $2 AND asked_on = $3 AND status <> 'failed'",
	    DB_ID(&tx->tenant), DB_ID(customer), DB_TEXT(today));

	if (e != OK || n == 0)
		return e;
	problem_add(tx->problems, "", "conflict",
	    "It was asked for today already. Ask again tomorrow for what is "
	    "new by then.");
	return E_CONFLICT;
}

enum err
export_ask(struct tx *tx, const struct id *customer, struct id *out)
{
	struct id id = id_new(clock_now_ms());
	char today[11];
	int64_t n;
	enum err e;

	date_iso(tx->now, today);
	e = refuse_second(tx, customer, today);
	if (e == OK)
		e = db_exec_n(tx, &n,
		    "INSERT INTO exports (tenant_id, id, customer_id, user_id, "
		    "asked_on, created_at, updated_at) "
		    "VALUES ($1, $2, $3, $4, $5, $6, $6) "
		    "ON CONFLICT (tenant_id, customer_id, asked_on) "
		    "WHERE status <> 'failed' DO NOTHING",
		    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(customer),
		    DB_ID(&tx->actor->id), DB_TEXT(today), DB_INT(tx->now));
	if (e != OK)
		return e;
	if (n == 0) /* somebody else at the same moment */
		return E_RETRY;
	e = outbox_add(tx, &(struct outbox_entry){
			       .kind = OUTBOX_EXPORT,
			       .dedupe_key = id.s,
			       .recipient = "",
			       .template = "",
			       .payload = arena_printf(
				   tx->arena, "{\"exportId\":\"%s\"}", id.s),
			   });
	if (e == OK)
		e = audit(tx, "customer.export", "customers", customer, NULL);
	if (e == OK)
		*out = id;
	return e;
}

enum err
export_get(struct tx *tx, const struct id *id, struct export *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, customer_id, user_id, status, file FROM exports "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct export){
	    .id = row_id(&r, 0),
	    .customer = row_id(&r, 1),
	    .user = row_id(&r, 2),
	    .status = row_strdup(&r, 3),
	    .file = row_strdup(&r, 4),
	};
	return rows_done(&r);
}

/* ---- made ---- */

static enum err
tell(struct tx *tx, const struct export *x, int64_t keep_days)
{
	struct user u;
	enum err e = user_get(tx, &x->user, &u);

	if (e != OK || !u.is_active)
		return e == E_NOTFOUND ? OK : e;
	return mail_add(
	    tx, &(struct mail){
		    .template = MAIL_EXPORT_READY,
		    .once = arena_printf(tx->arena, "export-ready:%s", x->id.s),
		    .to = u.email,
		    .name = u.name,
		    .lang = u.language,
		    .link = "/client/export",
		    .expires_hours = (int)(keep_days * DAY_HOURS),
		});
}

enum err
export_ready(struct tx *tx, const struct export *x, const char *file,
    int64_t bytes, int64_t keep_days, bool *took_out)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE exports SET status = 'ready', file = $3, size_bytes = $4, "
	    "ready_at = $5, expires_at = $6, updated_at = $5 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'waiting'",
	    DB_ID(&tx->tenant), DB_ID(&x->id), DB_TEXT(file), DB_INT(bytes),
	    DB_INT(tx->now), DB_INT(tx->now + keep_days * DAY_S));

	if (e != OK)
		return e;
	*took_out = n > 0;
	if (n == 0)
		return OK;
	e = tell(tx, x, keep_days);
	return e == OK ? audit(tx, "customer.export_ready", "customers",
			     &x->customer, NULL)
		       : e;
}

/* ---- given up, and tried again ---- */

/* E_NOTFOUND: the job is no export. */
static enum err
of_outbox(struct tx *tx, const struct id *outbox, struct id *out)
{
	const char *key;
	enum err e = db_text(tx, &key,
	    "SELECT dedupe_key FROM outbox "
	    "WHERE tenant_id = $1 AND id = $2 AND kind = 'export'",
	    DB_ID(&tx->tenant), DB_ID(outbox));

	if (e != OK)
		return e;
	if (!key || !id_valid(key))
		return E_NOTFOUND;
	*out = id_of(key);
	return OK;
}

enum err
export_dead(struct tx *tx, const struct id *outbox)
{
	struct id id;
	enum err e = of_outbox(tx, outbox, &id);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	return db_exec(tx,
	    "UPDATE exports SET status = 'failed', updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'waiting'",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_INT(tx->now));
}

enum err
export_again(struct tx *tx, const struct id *outbox)
{
	struct id id;
	int64_t n;
	enum err e = of_outbox(tx, outbox, &id);

	if (e == OK)
		e = db_exec_n(tx, &n,
		    "UPDATE exports SET status = 'waiting', updated_at = $3 "
		    "WHERE tenant_id = $1 AND id = $2 AND status = 'failed' "
		    "AND NOT EXISTS (SELECT 1 FROM exports o "
		    "WHERE o.tenant_id = exports.tenant_id "
		    "AND o.customer_id = exports.customer_id "
		    "AND o.asked_on = exports.asked_on "
		    "AND o.status <> 'failed')",
		    DB_ID(&tx->tenant), DB_ID(&id), DB_INT(tx->now));
	if (e == OK && n == 0) {
		problem_add(tx->problems, "", "conflict",
		    "The customer has asked for it again meanwhile.");
		return E_CONFLICT;
	}
	return e == OK ? outbox_retry(tx, outbox) : e;
}
