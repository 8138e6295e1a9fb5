/* refusals_pages.c - paid calls that made no order: read, corrected, placed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/list_page.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/audit_pages.h"
#include "orders/intake_api.h"
#include "orders/orders_pages.h"
#include "orders/refusal.h"

#define REFUSALS "/orders/refusals"

/* ---- the list ---- */

enum { R_INTENT, R_STATUS, R_HTTP, R_REASONS, R_SEEN, R_TOKEN, R_CREATED };

/* clang-format off */
static const struct field fields[] = {
	[R_INTENT]	= {"paymentIntentId", "i.payment_intent_id", FIELD_TEXT, SEARCH, NULL},
	[R_STATUS]	= {"status",	"i.status",	FIELD_WORD,	FILTER,	NULL},
	[R_HTTP]	= {"httpStatus", "i.http_status", FIELD_INT,	FILTER | COARSE, NULL},
	[R_REASONS]	= {"reasons",	"i.reasons",	FIELD_TEXT,	SEARCH,	NULL},
	[R_SEEN]	= {"seenCount",	"i.seen_count",	FIELD_INT,	0,	NULL},
	[R_TOKEN]	= {"tokenName",	"i.token_name",	FIELD_TEXT,	0,	NULL},
	[R_CREATED]	= {"createdAt",	"i.created_at",	FIELD_TIME,	0,	"i.id"},
};
/* clang-format on */

const struct noun refusals_page_noun = {
    .name = "intake_refusals",
    .from = "intake_refusals i",
    .tenant = "i.tenant_id",
    .id = "i.id",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};

/* The first reason's sentence, and how many there are. */
static const char *
first_reason(struct arena *a, const char *reasons, size_t *n_out)
{
	json_t *list = json_own(a, reasons);
	const char *text = json_string_value(
	    json_object_get(json_array_get(list, 0), "message"));

	*n_out = json_array_size(list);
	text = arena_strdup(a, text ? text : "No reason was noted.");
	json_decref(list);
	return text;
}

static void
fill_refusal(const struct list_page *p, const struct cells *c, struct view *row)
{
	size_t n;

	view_text(row, "intent",
	    cell_get(c, R_INTENT) ? cell_get(c, R_INTENT) : "No intent");
	view_text(row, "reason",
	    first_reason(p->rq->arena, cell_text(c, R_REASONS), &n));
	view_text(row, "more",
	    n > 1 ? arena_printf(p->rq->arena, "and %zu more", n - 1) : "");
	view_text(row, "status", cell_text(c, R_HTTP));
	put_badge(row, cell_text(c, R_STATUS));
	put_time(row, "created", cell_int(c, R_CREATED), p->rq->now);
}

static const struct list_def refusals_list = {
    .noun = &refusals_page_noun,
    .path = REFUSALS,
    .file = "refused-intakes.csv",
    .find = "Payment, reason",
    .column = (const struct list_column[]){{"created", "createdAt"}, {NULL}},
    .fill = fill_refusal,
};

