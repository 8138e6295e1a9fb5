/* kb_nouns.c - the knowledge base, described: for staff and for readers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "knowledge/kb_nouns.h"

#include "base/error.h"
#include "knowledge/kb_article.h"

#define WRITTEN (NEW | EDIT)
/* A body has some thousand words; the rest of a longer one is not found. */
#define BODY_WORDS 4000

static const struct noun *const kb_lists[] = {
    &kb_articles_noun, &kb_categories_noun, &kb_misses_noun, NULL};

/* ---- categories ---- */

/* clang-format off */
static const struct field category_fields[] = {
	{"id",		"c.id",		FIELD_ID},
	{"name",	"c.name",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, "c.name",
	 .label = "Name", .max = 80},
	{"slug",	"c.slug",	FIELD_CODE,	WRITTEN, NULL,
	 .label = "Address", .hint = "Its page is /kb/ and this: lower-case letters, digits, hyphens. Empty: made of the name."},
	{"about",	"c.about",	FIELD_TEXT,	QUIET | WRITTEN, NULL,
	 .label = "What is in it", .hint = "A sentence below its name.", .max = 200},
	{"position",	"c.position",	FIELD_INT,	WRITTEN | DEFAULTED, "c.position",
	 .label = "Position", .hint = "The lowest is above.", .first = "100", .min = 1, .max = 100000},
	{"version",	"c.version",	FIELD_INT},
	{"createdAt",	"c.created_at",	FIELD_TIME,	0, "c.id"},
	{"updatedAt",	"c.updated_at",	FIELD_TIME,	QUIET, NULL, .label = "Changed"},
};
/* clang-format on */

static const char *const name[] = {"name"};
static const char *const slug[] = {"slug"};
static const struct noun_key category_keys[] = {
    {"kb_categories_name", name, 1, NULL, NULL,
	"There is a category with this name already."},
    {"kb_categories_slug", slug, 1, NULL, NULL,
	"There is a category with this address already."},
    {NULL},
};

const struct noun kb_categories_noun = {
    .name = "kb-categories",
    .from = "kb_categories c",
    .tenant = "c.tenant_id",
    .id = "c.id",
    .alive = "c.deleted_at IS NULL",
    .few = "a company has a dozen categories",
    .field = category_fields,
    .n_fields = N_ELEMS(category_fields),
    .one = "category",
    .many = "Categories",
    .about = "What articles are sorted by. Readers see those that have a "
	     "published article.",
    .empty = "Make the first, then write an article.",
    .page = KB_PAGE "/categories",
    .api = "/api/support/kb/categories",
    .table = "kb_categories",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_KB_READ,
    .may_write = PERM_KB_WRITE,
    .key = category_keys,
    .beside = kb_lists,
    .defaults = kb_category_defaults,
    .check = kb_category_check,
    .follow = kb_category_follow,
};

/* ---- articles ---- */

/* clang-format off */
static const struct choice states[] = {
	{"draft", "Draft"}, {"published", "Published"}, {NULL}};
static const struct choice languages[] = {
	{"", "Not said"}, {"en", "English"}, {"de", "Deutsch"}, {NULL}};

