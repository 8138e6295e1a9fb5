/* audit_list_pages.c - who did what, when: the log as staff search it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/audit_api.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/audit_pages.h"

#define AUDIT "/audit"

/* ---- words ---- */

/* The nouns of the log and where one of them is shown. */
static const struct place {
	const char *noun, *one, *folder; /* NULL: nowhere */
} places[] = {
    {"address_rules", "Address rule", NULL},
    {"api_tokens", "API token", NULL},
    {"approvals", "Approval", "/approvals"},
    {"audit_logs", "Audit log", NULL},
    {"customer-notes", "Note on a customer", NULL},
    {"customers", "Customer", "/admin/customers"},
    {"inbox_events", "Stripe event", NULL},
    {"intake_refusals", "Refused intake", "/orders/refusals"},
    {"invoices", "Invoice", "/invoices"},
    {"orders", "Order", "/orders"},
    {"outbox", "Job", "/jobs"},
    {"payments", "Payment", "/payments"},
    {"provisioning_tasks", "Task", "/provisioning/tasks"},
    {"refunds", "Refund", NULL},
    {"request", "Request", NULL},
    {"roles", "Role", NULL},
    {"servers", "Server", "/servers"},
    {"settings", "Settings", NULL},
    {"sessions", "Session", NULL},
    {"subscriptions", "Subscription", NULL},
    {"departments", "Department", "/settings/departments"},
    {"tenants", "Tenant", NULL},
    {"tickets", "Ticket", "/support"},
    {"users", "User", NULL},
    {"websites", "Website", "/websites"},
};

static const struct {
	const char *kind, *word;
} kinds[] = {
    {"user", "People"},
    {"token", "Programs"},
    {"server", "Servers"},
    {"system", "MPanel itself"},
};

static const struct place *
place_of(const char *noun)
{
	for (size_t i = 0; i < N_ELEMS(places); i++)
		if (str_eq(places[i].noun, noun))
			return &places[i];
	return NULL;
}

const char *
audit_noun_word(const char *noun)
{
	const struct place *p = place_of(noun);

	return p ? p->one : noun;
}

/* The page of what it was done to; NULL when there is none. */
static const char *
page_of(struct arena *a, const char *noun, const char *id)
{
	const struct place *p = place_of(noun);

	return p && p->folder && id && *id
		   ? arena_printf(a, "%s/%s", p->folder, id)
		   : NULL;
}

/* ---- the list ---- */

enum {
	A_ID,
	A_KIND,
	A_ACTOR_ID,
	A_ACTOR,
	A_ACTION,
	A_NOUN,
	A_NOUN_ID,
	A_DETAIL,
	A_REQUEST,
	A_SEAL,
	A_SEAL_HASH,
	A_SEALED,
	A_CREATED
};

static void
fill_entry(const struct list_page *p, const struct cells *c, struct view *row)
{
	struct arena *a = p->rq->arena;
	const char *noun = cell_text(c, A_NOUN);

	view_text(row, "what", audit_deed(cell_text(c, A_ACTION)));
	view_text(row, "action", cell_text(c, A_ACTION));
	view_text(row, "who", cell_text(c, A_ACTOR));
	view_text(row, "on", audit_noun_word(noun));
	view_text(row, "onHref", page_of(a, noun, cell_get(c, A_NOUN_ID)));
	view_text(row, "seal", cell_text(c, A_SEAL));
	put_moment(row, "created", cell_int(c, A_CREATED), p->rq->now);
}

static const struct list_def entries = {
    .noun = &audit_noun,
    .path = AUDIT,
    .file = "audit.csv",
    .find = "Person, action, kind of thing",
    .column = (const struct list_column[]){{"created", "createdAt"}, {NULL}},
    .fill = fill_entry,
};

static void
put_selects(struct list_page *p)
{
	struct view *v = list_page_select(p, "actorKind", "By", "By anybody");

	for (size_t i = 0; i < N_ELEMS(kinds); i++)
		list_page_option(
		    p, v, "actorKind", kinds[i].kind, kinds[i].word);
	v = list_page_select(p, "action", "Action", "Any action");
	for (size_t i = 0; i < audit_n_deeds; i++)
		list_page_option(p, v, "action", audit_deeds[i].action,
		    audit_deeds[i].action);
	v = list_page_select(p, "noun", "On", "On anything");
	for (size_t i = 0; i < N_ELEMS(places); i++)
		list_page_option(p, v, "noun", places[i].noun, places[i].one);
	list_page_date(p, "from", "From");
	list_page_date(p, "to", "Until");
}

