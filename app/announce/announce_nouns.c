/* announce_nouns.c - announcements, incidents and maintenance, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "announce/announce_nouns.h"

#include "announce/announce.h"
#include "base/error.h"

#define WRITTEN (NEW | EDIT)

/* ---- what staff write ---- */

/* clang-format off */
static const struct choice kinds[] = {
	{"incident", "Incident"}, {"maintenance", "Maintenance"},
	{"announcement", "Announcement"}, {NULL}};
static const struct choice severities[] = {
	{"minor", "Minor"}, {"major", "Major"}, {"critical", "Critical"}, {NULL}};
static const struct choice states[] = {
	{"draft", "Draft"}, {"open", "Open"}, {"resolved", "Resolved"}, {NULL}};

static const struct field fields[] = {
	[ANNOUNCE_ID] = {"id",	"a.id",		FIELD_ID},
	[ANNOUNCE_TITLE] = {"title", "a.title",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, NULL,
	 .label = "Title", .hint = "What customers notice: Websites on web-3 are slow.", .max = 150},
	[ANNOUNCE_STATUS] = {"status", "a.status", FIELD_WORD,	FILTER, NULL,
	 .label = "Status", .choice = states},
	[ANNOUNCE_HTML] = {"html", "a.html",	FIELD_AREA,	DETAIL},
	{"kind",	"a.kind",	FIELD_WORD,	FILTER | NEW | REQUIRED, NULL,
	 .label = "Kind", .hint = "It can't be changed later.", .choice = kinds},
	{"severity",	"a.severity",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL,
	 .label = "Severity", .hint = "Of incidents and maintenance. Critical: nothing works.", .choice = severities},
	{"servers",	"a.servers",	FIELD_TAGS,	WRITTEN, NULL,
	 .label = "Servers", .hint = "Names, separated by commas: customers with a site on one of them are told in the "
		"portal. Empty: everybody."},
	{"startsAt",	"a.starts_at",	FIELD_TIME,	WRITTEN, NULL,
	 .label = "Begins", .hint = "Like 2026-12-01T22:00:00Z. Empty: when it is published."},
	{"endsAt",	"a.ends_at",	FIELD_TIME,	WRITTEN, NULL,
	 .label = "Ends", .hint = "Of maintenance, as planned. Empty: open."},
	{"body",	"a.body",	FIELD_AREA,	DETAIL | FORM_ONLY | WRITTEN | REQUIRED, NULL,
	 .label = "Text", .hint = "Markdown, without HTML and images: what happened, who is affected, what you do, "
		"when you will say more."},
	{"author",	"a.author_name", FIELD_TEXT,	QUIET, NULL, .label = "Written by"},
	{"authorId",	"a.author_id",	FIELD_ID},
	{"publishedAt",	"a.published_at", FIELD_TIME,	0, NULL, .label = "Published"},
	{"resolvedAt",	"a.resolved_at", FIELD_TIME,	0, NULL, .label = "Resolved"},
	{"version",	"a.version",	FIELD_INT},
	{"createdAt",	"a.created_at",	FIELD_TIME,	QUIET, "a.id", .label = "Made"},
	{"updatedAt",	"a.updated_at",	FIELD_TIME,	QUIET, NULL, .label = "Changed"},
};
/* clang-format on */

const struct noun announcements_noun = {
    .name = "announcements",
    .from = "announcements a",
    .tenant = "a.tenant_id",
    .id = "a.id",
    .alive = "a.deleted_at IS NULL",
    .few = "a company writes some hundred of them",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "announcement",
    .many = "Network status",
    .about = "What customers should know: on the public status page, in their "
	     "portal and in its feed.",
    .empty = "Nothing was ever wrong. When something is, say so here before "
	     "customers ask.",
    /* one of it by hand: staff_pages.c */
    .page = ANNOUNCE_PAGE,
    .api = "/api/support/announcements",
    .table = "announcements",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_STATUS_READ,
    .may_write = PERM_STATUS_WRITE,
    .defaults = announce_defaults,
    .check = announce_check,
    .follow = announce_follow,
};

/* ---- what readers see ---- */