static enum err
list_refusals_page(struct request *rq)
{
	static const char *const states[] = {"open", "placed", "dismissed"};
	struct list_page p;
	struct view *v, *options;
	enum err e = list_page_open(rq, &refusals_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Refused intakes"), "/orders");
	list_page_start(&p, v);
	if ((e = put_order_tabs(rq, put_tabs(v), REFUSALS)) != OK)
		return e;
	options = list_page_select(&p, "status", "Status", "Any status");
	for (size_t i = 0; i < N_ELEMS(states); i++)
		list_page_option(
		    &p, options, "status", states[i], badge_word(states[i]));
	return list_page_reply(&p, v, "admin/refusals");
}

/* ---- one refused call ---- */

struct refusal_page {
	struct refusal row;
	const char *intent, *reasons, *token, *order_number;
	int64_t http_status, bytes, seen, created_at, updated_at;
};

static enum err
read_refusal(struct tx *tx, const struct id *id, struct refusal_page *out)
{
	struct rows r;
	enum err e = refusal_get(tx, id, &out->row);

	if (e == OK)
		e = db_one(tx, &r,
		    "SELECT i.payment_intent_id, i.reasons, i.token_name, "
		    "i.http_status, i.body_bytes, i.seen_count, "
		    "i.created_at, i.updated_at, o.number "
		    "FROM intake_refusals i LEFT JOIN orders o "
		    "ON o.tenant_id = i.tenant_id AND o.id = i.order_id "
		    "WHERE i.tenant_id = $1 AND i.id = $2",
		    DB_ID(&tx->tenant), DB_ID(id));
	if (e != OK)
		return e;
	out->intent = row_strdup(&r, 0);
	out->reasons = row_strdup(&r, 1);
	out->token = row_strdup(&r, 2);
	out->http_status = row_int(&r, 3);
	out->bytes = row_int(&r, 4);
	out->seen = row_int(&r, 5);
	out->created_at = row_int(&r, 6);
	out->updated_at = row_int(&r, 7);
	out->order_number = row_strdup(&r, 8);
	return rows_done(&r);
}

/* A refused body may hold anything: what is no text is shown as "?". */
static const char *
body_text(struct arena *a, const struct refusal *r)
{
	char *s = arena_alloc(a, r->body_len + 1);

	if (s && r->body_len > 0)
		memcpy(s, r->body, r->body_len);
	for (size_t i = 0; s && i < r->body_len;) {
		uint32_t cp;
		size_t n = utf8_step(s + i, r->body_len - i, &cp);

		if (n == 0 || cp == 0) {
			s[i] = '?';
			n = 1;
		}
		i += n;
	}
	return s ? s : "";
}

static void
put_reasons(struct request *rq, const struct refusal_page *p, struct view *root)
{
	struct view *list = view_list(root, "reasons"), *v;
	json_t *reasons = json_own(rq->arena, p->reasons), *reason;
	size_t i;

	json_array_foreach(reasons, i, reason)
	{
		v = view_item(list);
		view_text(v, "field",
		    json_string_value(json_object_get(reason, "field")));
		view_text(v, "text",
		    json_string_value(json_object_get(reason, "message")));
	}
	if (i == 0)
		view_text(view_item(list), "text",
		    say("The body could not be read."));
	json_decref(reasons);
}

static void
put_refusal_facts(
    struct request *rq, const struct refusal_page *p, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	if (p->intent)
		fact_code(facts, "Payment", p->intent);
	else
		fact_text(facts, "Payment", "No intent was named");
	fact_text(facts, "Answered",
	    arena_printf(rq->arena, "%" PRId64, p->http_status));
	fact_text(facts, "Token", p->token);
	fact_text(facts, "Size", show_bytes(rq->arena, p->bytes));
	fact_text(
	    facts, "Came", show_plural(rq->arena, p->seen, "time", "times"));
	fact_time(facts, "First", p->created_at, rq->now);
	if (p->seen > 1)
		fact_time(facts, "Last", p->updated_at, rq->now);
}

static void
put_refusal_head(
    struct request *rq, const struct refusal_page *p, struct view *root)
{
	struct view *head = view_object(root, "head");
	struct view *crumbs = head_crumbs(head);

	crumb_add(crumbs, "/orders", say("Orders"));
	crumb_add(crumbs, REFUSALS, say("Refused intakes"));
	put_badge(head, p->row.status);
	view_textf(head, "text", "The caller was told %" PRId64 ". %s",
	    p->http_status,
	    str_eq(p->row.status, "open")
		? "The money may have been paid; no order exists yet."
	    : str_eq(p->row.status, "placed") ? "It has become an order."
					      : "It was dismissed.");
	if (str_eq(p->row.status, "open") && request_may(rq, PERM_ORDERS_WRITE))
		verb_post(view_list(view_object(head, "more"), "items"),
		    "Dismiss",
		    arena_printf(
			rq->arena, REFUSALS "/%s/dismiss", p->row.id.s),
		    "x", "bad");
}

static void
put_refusal_form(struct request *rq, const struct refusal_page *p,
    const char *text, struct view *root)
{
	struct view *form, *field;

	if (!str_eq(p->row.status, "open") ||
	    !request_may(rq, PERM_ORDERS_WRITE))
		return;
	form = view_object(root, "form");
	view_textf(form, "action", REFUSALS "/%s/place", p->row.id.s);
	field = put_area(form, "field", "body", "Corrected request", text, 18);
	view_text(field, "hint",
	    say("JSON as in the order intake. The catalogue sets the price."));
}

static void
put_placed(struct request *rq, const struct refusal_page *p, struct view *root)
{
	struct view *v;

	if (!p->order_number)
		return;
	v = view_object(root, "placed");
	view_text(v, "href", order_path(rq, &p->row.order));
	view_text(v, "label", p->order_number);
}

/* text: what the form says; NULL: as it came. */
static enum err
reply_refusal(
    struct request *rq, int status, const struct id *id, const char *text)
{
	struct refusal_page p;
	struct view *v, *history;
	const char *body;
	enum err e = read_refusal(rq->tx, id, &p);

	if (e != OK)
		return e;
	body = show_json(rq->arena, body_text(rq->arena, &p.row), false);
	v = page_view(rq,
	    say_with(rq->arena,
		say_with(rq->arena, "Refused call, %s, %s",
		    show_date(rq->arena, p.created_at, rq->now)),
		show_clock(rq->arena, p.created_at)),
	    "/orders");
	put_refusal_head(rq, &p, v);
	if (rq->problems.n > 0)
		put_problems(v, "It was not placed.", &rq->problems);
	put_placed(rq, &p, v);
	put_reasons(rq, &p, v);
	put_refusal_facts(rq, &p, v);
	view_text(v, "body", body);
	put_refusal_form(rq, &p, text ? text : body, v);
	e = audit_put_history(rq, v, "intake_refusals", id, &history);
	if (e != OK)
		return e;
	event_add(history, "w", "Refused", NULL, p.created_at, rq->now);
	reply_page(rq, status, "admin/refusal", v);
	return OK;
}

static enum err
show_refusal(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? reply_refusal(rq, 200, &id, NULL) : e;
}

/* ---- verbs ---- */

static enum err
dismiss(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);
	struct refusal r;

	if (e != OK || (e = refusal_get(rq->tx, &id, &r)) != OK ||
	    (e = refusal_dismiss(rq->tx, &id)) != OK)
		return e;
	reply_flash(rq, "good", "Dismissed. It stays on record for 90 days.");
	reply_redirect(rq, REFUSALS);
	return OK;
}