static void
put_fault(struct request *rq, struct view *root, const struct rows *r)
{
	struct arena *a = rq->arena;
	struct view *v = view_object(root, "fault");

	view_text(v, "class", "badc");
	view_text(v, "icon", "bad");
	view_text(v, "strong", say("The log is not what was sealed."));
	view_text(v, "text",
	    arena_printf(a, "%s %s", row_text(r, 3),
		say_with(a, "%s in all; `mpanel audit verify` names them.",
		    show_plural(a, row_int(r, 2), "finding", "findings"))));
}

/* What the last check of the chain found: a sentence, or a banner. */
static enum err
put_check(struct request *rq, struct view *root)
{
	struct arena *a = rq->arena;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT checked_at, rows_checked, findings, finding "
	    "FROM audit_checks WHERE tenant_id = $1",
	    DB_ID(&rq->tx->tenant));

	if (e != OK)
		return e;
	if (!rows_next(&r))
		view_text(
		    root, "checked", say("They have not been checked yet."));
	else if (row_int(&r, 2) > 0)
		put_fault(rq, root, &r);
	else
		view_text(root, "checked",
		    arena_printf(a, "%s checked %s ago, nothing is missing.",
			show_plural(a, row_int(&r, 1), "entry", "entries"),
			show_span(a, rq->now - row_int(&r, 0))));
	return rows_done(&r);
}

static enum err
list_entries_page(struct request *rq)
{
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &entries, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Audit log"), AUDIT);
	list_page_start(&p, v);
	put_selects(&p);
	if ((e = put_check(rq, v)) != OK)
		return e;
	return list_page_reply(&p, v, "admin/audit");
}

/* ---- one entry ---- */

static const char *
field_of(const struct rows *r, int field)
{
	const char *s = row_text(r, NOUN_FIELDS + field);

	return s ? s : "";
}

static int64_t
time_of(const struct rows *r, int field)
{
	return row_int(r, NOUN_FIELDS + field);
}

static void
put_entry_facts(struct request *rq, const struct rows *r, struct view *root)
{
	struct arena *a = rq->arena;
	struct view *facts = view_list(root, "facts");
	const char *noun = field_of(r, A_NOUN), *id = field_of(r, A_NOUN_ID);
	const char *page = page_of(a, noun, id);

	fact_text(facts, "By", field_of(r, A_ACTOR));
	fact_code(facts, "Action", field_of(r, A_ACTION));
	if (page)
		fact_link(facts, "On", audit_noun_word(noun), page);
	else
		fact_text(facts, "On", audit_noun_word(noun));
	fact_code(facts, "Id", id);
	fact_time(facts, "At", time_of(r, A_CREATED), rq->now);
	fact_code(facts, "Request", field_of(r, A_REQUEST));
	fact_code(facts, "Entry", field_of(r, A_ID));
	if (time_of(r, A_SEALED) == 0) {
		fact_text(facts, "Seal", "not yet");
		return;
	}
	fact_text(facts, "Seal", field_of(r, A_SEAL));
	fact_time(facts, "Sealed", time_of(r, A_SEALED), rq->now);
	fact_code(
	    facts, "Hash", arena_printf(a, "%.16s…", field_of(r, A_SEAL_HASH)));
}

static enum err
show_entry(struct request *rq)
{
	struct view *v;
	struct rows r;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = noun_get(rq->tx, &audit_noun, &id, &r);
	if (e != OK)
		return e;
	v = page_view(rq, audit_deed(field_of(&r, A_ACTION)), AUDIT);
	crumb_add(head_crumbs(view_object(v, "head")), AUDIT, say("Audit log"));
	view_text(
	    v, "body", show_json(rq->arena, field_of(&r, A_DETAIL), true));
	put_entry_facts(rq, &r, v);
	e = rows_done(&r);
	if (e == OK)
		reply_page(rq, 200, "admin/audit_entry", v);
	return e;
}

/* clang-format off */
const struct route audit_page_routes[] = {
	{GET,	AUDIT,		POOL_UI, AUTH_SESSION, PERM_AUDIT_READ,
		BODY_NONE, 0, list_entries_page, "audit.page"},
	{GET,	AUDIT "/:id",	POOL_UI, AUTH_SESSION, PERM_AUDIT_READ,
		BODY_NONE, 0, show_entry, "audit.entry_page"},
	{0}
};
/* clang-format on */