/* clang-format off */
static const struct field public_fields[] = {
	{"id",		"a.id",		FIELD_ID},
	{"kind",	"a.kind",	FIELD_WORD,	FILTER, .choice = kinds},
	{"title",	"a.title",	FIELD_TEXT},
	{"severity",	"a.severity",	FIELD_WORD,	0, .choice = severities},
	{"status",	"a.status",	FIELD_WORD,	FILTER, .choice = states},
	{"startsAt",	"a.starts_at",	FIELD_TIME},
	{"endsAt",	"a.ends_at",	FIELD_TIME},
	{"publishedAt",	"a.published_at", FIELD_TIME},
	{"resolvedAt",	"a.resolved_at", FIELD_TIME},
	{"html",	"a.html",	FIELD_AREA},
	{"createdAt",	"a.created_at",	FIELD_TIME,	0, "a.id"},
	{"updatedAt",	"a.news_at",	FIELD_TIME},
};
/* clang-format on */

const struct noun public_announcements_noun = {
    .name = "client.announcements",
    .from = "announcements a",
    .tenant = "a.tenant_id",
    .id = "a.id",
    .alive = "a.deleted_at IS NULL AND a.status <> 'draft'",
    .few = "a company writes some hundred of them",
    .field = public_fields,
    .n_fields = N_ELEMS(public_fields),
    .may_read = PERM_PORTAL_USE,
};

/* ---- what is done ---- */

/* clang-format off */
static const struct choice updates[] = {
	{"investigating", "Investigating"}, {"identified", "Cause found"},
	{"monitoring", "Mended, we watch it"}, {"note", "Note"}, {NULL}};

static const struct field update_fields[] = {
	{"state",	"state",	FIELD_WORD,	NEW | REQUIRED, NULL,
	 .label = "How it stands", .choice = updates},
	{"text",	"text",		FIELD_AREA,	NEW | REQUIRED, NULL,
	 .label = "What is new", .hint = "Markdown, without HTML and images.", .max = 20000},
};
static const struct field resolve_fields[] = {
	{"text",	"text",		FIELD_AREA,	NEW, NULL,
	 .label = "Last words", .hint = "What it was, and that it is over. Markdown, without HTML and images.", .max = 20000},
};
/* clang-format on */
static const struct noun update_args = VERB_ARGS("update", update_fields);
static const struct noun resolve_args = VERB_ARGS("resolve", resolve_fields);

static const char *const draft[] = {"draft", NULL};
static const char *const open_ones[] = {"open", NULL};

static enum err
publish(const struct verb_call *c)
{
	return announce_publish(c->tx, &c->id, c->machine);
}

static enum err
update(const struct verb_call *c)
{
	return announce_update(
	    c->tx, &c->id, verb_arg(c, "state"), verb_arg(c, "text"));
}

static enum err
resolve(const struct verb_call *c)
{
	return announce_resolve(c->tx, &c->id, verb_arg(c, "text"));
}

const struct verb announce_verbs[] = {
    {
	.noun = &announcements_noun,
	.name = "publish",
	.label = "Publish…",
	.icon = "out",
	.ask = "Publish “%s”?",
	.text = "Everybody can read it on the status page, and the feed has "
		"it. It stays there, with its history.",
	.yes = "Publish “%s”",
	.no = "Keep the draft",
	.done = "“%s” is published.",
	.perm = PERM_STATUS_WRITE,
	.flags = VERB_FIRST,
	.from = draft,
	.run = publish,
    },
    {
	.noun = &announcements_noun,
	.name = "update",
	.label = "Add an update…",
	.icon = "plus",
	.ask = "What is new with “%s”?",
	.text = "It stands below the announcement, with its time.",
	.yes = "Add it to “%s”",
	.no = "Nothing new",
	.done = "The update of “%s” is published.",
	.perm = PERM_STATUS_WRITE,
	.from = open_ones,
	.args = &update_args,
	.run = update,
    },
    {
	.noun = &announcements_noun,
	.name = "resolve",
	.label = "Resolve…",
	.icon = "ok",
	.ask = "Is “%s” over?",
	.text = "It leaves the portal's home page and stays in the history.",
	.yes = "Resolve “%s”",
	.no = "It goes on",
	.done = "“%s” is resolved.",
	.perm = PERM_STATUS_WRITE,
	.from = open_ones,
	.args = &resolve_args,
	.run = resolve,
    },
    {.noun = NULL},
};
