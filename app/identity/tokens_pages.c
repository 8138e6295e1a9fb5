/* tokens_pages.c - tokens of programs: /api-keys.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/list_page.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/api_token.h"
#include "identity/personal_key.h"
#include "identity/role.h"
#include "identity/tokens_api.h"

#define TOKENS "/api-keys"
#define DAY_S  86400

/* ---- the list ---- */

enum {
	T_NAME,
	T_PREFIX,
	T_BELONGS,
	T_USER,
	T_MAKER,
	T_SCOPES,
	T_ADDRESSES,
	T_STATE,
	T_ENDED_BY,
	T_REVOKED,
	T_EXPIRES,
	T_USED
};

/* clang-format off */
static const struct field token_fields[] = {
	[T_NAME]      = {"name",       "k.name",	 FIELD_TEXT, SEARCH,	      "k.name"},
	[T_PREFIX]    = {"prefix",     "k.prefix",	 FIELD_TEXT, SEARCH,	      NULL},
	[T_BELONGS]   = {"belongsTo",  "k.belongs_to",	 FIELD_WORD, FILTER,	      NULL},
	[T_USER]      = {"userId",     "k.user_id",	 FIELD_ID,   0,		      NULL},
	[T_MAKER]     = {"madeBy",     "u.email",	 FIELD_TEXT, SEARCH | JOINED, NULL},
	[T_SCOPES]    = {"scopes",     "k.scopes",	 FIELD_TEXT, 0,		      NULL},
	[T_ADDRESSES] = {"addresses",  "k.addresses",	 FIELD_TEXT, 0,		      NULL},
	[T_STATE]     = {"state",
		"CASE WHEN k.ended_by IS NOT NULL THEN 'ended' "
		"WHEN k.revoked_at IS NOT NULL THEN 'revoked' ELSE 'active' END",
							 FIELD_WORD, FILTER,	      NULL},
	[T_ENDED_BY]  = {"endedBy",    "k.ended_by",	 FIELD_WORD, 0,		      NULL},
	[T_REVOKED]   = {"revokedAt",  "k.revoked_at",	 FIELD_TIME, 0,		      NULL},
	[T_EXPIRES]   = {"expiresAt",  "k.expires_at",	 FIELD_TIME, 0,		      NULL},
	[T_USED]      = {"lastUsedAt", "k.last_used_at", FIELD_TIME, 0,		      NULL},
};
/* clang-format on */

const struct noun tokens_page_noun = {
    .name = "api_tokens",
    .from = "api_tokens k "
	    "LEFT JOIN users u ON u.tenant_id = k.tenant_id "
	    "AND u.id = k.user_id",
    .base = "api_tokens k",
    .tenant = "k.tenant_id",
    .id = "k.id",
    .few = "a company has few keys",
    .field = token_fields,
    .n_fields = N_ELEMS(token_fields),
};

/* "expired" before "ended": a key that was over ends by nothing else. */
static const char *
state_of(const struct list_page *p, const struct cells *c)
{
	int64_t expires = cell_int(c, T_EXPIRES);
	int64_t revoked = cell_int(c, T_REVOKED);

	if (expires != 0 && expires <= (revoked ? revoked : p->rq->now))
		return "expired";
	return cell_text(c, T_STATE);
}

static const char *
whose(const struct request *rq, const struct cells *c)
{
	const char *maker = cell_text(c, T_MAKER);

	if (str_eq(cell_text(c, T_USER), rq->actor.id.s))
		maker = "you";
	if (str_eq(cell_text(c, T_BELONGS), "company"))
		return maker[0] ? say_with(rq->arena,
				      "The company’s, made by %s", maker)
				: say("The company’s");
	return str_eq(maker, "you") ? say("Yours") : maker;
}

