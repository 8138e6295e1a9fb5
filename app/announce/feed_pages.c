/* feed_pages.c - what readers of feeds see of the network's status: Atom.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * RFC 4287; its ids are `tag:` URIs (RFC 4151) that never change, and its links
 * begin as the company says (brand_url()), whatever host was asked.  Who has it
 * already is told so (RFC 9110, 13.1).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "announce/announce_api.h"
#include "announce/public_pages.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "tenancy/brand.h"

#define TYPE "application/atom+xml; charset=utf-8"

struct feed {
	struct request *rq;
	struct buf xml;
	const char *base; /* absolute links begin with it */
	const char *title, *author;
	const struct announcement *list;
	size_t n;
	int64_t since;	 /* the company is here */
	int64_t updated; /* there was something new */
	const char *tag; /* of the first that was ever published; or NULL */
};

/* ---- XML ---- */

/* Two code points that are characters elsewhere are none in XML 1.0 (2.2);
 * controls are in no title, and markup has neither. */
static void
add_text(struct buf *b, const char *s)
{
	for (const char *p = s;; p++) {
		bool is_odd = strncmp(p, "\xef\xbf\xbe", 3) == 0 ||
			      strncmp(p, "\xef\xbf\xbf", 3) == 0;

		if (*p && !is_odd)
			continue;
		buf_html(b, s, (size_t)(p - s));
		if (!*p)
			return;
		s = p + 3;
		p += 2;
	}
}

static void
add_element(struct buf *b, const char *name, const char *text)
{
	buf_printf(b, "<%s>", name);
	add_text(b, text);
	buf_printf(b, "</%s>\n", name);
}

static void
add_time(struct buf *b, const char *name, int64_t t)
{
	char iso[21];

	time_iso(t, iso);
	buf_printf(b, "<%s>%s</%s>\n", name, iso, name);
}

static void
add_link(struct feed *f, const char *rel, const char *type, const char *path,
    const char *id)
{
	buf_printf(&f->xml, "<link rel=\"%s\" type=\"%s\" href=\"", rel, type);
	add_text(&f->xml, f->base);
	add_text(&f->xml, path);
	if (id)
		buf_printf(&f->xml, "/%s", id);
	buf_puts(&f->xml, "\"/>\n");
}

/* ---- entries ---- */

/* All that was said, the newest first, as HTML. */
static enum err
add_content(struct feed *f, const struct announcement *a)
{
	const struct announce_entry *list;
	char iso[21];
	size_t n;
	enum err e = announce_entries(f->rq->tx, &a->id, &list, &n);

	buf_puts(&f->xml, "<content type=\"html\">");
	for (size_t i = 0; e == OK && i < n; i++) {
		time_iso(list[i].at, iso);
		add_text(&f->xml, "<p><strong>");
		add_text(&f->xml, iso);
		add_text(&f->xml, "</strong></p>");
		add_text(&f->xml, markup_html(list[i].body));
	}
	add_text(&f->xml, markup_html(a->body));
	buf_puts(&f->xml, "</content>\n");
	return e;
}

static enum err
add_entry(struct feed *f, const struct announcement *a)
{
	struct buf *b = &f->xml;
	enum err e;

	buf_puts(b, "<entry>\n");
	add_element(b, "id", a->tag);
	add_element(b, "title", a->title);
	add_time(b, "published", a->published_at);
	add_time(b, "updated", a->news_at);
	add_link(f, "alternate", "text/html", STATUS_PATH, a->id.s);
	buf_printf(b, "<category term=\"%s\"/>\n<category term=\"%s\"/>\n",
	    a->kind, a->status);
	e = add_content(f, a);
	buf_puts(b, "</entry>\n");
	return e;
}

/* ---- the feed ---- */

/* tag:HOST,DAY:status: the day on which the company came here, and its name
 * when it first published something, so that the id stays when it has another
 * name.  Where there was nothing yet, today's. */
static void
add_id(struct feed *f)
{
	const char *host =
	    f->tag ? f->tag + strlen("tag:") : strstr(f->base, "://") + 3;
	char day[11];

	date_iso(f->since, day);
	buf_printf(&f->xml, "<id>tag:%.*s,%s:status</id>\n",
	    (int)strcspn(host, ",:/"), host, day);
}

