/* public_pages.c - the knowledge base for everybody: /kb.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "announce/public_pages.h"
#include "base/clock.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "knowledge/kb_api.h"
#include "knowledge/kb_article.h"
#include "knowledge/kb_nouns.h"

enum {
	NEWEST = 8,	     /* on the first page */
	SHELF_ROWS = 50,     /* on a category's */
	SITEMAP_URLS = 50000 /* of the protocol */
};

#define PUBLIC                                                                 \
	"a.tenant_id = $1 AND a.status = 'published' "                         \
	"AND a.deleted_at IS NULL "

/* ---- lists ---- */

static enum err
put_shelves(struct request *rq, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT c.name, c.slug, c.about FROM kb_categories c "
	    "WHERE c.tenant_id = $1 AND c.deleted_at IS NULL "
	    "AND EXISTS (SELECT 1 FROM kb_articles a "
	    "WHERE a.category_id = c.id AND " PUBLIC ") "
	    "ORDER BY c.position, c.name, c.id LIMIT 200",
	    DB_ID(&rq->tx->tenant));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_text(v, "headline", row_text(&r, 0));
		view_path(v, "to", KB_PATH, row_text(&r, 1));
		view_text(v, "says", row_text(&r, 2));
	}
	return rows_done(&r);
}

/* title, slug, summary, plain */
static void
put_row(struct request *rq, struct view *rows, const struct rows *r)
{
	struct view *v = view_item(rows);
	const char *summary = row_text(r, 2);

	view_text(v, "headline", row_text(r, 0));
	view_path(v, "to", KB_PATH, row_text(r, 1));
	view_text(v, "says",
	    summary[0] ? summary : public_about(rq->arena, row_text(r, 3)));
}

static enum err
put_newest(struct request *rq, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT a.title, a.slug, a.summary, a.plain FROM kb_articles a "
	    "WHERE " PUBLIC "ORDER BY a.published_at DESC, a.id DESC LIMIT $2",
	    DB_ID(&rq->tx->tenant), DB_INT((int64_t)NEWEST));

	if (e != OK)
		return e;
	while (rows_next(&r))
		put_row(rq, rows, &r);
	return rows_done(&r);
}

static enum err
show_home(struct request *rq)
{
	struct view *v = public_page(rq, say("Help"), KB_PATH, KB_PATH,
	    say("Answers to what customers ask."));
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = put_shelves(rq, view_list(v, "shelves"));
	if (e == OK)
		e = put_newest(rq, view_list(v, "rows"));
	if (e == OK)
		reply_page(rq, 200, "public/kb", v);
	return e;
}

/* ---- search ---- */

void
kb_put_hits(struct request *rq, struct view *rows, const struct kb_hits *h)
{
	(void)rq;
	for (size_t i = 0; i < h->n; i++) {
		const struct kb_hit *hit = &h->hit[i];
		struct view *v = view_item(rows), *pieces;

		view_path(v, "to", KB_PATH, hit->slug);
		view_text(v, "headline", hit->title);
		view_text(v, "category", hit->category);
		pieces = view_list(v, "pieces");
		for (size_t k = 0; k < hit->excerpt.n; k++) {
			struct view *p = view_item(pieces);

			view_text(p, "piece", hit->excerpt.run[k].text);
			view_flag(p, "isHit", hit->excerpt.run[k].is_hit);
		}
	}
}

static const char *
all_of(struct arena *a, const struct excerpt *x)
{
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	for (size_t i = 0; i < x->n; i++)
		buf_puts(&b, x->run[i].text);
	s = buf_move(a, &b);
	return s ? s : "";
}

enum err
kb_put_suggestions(struct request *rq, const char *subject, struct view *root)
{
	struct kb_hits *h = ARENA_NEW(rq->arena, struct kb_hits);
	struct view *items;
	enum err e = h ? kb_suggest(rq->tx, subject, KB_SUGGESTED, h) : E_BUSY;

	if (e != OK || h->n == 0)
		return e;
	items = view_list(view_object(root, "suggestions"), "items");
	for (size_t i = 0; i < h->n; i++) {
		struct view *v = view_item(items);

		view_path(v, "href", KB_PATH, h->hit[i].slug);
		view_text(v, "label", h->hit[i].title);
		view_text(v, "text", all_of(rq->arena, &h->hit[i].excerpt));
	}
	return OK;
}

