/* mail_verbs.c - what staff can do about a mail.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_verbs.h"

#include "base/clock.h"
#include "base/fact.h"
#include "base/json.h"
#include "base/text.h"
#include "jobs/outbox.h"
#include "mail/mail_compose.h"

static enum err
conflict(struct tx *tx, const char *why)
{
	problem_add(tx->problems, "", "conflict", "%s", why);
	return E_CONFLICT;
}

/* ---- again ---- */

static bool
has_member(struct arena *a, const char *payload, const char *name)
{
	json_t *o = json_own(a, payload);
	bool has = json_object_get(o, name) != NULL;

	json_decref(o);
	return has;
}

/* Why it can't be sent again; NULL: it can. */
static const char *
why_not(struct tx *tx, const struct mail_row *row)
{
	const struct mail_kind *k = mail_kind_find(row->template);

	if (str_eq(row->status, "pending") || str_eq(row->status, "sending"))
		return "This mail is on its way already.";
	if (!k)
		return "There is no such kind of mail any more.";
	if (k->needs & IS_ALERT)
		return "Alerts go out together; send that mail again.";
	if ((k->needs & NEEDS_LINK &&
		!has_member(tx->arena, row->payload, "link")) ||
	    (k->needs & NEEDS_CODE &&
		!has_member(tx->arena, row->payload, "code")))
		return "Its link or code was sent and has been forgotten here. "
		       "Let the person ask for a new one.";
	return NULL;
}

static enum err
put_back(struct tx *tx, const struct id *outbox)
{
	struct id id = id_new(clock_now_ms());
	enum err e = db_exec(tx,
	    "UPDATE outbox SET status = 'pending', attempts = 0, "
	    "done_at = NULL, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(outbox), DB_INT(tx->now));

	if (e != OK)
		return e;
	return db_exec(tx,
	    "INSERT INTO queue (id, tenant_id, kind, ref_id, due_at, "
	    "created_at, updated_at) VALUES ($1, $2, 'mail', $3, $4, $4, $4) "
	    "ON CONFLICT (tenant_id, kind, ref_id) DO UPDATE "
	    "SET due_at = excluded.due_at, attempts = 0, lease_token = NULL, "
	    "lease_until = NULL, created_at = excluded.created_at, "
	    "updated_at = excluded.updated_at",
	    DB_ID(&id), DB_ID(&tx->tenant), DB_ID(outbox), DB_INT(tx->now));
}

enum err
mail_resend(struct tx *tx, const struct id *outbox)
{
	struct mail_row row;
	const char *why;
	enum err e = mail_row_get(tx, outbox, &row);

	if (e != OK)
		return e;
	if ((why = why_not(tx, &row)) != NULL)
		return conflict(tx, why);
	e = put_back(tx, outbox);
	return e == OK ? fact(tx, FACT_MAIL_RESENT, outbox) : e;
}

/* ---- stopped ---- */

enum err
mail_stop(struct tx *tx, const struct id *outbox)
{
	struct mail_row row;
	const char *bare;
	int64_t n;
	enum err e = mail_row_get(tx, outbox, &row);

	if (e != OK)
		return e;
	bare = mail_payload_bare(tx->arena, row.payload);
	e = db_exec_n(tx, &n,
	    "UPDATE outbox SET status = 'cancelled', payload = $3, "
	    "done_at = $4, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status IN ('pending', 'dead')",
	    DB_ID(&tx->tenant), DB_ID(outbox), DB_TEXT(bare), DB_INT(tx->now));
	if (e == OK && n == 0)
		return conflict(tx, "Only a mail that waits or was given up "
				    "can be stopped.");
	if (e == OK)
		e = db_exec(tx,
		    "DELETE FROM queue WHERE tenant_id = $1 "
		    "AND kind = 'mail' AND ref_id = $2",
		    DB_ID(&tx->tenant), DB_ID(outbox));
	return e == OK ? fact(tx, FACT_MAIL_STOPPED, outbox) : e;
}

/* ---- a test ---- */

enum err
mail_test(struct tx *tx, const char *to)
{
	struct id once = id_new(clock_now_ms());
	const char *key = arena_printf(tx->arena, "test:%s", once.s);
	const char *id;
	struct id outbox;
	enum err e = mail_add(tx, &(struct mail){
				      .template = MAIL_TEST,
				      .once = key ? key : once.s,
				      .to = to,
				      .what = to,
				  });

	if (e == OK)
		e = db_text(tx, &id,
		    "SELECT id FROM outbox WHERE tenant_id = $1 "
		    "AND kind = 'mail' AND dedupe_key = $2",
		    DB_ID(&tx->tenant), DB_TEXT(key));
	if (e != OK || !id)
		return e == OK ? E_BUSY : e;
	outbox = id_of(id);
	return fact(tx, FACT_MAIL_TESTED, &outbox);
}

/* ---- all that waited ---- */

enum err
mail_tenant_resumed(struct tx *tx, const struct id *tenant)
{
	return db_exec(tx,
	    "UPDATE queue SET due_at = $2, created_at = $2, updated_at = $2 "
	    "WHERE tenant_id = $1 AND kind = 'mail'",
	    DB_ID(tenant), DB_INT(tx->now));
}
