/* tenants_pages.c - companies, for the platform's people.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/tenants_pages.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/audit_pages.h"
#include "identity/platform.h"
#include "identity/tenants_api.h"
#include "tenancy/brand.h"
#include "tenancy/tenants_noun.h"

/* ---- the list ---- */

static const char *
cell(const struct cells *c, const char *api)
{
	return cell_text(c, noun_field(&tenants_noun, api));
}

static void
fill_tenant(const struct list_page *p, const struct cells *c, struct view *row)
{
	view_text(row, "name", cell(c, "name"));
	view_text(row, "slug", cell(c, "slug"));
	view_text(row, "currency", cell(c, "currency"));
	view_text(row, "support", cell(c, "supportEmail"));
	view_flag(row, "platform", str_eq(cell(c, "kind"), "platform"));
	put_badge(row, cell(c, "status"));
	put_time(row, "created",
	    cell_int(c, noun_field(&tenants_noun, "createdAt")), p->rq->now);
}

static const struct list_def tenants_list = {
    .noun = &tenants_noun,
    .path = TENANTS,
    .file = "tenants.csv",
    .find = "Name, slug",
    .sort = "name",
    .column = (const struct list_column[]){{"name", "name"},
	{"created", "createdAt"}, {NULL}},
    .fill = fill_tenant,
};

static const struct list_tab tabs[] = {
    {"All", NULL, false, false},
    {"Active", "active", true, false},
    {"Suspended", "suspended", true, false},
};

static enum err
list_tenants(struct request *rq)
{
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &tenants_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Tenants"), TENANTS);
	list_page_start(&p, v);
	e = list_page_tabs(&p, put_tabs(v), "status", tabs, N_ELEMS(tabs));
	if (e != OK)
		return e;
	verb_link(view_list(view_object(v, "head"), "verbs"), "New tenant",
	    TENANTS "/new", "plus", "pri");
	return list_page_reply(&p, v, "admin/tenants");
}

/* ---- one ---- */

enum err
tenants_page_read(struct request *rq, struct tenant *out)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? tenant_get(rq->tx, &id, out) : e;
}

const char *
tenants_page_path(struct request *rq, const struct tenant *t, const char *rest)
{
	return arena_printf(rq->arena, TENANTS "/%s%s", t->id.s, rest);
}

static void
put_verbs(struct request *rq, const struct tenant *t, struct view *head)
{
	struct view *verbs = view_list(head, "verbs");

	verb_link(
	    verbs, "Edit", tenants_page_path(rq, t, "/edit"), "pen", NULL);
	verb_ask(verbs, "Add a host name", tenants_page_path(rq, t, "/hosts"),
	    "plus", NULL);
	if (!t->is_active)
		verb_ask(verbs, "Resume", tenants_page_path(rq, t, "/resume"),
		    NULL, "pri");
	else if (!t->is_platform)
		verb_ask(verbs, "Suspend", tenants_page_path(rq, t, "/suspend"),
		    NULL, "bad");
}

static void
put_facts(struct request *rq, const struct tenant *t, struct view *v)
{
	struct view *facts = view_list(v, "facts");

	fact_code(facts, "Slug", t->slug);
	fact_text(facts, "Kind", t->is_platform ? "Platform" : "Business");
	fact_text(facts, "Currency", t->currency);
	fact_text(facts, "Support address", t->support_email);
	fact_time(facts, "Here since", t->created_at, rq->now);
}

/* Its own brand, read as the company. */
static enum err
put_brand(struct request *rq, const struct tenant *t, struct view *v)
{
	struct id home = rq->tx->tenant;
	struct view *facts = view_list(v, "brandFacts");
	struct brand b;
	enum err e;

	tx_set_tenant(rq->tx, &t->id);
	e = brand_get(rq->tx, &b);
	tx_set_tenant(rq->tx, &home);
	if (e != OK)
		return e;
	fact_text(facts, "Colour", b.accent[0] ? b.accent : "The panel's own");
	fact_text(facts, "Logo", b.logo_hash[0] ? "Its own" : "None");
	fact_text(facts, "Mails come from",
	    b.sender_email[0] ? b.sender_email : "The installation's address");
	fact_text(facts, "Links begin with",
	    b.public_url[0] ? b.public_url : "Its first host name");
	fact_text(facts, "Language of mails",
	    str_eq(b.language, "de") ? "German" : "English");
	return OK;
}