static const struct field article_fields[] = {
	[KB_ID] = {"id",	"a.id",		FIELD_ID},
	[KB_TITLE] = {"title",	"a.title",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, NULL,
	 .label = "Title", .hint = "As a customer would ask or search: How do I change my password?", .max = 150},
	[KB_SLUG] = {"slug",	"a.slug",	FIELD_CODE,	FILTER | QUIET | WRITTEN, NULL,
	 .label = "Address", .hint = "Its page is /kb/ and this: lower-case letters, digits, hyphens. Empty: made of the "
		"title. An address that it had before leads on to the new one."},
	[KB_CATEGORY_ID] = {"categoryId", "a.category_id", FIELD_ID, FILTER | WRITTEN | REQUIRED, NULL,
	 .label = "Category", .of = &kb_categories_noun},
	[KB_CATEGORY] = {"category", "c.name",	FIELD_TEXT,	JOINED, NULL,
	 .label = "Category", .link = "categoryId"},
	[KB_STATUS] = {"status", "a.status",	FIELD_WORD,	FILTER, NULL,
	 .label = "Status", .choice = states},
	[KB_LANGUAGE] = {"language", "a.language", FIELD_WORD,	FILTER | COARSE | QUIET | WRITTEN, NULL,
	 .label = "Language", .choice = languages},
	[KB_SUMMARY] = {"summary", "a.summary",	FIELD_TEXT,	QUIET | WRITTEN, NULL,
	 .label = "Summary", .hint = "A sentence for lists and search engines. Empty: how the text begins.", .max = 200},
	[KB_BODY] = {"body",	"a.body",	FIELD_AREA,	DETAIL | FORM_ONLY | WRITTEN | REQUIRED, NULL,
	 .label = "Text", .hint = "Markdown: # headings, **bold**, lists, > quotes, `code`, [links](https://example.com). "
		"No HTML, and no images: pages show none from elsewhere."},
	[KB_HTML] = {"html",	"a.html",	FIELD_AREA,	DETAIL},
	{"text",	"a.plain",	FIELD_AREA,	DETAIL | SEARCH},
	{"authorId",	"a.author_id",	FIELD_ID},
	{"author",	"a.author_name", FIELD_TEXT,	QUIET, NULL, .label = "Written by"},
	{"publishedAt",	"a.published_at", FIELD_TIME,	0, NULL, .label = "Published"},
	{"version",	"a.version",	FIELD_INT},
	{"createdAt",	"a.created_at",	FIELD_TIME,	QUIET, "a.id", .label = "Made"},
	{"updatedAt",	"a.updated_at",	FIELD_TIME,	0, NULL, .label = "Changed"},
};
/* clang-format on */

static const struct noun_key article_keys[] = {
    {"kb_articles_slug", slug, 1, NULL, NULL,
	"There is an article with this address already."},
    {NULL},
};

static const struct noun_found articles_found = {
    .kind = "kb_articles",
    .code = 'k',
    .words = BODY_WORDS,
    .title = "title",
    .text = "category",
    .status = "status",
    .icon = "help",
};

const struct noun kb_articles_noun = {
    .name = "kb-articles",
    .from = "kb_articles a JOIN kb_categories c "
	    "ON c.tenant_id = a.tenant_id AND c.id = a.category_id",
    .base = "kb_articles a",
    .tenant = "a.tenant_id",
    .id = "a.id",
    .alive = "a.deleted_at IS NULL",
    .found = &articles_found,
    .field = article_fields,
    .n_fields = N_ELEMS(article_fields),
    .one = "article",
    .many = "Knowledge base",
    .about = "Answers that customers find before they ask. What is published "
	     "is found at once, also by search engines.",
    .empty = "Write the first answer to what customers ask you most.",
    /* one of it by hand: staff_pages.c */
    .page = KB_PAGE,
    .api = "/api/support/kb/articles",
    .table = "kb_articles",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_KB_READ,
    .may_write = PERM_KB_WRITE,
    .key = article_keys,
    .beside = kb_lists,
    .defaults = kb_article_defaults,
    .check = kb_article_check,
    .follow = kb_article_follow,
};

/* ---- what was not found ---- */

/* clang-format off */
static const struct field miss_fields[] = {
	{"id",		"m.id",		FIELD_ID},
	{"words",	"m.words",	FIELD_TEXT,	SEARCH, "m.words", .label = "Words"},
	{"times",	"m.times",	FIELD_INT,	0, "m.times", .label = "Times"},
	{"day",		"m.day",	FIELD_DATE,	FILTER, "m.day", .label = "Day"},
	{"createdAt",	"m.created_at",	FIELD_TIME,	0, "m.id"},
};
/* clang-format on */

