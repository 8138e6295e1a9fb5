/* kb_article.c - articles and categories: how they are kept, and published.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "knowledge/kb_article.h"

#include "base/fold.h"
#include "base/markdown.h"
#include "base/text.h"
#include "identity/audit.h"
#include "knowledge/kb_nouns.h"
#include "resource/search.h"

enum {
	SLUG_BYTES = 60,
	ABOVE = 1 /* an article's title is the heading of its page */
};

/* ---- addresses ---- */

/* "Wie ändere ich …?" is wie-aendere-ich. */
static const char *
slug_of(struct arena *a, const char *title)
{
	char slug[SLUG_BYTES + 1];
	const char *s;
	struct buf b;
	size_t n = 0;

	buf_init(&b, 0);
	fold_add(&b, title, FOLD_SPELT);
	s = buf_move(a, &b);
	for (; s && *s && n < SLUG_BYTES; s++) {
		bool fits =
		    (*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9');

		if (fits)
			slug[n++] = *s;
		else if (n > 0 && slug[n - 1] != '-')
			slug[n++] = '-';
	}
	while (n > 0 && slug[n - 1] == '-')
		n--;
	return arena_strndup(a, slug, n);
}

/* One that nobody gave is made of the name. */
static enum err
default_slug(struct tx *tx, struct values *v, const char *from)
{
	struct db_val slug, name;
	const char *made;

	if (values_will(v, "slug", &slug) && slug.type == DB_T_TEXT &&
	    slug.text[0])
		return OK;
	if (!values_will(v, from, &name) || name.type != DB_T_TEXT)
		return OK;
	made = slug_of(tx->arena, name.text);
	if (!made)
		return E_BUSY;
	if (slug_valid(made))
		values_set(v, "slug", DB_TEXT(made));
	else
		problem_add(tx->problems, "slug", "required",
		    "No address can be made of this. Give it one.");
	return OK;
}

/* Words that lead elsewhere below /kb/. */
static bool
is_ours(const char *slug)
{
	return str_eq(slug, "search");
}

/* Another that is there has it now: of an article, of which it is no key, a
 * category, and the other way round. */
static enum err
check_slug(struct tx *tx, const struct values *v, bool is_article)
{
	struct db_val slug;
	int64_t taken = 0;
	enum err e;

	if (!values_has(v, (size_t)noun_field(v->noun, "slug")) ||
	    !values_will(v, "slug", &slug))
		return OK;
	if (slug.type != DB_T_TEXT || slug.text[0] == '\0') {
		problem_add(
		    tx->problems, "slug", "required", "It needs an address.");
		return OK;
	}
	if (is_ours(slug.text)) {
		problem_add(tx->problems, "slug", "not_allowed",
		    "This address leads to another page.");
		return OK;
	}
	e = is_article ? db_int(tx, 0, &taken,
			     "SELECT 1 FROM kb_categories "
			     "WHERE tenant_id = $1 AND slug = $2 "
			     "AND deleted_at IS NULL",
			     DB_ID(&tx->tenant), DB_TEXT(slug.text))
		       : db_int(tx, 0, &taken,
			     "SELECT 1 FROM kb_articles "
			     "WHERE tenant_id = $1 AND slug = $2 "
			     "AND deleted_at IS NULL",
			     DB_ID(&tx->tenant), DB_TEXT(slug.text));
	if (e == OK && taken)
		problem_add(tx->problems, "slug", "conflict",
		    is_article ? "There is a category with this address "
				 "already."
			       : "There is an article with this address "
				 "already.");
	return e;
}

/* Takes an address, unless another has it now: then somebody was faster. */
static enum err
put_address(struct tx *tx, const char *slug, const struct id *article,
    const struct id *category)
{
	int64_t changed = 0;
	enum err e = db_exec_n(tx, &changed,
	    "INSERT INTO kb_addresses (tenant_id, slug, article_id, "
	    "category_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $5) "
	    "ON CONFLICT (tenant_id, slug) DO UPDATE SET "
	    "article_id = excluded.article_id, "
	    "category_id = excluded.category_id, "
	    "updated_at = excluded.updated_at "
	    "WHERE NOT EXISTS (SELECT 1 FROM kb_articles a "
	    "WHERE a.tenant_id = $1 AND a.slug = $2 "
	    "AND a.deleted_at IS NULL AND a.id = kb_addresses.article_id "
	    "AND a.id <> COALESCE($3, $4)) "
	    "AND NOT EXISTS (SELECT 1 FROM kb_categories c "
	    "WHERE c.tenant_id = $1 AND c.slug = $2 "
	    "AND c.deleted_at IS NULL AND c.id = kb_addresses.category_id "
	    "AND c.id <> COALESCE($4, $3))",
	    DB_ID(&tx->tenant), DB_TEXT(slug), DB_ID(article), DB_ID(category),
	    DB_INT(tx->now));

	return e == OK && changed == 0 ? tx_fail(tx, E_RETRY) : e;
}

/* ---- categories ---- */

enum err
kb_category_defaults(struct tx *tx, struct values *v)
{
	return default_slug(tx, v, "name");
}

enum err
kb_category_check(struct tx *tx, const struct values *v)
{
	int64_t has = 0;
	enum err e;

	if (v->op != NOUN_REMOVE)
		return check_slug(tx, v, false);
	e = db_int(tx, 0, &has,
	    "SELECT 1 FROM kb_articles WHERE tenant_id = $1 "
	    "AND category_id = $2 AND deleted_at IS NULL LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(&v->id));
	if (e == OK && has)
		problem_add(tx->problems, "", "conflict",
		    "It has articles. Move them to another category first.");
	return e;
}

enum err
kb_category_follow(struct tx *tx, const struct id *id, enum noun_op op)
{
	const char *slug;
	enum err e = db_text(tx, &slug,
	    "SELECT slug FROM kb_categories WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	return e == OK && slug && op != NOUN_REMOVE
		   ? put_address(tx, slug, NULL, id)
		   : e;
}

/* ---- articles ---- */

enum err
kb_article_defaults(struct tx *tx, struct values *v)
{
	if (tx->actor->kind == ACTOR_USER)
		values_set(v, "authorId", DB_ID(&tx->actor->id));
	values_set(v, "author", DB_TEXT(tx->actor->name));
	return default_slug(tx, v, "title");
}

enum err
kb_article_check(struct tx *tx, const struct values *v)
{
	if (v->op == NOUN_REMOVE)
		return OK;
	if (values_has(v, KB_BODY))
		markdown_check(tx->problems, "body", v->val[KB_BODY].text);
	return check_slug(tx, v, true);
}

/* What is made of the body, and where it is looked for. */
static enum err
put_text(struct tx *tx, const struct id *id, const char *body)
{
	const struct markup *html = markdown_html(tx->arena, body, ABOVE);
	const char *plain = markdown_plain(tx->arena, body);

	if (!html || !plain)
		return tx_fail(tx, E_BUSY);
	return db_exec(tx,
	    "UPDATE kb_articles SET html = $3, plain = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(markup_html(html)),
	    DB_TEXT(plain));
}

/* For staff, and for readers where it is published: else there is none. */
static enum err
put_entries(struct tx *tx, const struct id *id)
{
	enum err e = search_add(tx, &kb_articles_noun, id);

	if (e == OK)
		e = search_add(tx, &kb_public_noun, id);
	return e == OK ? search_add(tx, &kb_titles_noun, id) : e;
}

enum err
kb_article_follow(struct tx *tx, const struct id *id, enum noun_op op)
{
	const char *slug, *body;
	struct rows r;
	enum err e;

	if (op == NOUN_REMOVE)
		return put_entries(tx, id);
	e = db_one(tx, &r,
	    "SELECT slug, body FROM kb_articles "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));
	if (e != OK)
		return e;
	slug = row_strdup(&r, 0);
	body = row_strdup(&r, 1);
	e = rows_done(&r);
	if (e == OK)
		e = put_text(tx, id, body);
	if (e == OK)
		e = put_address(tx, slug, id, NULL);
	return e == OK ? put_entries(tx, id) : e;
}

/* ---- publishing ---- */

static enum err
set_status(struct tx *tx, const struct id *id, const char *from, const char *to,
    const char *verb, const char *refusal)
{
	int64_t changed = 0;
	struct rows r;
	enum err e = noun_get(tx, &kb_articles_noun, id, &r);

	if (e == OK)
		e = rows_done(&r);
	if (e == OK)
		e = db_exec_n(tx, &changed,
		    "UPDATE kb_articles SET status = $3, "
		    "published_at = CASE WHEN $3 = 'published' "
		    "THEN COALESCE(published_at, $5) ELSE published_at END, "
		    "version = version + 1, updated_at = $5 "
		    "WHERE tenant_id = $1 AND id = $2 AND status = $4 "
		    "AND deleted_at IS NULL",
		    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(to), DB_TEXT(from),
		    DB_INT(tx->now));
	if (e == OK && changed == 0) {
		problem_add(tx->problems, "", "conflict", "%s", refusal);
		return E_CONFLICT;
	}
	if (e == OK)
		e = audit(tx, verb, kb_articles_noun.name, id, NULL);
	return e == OK ? put_entries(tx, id) : e;
}

enum err
kb_publish(struct tx *tx, const struct id *article)
{
	return set_status(tx, article, "draft", "published",
	    "kb-articles.publish", "It is published already.");
}

enum err
kb_unpublish(struct tx *tx, const struct id *article)
{
	return set_status(tx, article, "published", "draft",
	    "kb-articles.unpublish", "It is a draft already.");
}

/* ---- for readers ---- */

static enum err
now_of(struct tx *tx, const struct noun *n, const struct id *id,
    struct kb_found *out)
{
	struct rows r;
	enum err e = noun_get(tx, n, id, &r);

	if (e != OK) {
		out->place = KB_NOWHERE;
		return e == E_NOTFOUND ? OK : e;
	}
	out->id = *id;
	out->slug = row_strdup(&r, NOUN_FIELDS + noun_field(n, "slug"));
	return rows_done(&r);
}

enum err
kb_find(struct tx *tx, const char *slug, struct kb_found *out)
{
	struct id article, category;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT article_id, category_id FROM kb_addresses "
	    "WHERE tenant_id = $1 AND slug = $2",
	    DB_ID(&tx->tenant), DB_TEXT(slug));

	*out = (struct kb_found){.place = KB_NOWHERE};
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	article = row_id(&r, 0);
	category = row_id(&r, 1);
	if ((e = rows_done(&r)) != OK)
		return e;
	if (id_is_set(&article)) {
		out->place = KB_ARTICLE;
		return now_of(tx, &kb_public_noun, &article, out);
	}
	out->place = KB_SHELF;
	return now_of(tx, &kb_shelves_noun, &category, out);
}