static enum err
put_hosts(struct request *rq, const struct tenant *t, struct view *v)
{
	struct view *list = view_list(v, "hosts");
	const char *const *hosts;
	size_t n;
	enum err e = platform_hosts(rq->tx, &t->id, &hosts, &n);

	for (size_t i = 0; e == OK && i < n; i++) {
		struct view *row = view_item(list);

		view_text(row, "host", hosts[i]);
		view_textf(row, "href", TENANTS "/%s/hosts/%s/remove", t->id.s,
		    hosts[i]);
	}
	return e;
}

static enum err
show_tenant(struct request *rq)
{
	struct view *v, *head, *events;
	struct tenant t;
	enum err e = tenants_page_read(rq, &t);

	if (e != OK)
		return e;
	v = page_view(rq, t.name, TENANTS);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), TENANTS, say("Tenants"));
	put_badge(head, t.is_active ? "active" : "suspended");
	view_text(head, "text",
	    say(t.is_active
		    ? "Its pages, programs and nodes are served."
		    : "Its hosts say that it is suspended; its mails wait."));
	put_verbs(rq, &t, head);
	put_facts(rq, &t, v);
	e = put_brand(rq, &t, v);
	if (e == OK)
		e = put_hosts(rq, &t, v);
	if (e == OK)
		e = audit_put_history(rq, v, "tenants", &t.id, &events);
	if (e == OK)
		reply_page(rq, 200, "admin/tenant", v);
	return e;
}

/* ---- forms ---- */

/* What was typed, NULL for nothing. */
static const char *
trimmed_or_null(struct request *rq, const char *name)
{
	const char *s = form_trimmed(rq, name);

	return s && s[0] != '\0' ? s : NULL;
}

struct view *
tenants_page_ask(struct request *rq, const struct tenant *t,
    const struct ask *q, struct view **ask_out, struct view **fields_out)
{
	struct view *v = page_view(rq, say(q->yes), TENANTS);
	struct view *crumbs = head_crumbs(view_object(v, "head"));

	crumb_add(crumbs, TENANTS, say("Tenants"));
	if (t)
		crumb_add(crumbs, tenants_page_path(rq, t, ""), t->name);
	*ask_out = put_ask(v, q, fields_out);
	return v;
}

int
tenants_page_status(enum err e)
{
	return e == OK ? 200 : e == E_INPUT ? 422 : 409;
}

enum err
tenants_page_back(struct request *rq, const struct tenant *t, const char *said)
{
	const char *path = tenants_page_path(rq, t, "");

	if (!path || !said)
		return E_BUSY;
	reply_flash(rq, "good", said);
	reply_redirect(rq, path);
	return OK;
}

/* ---- a new one ---- */

static void
put_new_fields(struct request *rq, struct view *fields)
{
	view_text(form_field(rq, fields, "name", "Company", "", false), "hint",
	    say("As its customers know it."));
	view_text(form_field(rq, fields, "slug", "Slug", "", false), "hint",
	    say("A short name for commands and addresses: a-z, 0-9 and -. It "
		"stays."));
	view_text(form_field(rq, fields, "host", "Host name", "", false),
	    "hint",
	    say("Where its people sign in, like panel.example.com. Point its DNS "
		"to this installation."));
	view_text(form_field(rq, fields, "currency", "Currency", "USD", false),
	    "hint", say("Three letters. It stays once there is an invoice."));
	view_text(
	    form_field(rq, fields, "supportEmail", "Support address", "", true),
	    "type", "email");
	view_text(form_field(rq, fields, "ownerEmail", "E-mail of its owner",
		      "", false),
	    "type", "email");
	form_field(
	    rq, fields, "ownerFirstName", "First name of its owner", "", true);
	form_field(
	    rq, fields, "ownerLastName", "Last name of its owner", "", true);
}