const struct noun kb_misses_noun = {
    .name = "kb-misses",
    .from = "kb_misses m",
    .tenant = "m.tenant_id",
    .id = "m.id",
    .few = "they are bounded by day and forgotten after a season",
    .field = miss_fields,
    .n_fields = N_ELEMS(miss_fields),
    .one = "search",
    .many = "Not found",
    .about = "What people searched for and no article has: an article that "
	     "is missing, or a word that yours don't use. Nothing of who "
	     "searched is kept, and all of it is forgotten after 90 days.",
    .empty = "Every search has found something so far.",
    .page = KB_PAGE "/not-found",
    .api = "/api/support/kb/not-found",
    .may_read = PERM_KB_READ,
    .beside = kb_lists,
};

/* ---- for readers ---- */

/* clang-format off */
static const struct field public_fields[] = {
	{"id",		"a.id",		FIELD_ID},
	{"title",	"a.title",	FIELD_TEXT,	SEARCH},
	{"slug",	"a.slug",	FIELD_CODE,	FILTER},
	{"categoryId",	"a.category_id", FIELD_ID,	FILTER},
	{"category",	"c.name",	FIELD_TEXT,	JOINED},
	{"language",	"a.language",	FIELD_WORD,	FILTER | COARSE, .choice = languages},
	{"summary",	"a.summary",	FIELD_TEXT},
	{"html",	"a.html",	FIELD_AREA,	DETAIL},
	{"text",	"a.plain",	FIELD_AREA,	DETAIL | SEARCH},
	{"publishedAt",	"a.published_at", FIELD_TIME},
	{"createdAt",	"a.created_at",	FIELD_TIME,	0, "a.id"},
	{"updatedAt",	"a.updated_at",	FIELD_TIME},
};
static const struct field title_fields[] = {
	{"id",		"a.id",		FIELD_ID},
	{"title",	"a.title",	FIELD_TEXT,	SEARCH},
	{"createdAt",	"a.created_at",	FIELD_TIME,	0, "a.id"},
};
static const struct field shelf_fields[] = {
	{"id",		"c.id",		FIELD_ID},
	{"name",	"c.name",	FIELD_TEXT},
	{"slug",	"c.slug",	FIELD_CODE},
	{"about",	"c.about",	FIELD_TEXT},
	{"position",	"c.position",	FIELD_INT,	0, "c.position"},
	{"createdAt",	"c.created_at",	FIELD_TIME,	0, "c.id"},
};
/* clang-format on */

#define PUBLIC "a.deleted_at IS NULL AND a.status = 'published'"

static const struct noun_found public_found = {
    .kind = "kb_public",
    .code = 'b',
    .words = BODY_WORDS,
    .title = "title",
    .icon = "help",
};

static const struct noun_found titles_found = {
    .kind = "kb_titles",
    .code = 't',
    .title = "title",
    .icon = "help",
};

const struct noun kb_public_noun = {
    .name = "client.kb",
    .from = "kb_articles a JOIN kb_categories c "
	    "ON c.tenant_id = a.tenant_id AND c.id = a.category_id",
    .base = "kb_articles a",
    .tenant = "a.tenant_id",
    .id = "a.id",
    .alive = PUBLIC,
    .found = &public_found,
    .field = public_fields,
    .n_fields = N_ELEMS(public_fields),
    .may_read = PERM_PORTAL_USE,
};

const struct noun kb_titles_noun = {
    .name = "client.kb.titles",
    .from = "kb_articles a",
    .tenant = "a.tenant_id",
    .id = "a.id",
    .alive = PUBLIC,
    .found = &titles_found,
    .field = title_fields,
    .n_fields = N_ELEMS(title_fields),
    .may_read = PERM_PORTAL_USE,
};

const struct noun kb_shelves_noun = {
    .name = "client.kb.categories",
    .from = "kb_categories c",
    .tenant = "c.tenant_id",
    .id = "c.id",
    .alive = "c.deleted_at IS NULL AND EXISTS (SELECT 1 FROM kb_articles a "
	     "WHERE a.tenant_id = c.tenant_id AND a.category_id = c.id "
	     "AND a.status = 'published' AND a.deleted_at IS NULL)",
    .few = "a company has a dozen categories",
    .field = shelf_fields,
    .n_fields = N_ELEMS(shelf_fields),
    .may_read = PERM_PORTAL_USE,
};