static enum err
write_feed(struct feed *f)
{
	struct buf *b = &f->xml;
	enum err e = OK;

	buf_puts(b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		    "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	add_id(f);
	add_element(b, "title", f->title);
	add_time(b, "updated", f->updated);
	buf_puts(b, "<author>");
	add_element(b, "name", f->author);
	buf_puts(b, "</author>\n");
	add_link(f, "self", "application/atom+xml", FEED_PATH, NULL);
	add_link(f, "alternate", "text/html", STATUS_PATH, NULL);
	for (size_t i = 0; e == OK && i < f->n; i++)
		e = add_entry(f, &f->list[i]);
	buf_puts(b, "</feed>\n");
	return e;
}

/* ---- whether it is new ---- */

/* RFC 9110, 5.6.7: always English. */
static const char *
http_date(struct arena *a, int64_t t)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t at = (time_t)t;
	struct tm tm;

	if (!gmtime_r(&at, &tm))
		return "";
	return arena_printf(a, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* If-Modified-Since counts only where there is no If-None-Match. */
static bool
is_known(const struct request *rq, const char *etag, int64_t updated)
{
	const char *tags = header_text(rq, "If-None-Match");
	const char *since = header_text(rq, "If-Modified-Since");
	struct tm tm = {0};

	if (tags)
		return str_eq(tags, "*") || strstr(tags, etag) != NULL;
	return since && strptime(since, "%a, %d %b %Y %H:%M:%S GMT", &tm) &&
	       timegm(&tm) >= updated;
}

static enum err
read_feed(struct feed *f)
{
	struct request *rq = f->rq;
	const struct announce_query q = {.limit = ANNOUNCE_SHOWN};
	struct brand b;
	bool more;
	enum err e = brand_get(rq->tx, &b);

	if (e == OK)
		e = announce_list(rq->tx, &q, &f->list, &f->n, &more);
	if (e == OK)
		e = db_text(rq->tx, &f->tag,
		    "SELECT tag FROM announcements WHERE tenant_id = $1 "
		    "AND tag <> '' ORDER BY published_at, id LIMIT 1",
		    DB_ID(&rq->tx->tenant));
	if (e == OK)
		e = db_int(rq->tx, 0, &f->since,
		    "SELECT created_at FROM tenants WHERE id = $1",
		    DB_ID(&rq->tx->tenant));
	if (e == OK)
		e = db_int(rq->tx, f->since, &f->updated,
		    "SELECT MAX(COALESCE(deleted_at, news_at)) "
		    "FROM announcements WHERE tenant_id = $1 AND tag <> ''",
		    DB_ID(&rq->tx->tenant));
	if (e != OK)
		return e;
	f->base = brand_url(rq->arena, &b, rq->settings);
	f->author = b.name;
	f->title = arena_printf(rq->arena, "%s: network status", b.name);
	if (!f->base)
		problem_add(&rq->problems, "", "not_found",
		    "Nobody has said at which address this site is: the "
		    "setting base_url, or the company's public address.");
	return !f->base ? E_NOTFOUND : f->title ? OK : E_BUSY;
}

enum err
status_feed(struct request *rq)
{
	struct feed f = {.rq = rq};
	const char *text;
	char hash[TOKEN_HASH_LEN], etag[TOKEN_HASH_LEN + 2];
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = read_feed(&f);
	if (e != OK)
		return e;
	buf_init(&f.xml, 0);
	e = write_feed(&f);
	text = buf_move(rq->arena, &f.xml);
	if (e != OK || !text)
		return e != OK ? e : E_BUSY;
	content_hash(text, strlen(text), hash);
	snprintf(etag, sizeof(etag), "\"%s\"", hash);
	reply_header(rq, "ETag", etag);
	reply_header(rq, "Cache-Control", "public, max-age=60");
	reply_header(rq, "Last-Modified", http_date(rq->arena, f.updated));
	if (is_known(rq, etag, f.updated))
		reply_text(rq, 304, TYPE, "");
	else
		reply_text(rq, 200, TYPE, text);
	return OK;
}
