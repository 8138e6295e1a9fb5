/* stripe_event.c - what Stripe tells us by webhook, each event once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/stripe_event.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "billing/checkout.h"
#include "identity/audit.h"
#include "jobs/outbox.h"
#include "orders/refusal.h"
#include "outside/stripe.h"

enum { EVENT_ID_MAX = 255, TYPE_MAX = 255 };

static const char *
member_text(const json_t *obj, const char *name)
{
	const json_t *v = json_object_get(obj, name);

	return json_is_text(v) ? json_string_value(v) : NULL;
}

/* The intent of a payment_intent.succeeded; NULL for other events. */
static const char *
paid_intent(const json_t *event)
{
	const json_t *data = json_object_get(event, "data");
	const char *type = member_text(event, "type");
	const char *id = member_text(json_object_get(data, "object"), "id");

	if (!type || !str_eq(type, "payment_intent.succeeded"))
		return NULL;
	return id && stripe_intent_id_valid(id) ? id : NULL;
}

static enum err
insert_event(struct tx *tx, const char *id, const char *type, const char *body,
    bool *is_new_out)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "INSERT INTO inbox_events (tenant_id, provider, event_id, type, "
	    "payload, created_at, updated_at) "
	    "VALUES ($1, 'stripe', $2, $3, $4, $5, $5) "
	    "ON CONFLICT (tenant_id, provider, event_id) DO NOTHING",
	    DB_ID(&tx->tenant), DB_TEXT(id), DB_TEXT(type), DB_TEXT(body),
	    DB_INT(tx->now));

	if (e == OK)
		*is_new_out = n > 0;
	return e;
}

static enum err
look_again(struct tx *tx, const char *intent, const char *event_id)
{
	return outbox_add(tx, &(struct outbox_entry){
				  .kind = OUTBOX_ORPHAN,
				  .dedupe_key = intent,
				  .recipient = "",
				  .template = "",
				  .payload = arena_printf(tx->arena,
				      "{\"eventId\":\"%s\"}", event_id),
				  .due_at = tx->now + ORPHAN_AFTER_S,
			      });
}

static bool
event_id_valid(const char *s)
{
	size_t n =
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		      "0123456789_-");

	return n > 0 && n <= EVENT_ID_MAX && s[n] == '\0';
}

enum err
stripe_event_keep(struct tx *tx, const json_t *event, const char *body)
{
	const char *id = member_text(event, "id");
	const char *type = member_text(event, "type");
	const char *intent = paid_intent(event);
	bool is_new, is_invoices;
	enum err e;

	if (!id || !event_id_valid(id))
		problem_add(
		    tx->problems, "id", "required", "An event has an id.");
	if (!type || strlen(type) > TYPE_MAX)
		problem_add(
		    tx->problems, "type", "required", "An event has a type.");
	if (tx->problems->n > 0)
		return E_INPUT;
	e = insert_event(tx, id, type, body, &is_new);
	if (e != OK || !is_new)
		return e;
	e = audit(tx, "stripe.event", "inbox_events", NULL,
	    arena_printf(tx->arena, "{\"eventId\":\"%s\"}", id));
	if (e == OK)
		e = checkout_event(tx, event, &is_invoices);
	return e == OK && intent && !is_invoices ? look_again(tx, intent, id)
						 : e;
}

/* ---- a quarter of an hour later ---- */

struct orphan {
	struct work *work;
	const char *intent;
};

/* An order that was cancelled before the money came in does not have it; money
 * that came for an invoice has no order. */
static enum err
has_order(struct tx *tx, const char *intent, bool *out)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT (SELECT COUNT(*) FROM payments p WHERE p.tenant_id = $1 "
	    "AND p.transaction_id = $2 AND p.method = 'stripe') + "
	    "(SELECT COUNT(*) FROM intakes i JOIN orders o "
	    "ON o.tenant_id = i.tenant_id AND o.id = i.order_id "
	    "WHERE i.tenant_id = $1 AND i.payment_intent_id = $2 "
	    "AND (o.status <> 'cancelled' OR EXISTS (SELECT 1 FROM payments y "
	    "WHERE y.tenant_id = o.tenant_id AND y.order_id = o.id)))",
	    DB_ID(&tx->tenant), DB_TEXT(intent));

	if (e == OK)
		*out = n > 0;
	return e;
}

/* The body of the event that told of the intent. */
static enum err
event_body(struct tx *tx, const char *payload, const char **body_out)
{
	json_t *v = NULL;
	enum err e = json_parse(payload, strlen(payload), tx->problems, &v);

	if (e == OK)
		e = db_text(tx, body_out,
		    "SELECT payload FROM inbox_events "
		    "WHERE tenant_id = $1 AND provider = 'stripe' "
		    "AND event_id = $2",
		    DB_ID(&tx->tenant), DB_TEXT(member_text(v, "eventId")));
	json_decref(v);
	return e;
}

static enum err
keep_orphan(struct tx *tx, void *arg)
{
	const struct orphan *o = arg;
	struct problems why;
	struct outbox_row row;
	const char *body = NULL;
	struct id id;
	bool found;
	enum err e;

	if ((e = outbox_get(tx, &o->work->ref, &row)) != OK ||
	    (e = has_order(tx, row.dedupe_key, &found)) != OK || found ||
	    (e = event_body(tx, row.payload, &body)) != OK)
		return e;
	problems_init(&why, tx->arena);
	problem_add(&why, "stripePaymentIntentId", "not_found",
	    "Stripe received the payment %s, but there is no order for it, or "
	    "only one that was cancelled.",
	    row.dedupe_key);
	return refusal_keep(tx,
	    &(struct refusal_new){
		.source = "webhook",
		.payment_intent_id = row.dedupe_key,
		.http_status = 404,
		.reasons = &why,
		.body = body ? body : "",
		.body_len = body ? strlen(body) : 0,
	    },
	    &id);
}

enum err
orphan_work(struct work *w)
{
	struct orphan o = {.work = w};

	return work_do(w, TX_WRITE, keep_orphan, &o);
}