static enum err
show_search(struct request *rq)
{
	struct kb_hits *h = ARENA_NEW(rq->arena, struct kb_hits);
	struct view *v;
	const char *q;
	enum err e = h ? kb_read_q(rq, &q) : E_BUSY;

	if (e != OK)
		return e;
	v = public_page(rq, say("Search"), KB_PATH, NULL, NULL);
	view_text(v, "asked", q);
	if (q[0])
		e = kb_look(rq, q, h);
	if (e != OK)
		return e;
	view_flag(v, "near", h->is_near);
	view_flag(v, "nothing", q[0] && (h->n == 0 || h->is_near));
	view_flag(v, "tooMany", h->more);
	kb_put_hits(rq, view_list(v, "rows"), h);
	reply_page(rq, 200, "public/kb_search", v);
	return OK;
}

/* ---- a category ---- */

static enum err
put_shelf(
    struct request *rq, const struct id *id, struct view *v, const char *path)
{
	const char *after = query_text(rq, "after");
	struct id from = id_of_any(after), last = {""};
	struct view *rows = view_list(v, "rows");
	struct rows r;
	int n = 0;
	enum err e;

	if (id_is_set(&from))
		e = db_query(rq->tx, &r,
		    "SELECT a.title, a.slug, a.summary, a.plain, a.id "
		    "FROM kb_articles a JOIN kb_articles x "
		    "ON x.tenant_id = a.tenant_id AND x.id = $3 "
		    "WHERE a.category_id = $2 "
		    "AND (a.title, a.id) > (x.title, x.id) AND " PUBLIC
		    "ORDER BY a.title, a.id LIMIT $4",
		    DB_ID(&rq->tx->tenant), DB_ID(id), DB_ID(&from),
		    DB_INT((int64_t)SHELF_ROWS + 1));
	else
		e = db_query(rq->tx, &r,
		    "SELECT a.title, a.slug, a.summary, a.plain, a.id "
		    "FROM kb_articles a WHERE a.category_id = $2 AND " PUBLIC
		    "ORDER BY a.title, a.id LIMIT $3",
		    DB_ID(&rq->tx->tenant), DB_ID(id),
		    DB_INT((int64_t)SHELF_ROWS + 1));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		if (n++ == SHELF_ROWS) {
			view_textf(v, "older", "%s?after=%s", path, last.s);
			break;
		}
		put_row(rq, rows, &r);
		last = row_id(&r, 4);
	}
	return rows_done(&r);
}

static enum err
show_shelf(struct request *rq, const struct kb_found *at, const char *path)
{
	static const char *const known[] = {"after"};
	const char *name, *about;
	bool is_first = query_text(rq, "after") == NULL;
	struct view *v;
	struct rows r;
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e == OK)
		e = db_one(rq->tx, &r,
		    "SELECT name, about FROM kb_categories "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&rq->tx->tenant), DB_ID(&at->id));
	if (e != OK)
		return e;
	name = row_strdup(&r, 0);
	about = row_strdup(&r, 1);
	if ((e = rows_done(&r)) != OK)
		return e;
	v = public_page(rq, name, KB_PATH, is_first ? path : NULL, about);
	view_text(v, "says", about);
	e = put_shelf(rq, &at->id, v, path);
	if (e == OK)
		reply_page(rq, 200, "public/kb_category", v);
	return e;
}

/* ---- an article ---- */

#define ARTICLE                                                                \
	"SELECT a.title, a.summary, a.plain, a.html, a.language, "             \
	"a.updated_at, c.name, c.slug FROM kb_articles a "                     \
	"JOIN kb_categories c ON c.tenant_id = a.tenant_id "                   \
	"AND c.id = a.category_id WHERE a.id = $2 AND " PUBLIC