static void
fill_token(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *state = state_of(p, c);
	const char *addresses = cell_text(c, T_ADDRESSES);
	int64_t revoked = cell_int(c, T_REVOKED);

	view_text(row, "name", cell_text(c, T_NAME));
	view_text(row, "whose", whose(p->rq, c));
	view_text(row, "why",
	    str_eq(state, "ended") ? key_end_text(cell_text(c, T_ENDED_BY))
				   : NULL);
	view_textf(row, "prefix", "%s…", cell_text(c, T_PREFIX));
	view_text(row, "scopes", cell_text(c, T_SCOPES));
	view_text(row, "from", addresses[0] ? addresses : say("Anywhere"));
	put_badge(row, state);
	put_time(row, "ends", revoked ? revoked : cell_int(c, T_EXPIRES),
	    p->rq->now);
	put_ago(row, "last", cell_int(c, T_USED), p->rq->now);
	if (str_eq(state, "active") && request_may(p->rq, PERM_SETTINGS_WRITE))
		view_textf(view_object(row, "revoke"), "href",
		    TOKENS "/%s/revoke", c->id);
	else
		view_text(row, "revoke", NULL);
}

static const struct list_def tokens_list = {
    .noun = &tokens_page_noun,
    .path = TOKENS,
    .file = "api-keys.csv",
    .find = "Name, who made it",
    .column = (const struct list_column[]){{"name", "name"}, {NULL}},
    .fill = fill_token,
};

static const struct list_tab tabs[] = {
    {"All", NULL, false, false},
    {"In use", "active", true, false},
    {"Revoked", "revoked", false, false},
    {"Ended", "ended", false, false},
};

static enum err
list_tokens(struct request *rq)
{
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &tokens_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("API keys"), TOKENS);
	list_page_start(&p, v);
	e = list_page_tabs(&p, put_tabs(v), "state", tabs, N_ELEMS(tabs));
	if (e != OK)
		return e;
	if (request_may(rq, PERM_SETTINGS_WRITE))
		verb_link(view_list(view_object(v, "head"), "verbs"), "New key",
		    TOKENS "/new", "plus", "pri");
	return list_page_reply(&p, v, "admin/tokens");
}

/* ---- a new one ---- */

static const struct life {
	const char *days, *label;
} lives[] = {
    {"30", "30 days"},
    {"90", "90 days"},
    {"365", "A year"},
    {"0", "Until it is revoked"},
};

static void
put_sort(struct request *rq, struct view *fields)
{
	bool is_company = str_eq(form_typed(rq, "belongsTo", ""), "company");
	struct view *choices;

	field_choices(fields, "belongsTo", "Whose key it is", &choices);
	choice_add(choices, "person",
	    say("Yours: it ends when your password, second factor or role changes"),
	    !is_company);
	choice_add(choices, "company",
	    say("The company’s: for a web site or program that has to go on "
		"whatever happens to your account"),
	    is_company);
}

static bool
read_sort(struct request *rq, struct api_token_new *n)
{
	const char *sort = form_typed(rq, "belongsTo", "person");

	n->is_personal = str_eq(sort, "person");
	if (n->is_personal || str_eq(sort, "company"))
		return true;
	problem_add(&rq->problems, "belongsTo", "not_in_list",
	    "There is no such choice.");
	return false;
}

/* What the person may give, as boxes. */
static void
put_scopes(struct request *rq, struct view *root)
{
	struct view *list = view_list(root, "scopes");

	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++) {
		const char *name = perm_name((enum perm)p);
		struct view *item;

		if (!perm_has(&rq->actor.perms, (enum perm)p))
			continue;
		item = view_item(list);
		view_text(item, "field", name);
		view_text(item, "text", say(perm_text((enum perm)p)));
		view_flag(item, "checked", form_text(rq, name) != NULL);
	}
}

static enum err
show_new(struct request *rq, int status)
{
	struct view *v = page_view(rq, say("New API key"), TOKENS);
	struct view *fields = view_list(v, "fields"), *f, *options;
	const char *days = form_typed(rq, "days", "365");

	view_text(v, "title", say("New API key"));
	crumb_add(head_crumbs(view_object(v, "head")), TOKENS, say("API keys"));
	if (status != 200)
		put_problems(v, "No key was made", &rq->problems);
	f = form_field(rq, fields, "name", "Name", "", false);
	view_text(f, "hint", say("What uses it, like “Nightly report”."));
	put_sort(rq, fields);
	f = form_field(rq, fields, "addresses", "Good from", "", true);
	view_text(f, "hint",
	    say("Addresses and ranges like 192.0.2.0/24, separated by commas. "
		"Empty: from anywhere."));
	field_select(fields, "days", "Good for", &options);
	for (size_t i = 0; i < N_ELEMS(lives); i++)
		option_add(options, lives[i].days, say(lives[i].label),
		    str_eq(lives[i].days, days));
	put_scopes(rq, v);
	reply_page(rq, status, "admin/token_new", v);
	return OK;
}