static enum err
show_new(struct request *rq, int status)
{
	struct view *ask, *fields;
	struct view *v = tenants_page_ask(rq, NULL,
	    &(struct ask){
		.title = "A new tenant",
		.text = "A company with its own customers, prices, servers and "
			"brand. Its owner gets a mail with a link to choose a "
			"password, good for a week.",
		.action = TENANTS "/new",
		.yes = "Make the tenant",
		.no_href = TENANTS,
		.no_label = "Back",
	    },
	    &ask, &fields);

	form_refusal(rq, v, "It was not made.");
	put_new_fields(rq, fields);
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

static enum err
ask_new(struct request *rq)
{
	return show_new(rq, 200);
}

static enum err
do_new(struct request *rq)
{
	const struct tenant_new n = {
	    .slug = form_trimmed(rq, "slug"),
	    .name = form_trimmed(rq, "name"),
	    .currency = trimmed_or_null(rq, "currency"),
	    .support_email = trimmed_or_null(rq, "supportEmail"),
	    .host = form_trimmed(rq, "host"),
	};
	const struct platform_owner owner = {
	    .email = form_trimmed(rq, "ownerEmail"),
	    .first_name = form_trimmed(rq, "ownerFirstName"),
	    .last_name = form_trimmed(rq, "ownerLastName"),
	};
	struct tenant t = {.name = n.name};
	enum err e = n.slug && n.name && owner.email
			 ? platform_add(rq->tx, &n, &owner, &t.id)
			 : E_BUSY;

	if (e == E_INPUT || e == E_CONFLICT)
		return show_new(rq, tenants_page_status(e));
	if (e != OK)
		return e;
	return tenants_page_back(rq, &t,
	    say_with(rq->arena, "%s is made. Its owner is invited by mail.",
		n.name));
}

/* ---- its texts ---- */

static enum err
show_edit(struct request *rq, enum err so_far)
{
	struct view *v, *ask, *fields, *keep;
	struct tenant t;
	enum err e = tenants_page_read(rq, &t);

	if (e != OK)
		return e;
	v = tenants_page_ask(rq, &t,
	    &(struct ask){
		.title = say_with(rq->arena, "Edit %s", t.name),
		.text = "Its owner can change the name and the support address "
			"as well.",
		.action = rq->path,
		.yes = "Save",
		.no_href = tenants_page_path(rq, &t, ""),
		.no_label = "Leave it",
	    },
	    &ask, &fields);
	form_refusal(rq, v, "It was not saved.");
	form_field(rq, fields, "name", "Company", t.name, false);
	view_text(
	    form_field(rq, fields, "currency", "Currency", t.currency, false),
	    "hint", say("It stays once there is an invoice."));
	view_text(form_field(rq, fields, "supportEmail", "Support address",
		      t.support_email, true),
	    "type", "email");
	keep = view_item(view_list(ask, "keep"));
	view_text(keep, "name", "version");
	view_textf(keep, "value", "%" PRId64, t.version);
	reply_page(rq, tenants_page_status(so_far), "admin/ask", v);
	return OK;
}

static enum err
ask_edit(struct request *rq)
{
	return show_edit(rq, OK);
}

static enum err
do_edit(struct request *rq)
{
	struct platform_change c = {
	    .tenant = {.name = form_trimmed(rq, "name"),
		.currency = form_trimmed(rq, "currency"),
		.support_email = form_trimmed(rq, "supportEmail")},
	    .changes_tenant = true,
	    .active = -1,
	};
	struct tenant t;
	enum err e = tenants_page_read(rq, &t);

	if (e == OK && !str_to_i64(form_typed(rq, "version", ""), 1, INT64_MAX,
			   &c.tenant.version)) {
		problem_add(&rq->problems, "version", "required",
		    "The form has no version.");
		e = E_INPUT;
	}
	if (e == OK)
		e = platform_change(rq->tx, &t.id, &c);
	if (e == E_INPUT || e == E_CONFLICT)
		return show_edit(rq, e);
	return e == OK ? tenants_page_back(rq, &t, "Saved.") : e;
}

/* clang-format off */
const struct route tenants_page_routes[] = {
	TENANTS_PAGE("",                        list_tenants, ".list"),
	TENANTS_PAGE("/:id",                    show_tenant,  ".show"),
	TENANTS_ASK("/new",                     ask_new,      do_new,     ".new"),
	TENANTS_ASK("/:id/edit",                ask_edit,     do_edit,    ".edit"),
	{ 0 },
};
/* clang-format on */