static enum err
show_article(struct request *rq, const struct kb_found *at, const char *path)
{
	const char *summary;
	struct view *v, *shelf;
	struct rows r;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = db_one(rq->tx, &r, ARTICLE, DB_ID(&rq->tx->tenant),
		    DB_ID(&at->id));
	if (e != OK)
		return e;
	summary = row_strdup(&r, 1);
	v = public_page(rq, row_strdup(&r, 0), KB_PATH, path,
	    summary[0] ? summary : public_about(rq->arena, row_strdup(&r, 2)));
	view_text(v, "says", summary);
	view_markup(v, "bodyMarkup", markup_kept(rq->arena, row_text(&r, 3)));
	view_text(v, "textLang", row_text(&r, 4));
	put_time(v, "changed", row_int(&r, 5), rq->now);
	shelf = view_object(v, "shelf");
	view_text(shelf, "headline", row_text(&r, 6));
	view_path(shelf, "to", KB_PATH, row_text(&r, 7));
	e = rows_done(&r);
	if (e == OK)
		reply_page(rq, 200, "public/kb_article", v);
	return e;
}

/* One that has another address now is found there. */
static enum err
show_place(struct request *rq)
{
	const char *slug = path_param(rq, "slug"), *path;
	struct kb_found at;
	enum err e = slug_valid(slug) ? kb_find(rq->tx, slug, &at) : E_NOTFOUND;

	if (e != OK)
		return e;
	if (at.place == KB_NOWHERE)
		return E_NOTFOUND;
	path = arena_printf(rq->arena, KB_PATH "/%s", at.slug);
	if (!path)
		return E_BUSY;
	if (!str_eq(slug, at.slug)) {
		reply_redirect(rq, path);
		return OK;
	}
	return at.place == KB_ARTICLE ? show_article(rq, &at, path)
				      : show_shelf(rq, &at, path);
}

/* ---- for search engines ---- */

static void
add_url(struct buf *b, const char *base, const char *slug, int64_t changed)
{
	char iso[21];

	buf_printf(b, "<url><loc>");
	buf_html(b, base, strlen(base));
	buf_printf(b, KB_PATH "%s%s</loc>", slug ? "/" : "", slug ? slug : "");
	if (changed > 0) {
		time_iso(changed, iso);
		buf_printf(b, "<lastmod>%s</lastmod>", iso);
	}
	buf_puts(b, "</url>\n");
}

static enum err
add_urls(struct request *rq, struct buf *b, const char *base)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT a.slug, a.updated_at FROM kb_articles a WHERE " PUBLIC
	    "ORDER BY a.published_at DESC, a.id DESC LIMIT $2",
	    DB_ID(&rq->tx->tenant), DB_INT((int64_t)SITEMAP_URLS - 1));

	if (e != OK)
		return e;
	while (rows_next(&r))
		add_url(b, base, row_text(&r, 0), row_int(&r, 1));
	return rows_done(&r);
}

/* sitemaps.org, 0.9. */
static enum err
show_sitemap(struct request *rq)
{
	const char *base, *text;
	struct buf b;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = public_base(rq, &base);
	if (e != OK)
		return e;
	if (!base)
		return E_NOTFOUND;
	buf_init(&b, 16 * 1024 * 1024);
	buf_puts(&b,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
	add_url(&b, base, NULL, 0);
	e = add_urls(rq, &b, base);
	buf_puts(&b, "</urlset>\n");
	text = buf_move(rq->arena, &b);
	if (e != OK || !text)
		return e != OK ? e : E_BUSY;
	reply_header(rq, "Cache-Control", "public, max-age=3600");
	reply_text(rq, 200, "application/xml; charset=utf-8", text);
	return OK;
}

/* clang-format off */
#define SHOW(path, handler, name) \
	{GET, KB_PATH path, POOL_UI, AUTH_TENANT, PERM__UNSET, BODY_NONE, 0, handler, name}

const struct route kb_page_routes[] = {
	SHOW("",		show_home,	"kb.page"),
	SHOW("/search",		show_search,	"kb.page.search"),
	SHOW("/sitemap.xml",	show_sitemap,	"kb.sitemap"),
	SHOW("/:slug",		show_place,	"kb.page.one"),
	{0}
};
/* clang-format on */