struct again {
	int status;
	const struct id *id;
	const char *text;
};

static enum err
show_again(struct request *rq, const void *arg)
{
	const struct again *again = arg;

	return reply_refusal(rq, again->status, again->id, again->text);
}

static enum err
place_text(struct request *rq, const char *text, const struct id *id,
    struct order_taken *out)
{
	json_t *body = NULL;
	int status;
	enum err e = json_parse(text, strlen(text), &rq->problems, &body);

	if (e == OK && !json_is_object(body)) {
		problem_add(&rq->problems, "body", "wrong_type",
		    "The request is one JSON object.");
		e = E_INPUT;
	}
	if (e == OK)
		e = intake_place(rq, body, id, out, &status);
	json_decref(body);
	return e;
}

static enum err
tell_placed(struct request *rq, const struct order_taken *taken)
{
	return back_to_order(rq, &taken->order,
	    taken->status == ORDER_REVIEW
		? "Placed. It does not match the catalogue, so it waits here."
		: "Placed as if the call had been right at once.");
}

static enum err
place(struct request *rq)
{
	struct order_taken taken;
	struct id id;
	struct again again = {.id = &id, .text = form_typed(rq, "body", "")};
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = place_text(rq, again.text, &id, &taken);
	if (e == E_INPUT || e == E_CONFLICT) {
		again.status = e == E_INPUT ? 422 : 409;
		return request_reading(rq, show_again, &again);
	}
	return e == OK ? tell_placed(rq, &taken) : e;
}

/* clang-format off */
const struct route refusal_page_routes[] = {
	{GET,	REFUSALS,			POOL_UI, AUTH_SESSION, PERM_ORDERS_READ,
		BODY_NONE, 0, list_refusals_page, "refusals.page"},
	{GET,	REFUSALS "/:id",		POOL_UI, AUTH_SESSION, PERM_ORDERS_READ,
		BODY_NONE, 0, show_refusal, "refusals.show"},
	{POST,	REFUSALS "/:id/place",		POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		/* asks Stripe in between */
		BODY_FORM, ROUTE_OWN_TX, place, "refusals.do_place"},
	{POST,	REFUSALS "/:id/dismiss",	POOL_UI, AUTH_SESSION, PERM_ORDERS_WRITE,
		BODY_FORM, 0, dismiss, "refusals.do_dismiss"},
	{0}
};
/* clang-format on */