static enum err
ask_new(struct request *rq)
{
	return show_new(rq, 200);
}

static int64_t
end_of(const struct request *rq)
{
	int64_t days;

	if (!str_to_i64(form_typed(rq, "days", ""), 0, 3650, &days))
		days = 365;
	return days ? rq->now + days * DAY_S : 0;
}

/* The token, once. */
static enum err
show_made(struct request *rq, const struct api_token_new *n, const char *token)
{
	struct view *v = page_view(rq, say("Your new API key"), TOKENS);

	view_text(v, "title", say("Your new API key"));
	view_text(v, "name", n->name);
	view_flag(v, "personal", n->is_personal);
	view_text(v, "secret", token);
	reply_page(rq, 200, "admin/token", v);
	return OK;
}

static enum err
do_new(struct request *rq)
{
	struct api_token_new n = {
	    .name = form_trimmed(rq, "name"),
	    .addresses = form_typed(rq, "addresses", ""),
	    .expires_at = end_of(rq),
	};
	char token[TOKEN_MAX];
	struct id id;
	enum err e;

	if (n.name == NULL)
		return E_BUSY;
	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++)
		if (form_text(rq, perm_name((enum perm)p)))
			perm_add(&n.scopes, (enum perm)p);
	if (n.name[0] == '\0')
		problem_add(
		    &rq->problems, "name", "required", "Give the key a name.");
	if (!read_sort(rq, &n) || n.name[0] == '\0')
		return show_new(rq, 422);
	e = api_token_add(rq->tx, &n, &id, token);
	if (e == E_INPUT)
		return show_new(rq, 422);
	return e == OK ? show_made(rq, &n, token) : e;
}

/* ---- away with one ---- */

static enum err
name_of(struct request *rq, struct id *id, const char **name_out)
{
	const char *name;
	enum err e = path_id(rq, "id", id);

	if (e == OK)
		e = db_text(rq->tx, &name,
		    "SELECT name FROM api_tokens "
		    "WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
		    DB_ID(&rq->tx->tenant), DB_ID(id));
	if (e != OK)
		return e;
	*name_out = name;
	return name ? OK : E_NOTFOUND;
}

static enum err
ask_revoke(struct request *rq)
{
	struct view *v, *ignored;
	const char *name;
	struct id id;
	enum err e = name_of(rq, &id, &name);

	if (e != OK)
		return e;
	v = page_view(rq, say("Revoke key"), TOKENS);
	crumb_add(head_crumbs(view_object(v, "head")), TOKENS, say("API keys"));
	put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena, "Revoke %s?", name),
		.text = "Whatever uses it is refused from now on. This "
			"cannot be undone.",
		.action = rq->path,
		.yes = "Revoke the key",
		.no_href = TOKENS,
		.no_label = "Keep it",
		.danger = true,
	    },
	    &ignored);
	reply_page(rq, 200, "admin/ask", v);
	return OK;
}

static enum err
do_revoke(struct request *rq)
{
	const char *name;
	struct id id;
	enum err e = name_of(rq, &id, &name);

	if (e == OK)
		e = api_token_revoke(rq->tx, &id);
	if (e != OK)
		return e;
	reply_flash(rq, "good", say_with(rq->arena, "%s is revoked.", name));
	reply_redirect(rq, TOKENS);
	return OK;
}

/* clang-format off */
const struct route tokens_page_routes[] = {
	{ GET,  TOKENS,                POOL_UI, AUTH_SESSION, PERM_SETTINGS_READ,  BODY_NONE,
	  0,            list_tokens, "tokens.page.list" },
	{ GET,  TOKENS "/new",         POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE, BODY_NONE,
	  0,            ask_new,     "tokens.page.new.ask" },
	{ POST, TOKENS "/new",         POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE, BODY_FORM,
	  ROUTE_SECRET, do_new,      "tokens.page.new" },
	{ GET,  TOKENS "/:id/revoke",  POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE, BODY_NONE,
	  0,            ask_revoke,  "tokens.page.revoke.ask" },
	{ POST, TOKENS "/:id/revoke",  POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE, BODY_FORM,
	  0,            do_revoke,   "tokens.page.revoke" },
	{ 0 },
};
/* clang-format on */
