/* usage.c - what sites use, by day, beside what their plans include.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "jobs/outbox.h"
#include "mail/mail.h"

#define MB	       INT64_C(1000000)
#define GB	       (1000 * MB)
#define FORGET_AT_ONCE 2000

/* ---- a report ---- */

/* A site, what its plan includes, and what was known of it before. */
struct site {
	const char *status, *email;
	int64_t disk_limit, sent_limit; /* 0: none */
	bool has_now;
	char day[11], month[11];
	int64_t disk, files;
	int64_t disk_mark, disk_since, sent_mark, sent_since;
};

static void
copy_date(char out[static 11], const char *date)
{
	snprintf(out, 11, "%s", date ? date : "");
}

static int64_t
or_unknown(const struct rows *r, int column)
{
	return row_is_null(r, column) ? -1 : row_int(r, column);
}

static enum err
read_site(struct tx *tx, const struct usage_report *r, struct site *out)
{
	struct rows rows;
	enum err e = db_one(tx, &rows,
	    "SELECT w.status, c.email, " SQL_DISK_LIMIT("p.") ", " SQL_TRAFFIC_LIMIT(
		"p.") ", u.day, u.month, u.disk_bytes, u.files, "
		      "u.disk_mark, u.disk_since, u.sent_mark, u.sent_since "
		      "FROM websites w "
		      "JOIN customers c ON c.tenant_id = w.tenant_id "
		      "AND c.id = w.customer_id "
		      "LEFT JOIN subscriptions s ON s.tenant_id = w.tenant_id "
		      "AND s.id = w.subscription_id "
		      "LEFT JOIN products p ON p.tenant_id = s.tenant_id "
		      "AND p.id = s.product_id "
		      "LEFT JOIN site_usage_now u ON u.tenant_id = w.tenant_id "
		      "AND u.website_id = w.id "
		      "WHERE w.tenant_id = $1 AND w.id = $2 AND w.server_id = $3 "
		      "AND w.status <> 'removed'",
	    DB_ID(&tx->tenant), DB_ID(&r->website), DB_ID(&r->server));

	if (e != OK)
		return e;
	*out = (struct site){
	    .status = row_strdup(&rows, 0),
	    .email = row_strdup(&rows, 1),
	    .disk_limit = row_int(&rows, 2),
	    .sent_limit = row_int(&rows, 3),
	    .has_now = !row_is_null(&rows, 4),
	    .disk = or_unknown(&rows, 6),
	    .files = or_unknown(&rows, 7),
	    .disk_mark = row_int(&rows, 8),
	    .disk_since = row_int(&rows, 9),
	    .sent_mark = row_int(&rows, 10),
	    .sent_since = row_int(&rows, 11),
	};
	copy_date(out->day, row_text(&rows, 4));
	copy_date(out->month, row_text(&rows, 5));
	return rows_done(&rows);
}

static struct db_val
known(int64_t n)
{
	return n < 0 ? DB_NULL() : DB_INT(n);
}

/* In the place of what was told of that day before. */
static enum err
store_day(struct tx *tx, const struct usage_report *r)
{
	return db_later(tx,
	    "INSERT INTO site_usage (tenant_id, website_id, day, server_id, "
	    "sent_bytes, disk_bytes, files, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) "
	    "ON CONFLICT (tenant_id, website_id, day) DO UPDATE "
	    "SET server_id = excluded.server_id, "
	    "sent_bytes = excluded.sent_bytes, "
	    "disk_bytes = COALESCE(excluded.disk_bytes, "
	    "site_usage.disk_bytes), "
	    "files = COALESCE(excluded.files, site_usage.files), "
	    "updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_ID(&r->website), DB_TEXT(r->day),
	    DB_ID(&r->server), DB_INT(r->sent), known(r->disk), known(r->files),
	    DB_INT(tx->now));
}

static enum err
sum_month(
    struct tx *tx, const struct id *website, const char *month, int64_t *out)
{
	char next[11];

	date_add_months(month, 1, 0, next);
	return db_int(tx, 0, out,
	    "SELECT SUM(sent_bytes) FROM site_usage WHERE tenant_id = $1 "
	    "AND website_id = $2 AND day >= $3 AND day < $4",
	    DB_ID(&tx->tenant), DB_ID(website), DB_TEXT(month), DB_TEXT(next));
}

static enum err
store_now(struct tx *tx, const struct id *website, const struct site *s,
    int64_t month_sent)
{
	return db_later(tx,
	    "INSERT INTO site_usage_now (tenant_id, website_id, day, month, "
	    "month_sent, disk_bytes, files, disk_mark, disk_since, sent_mark, "
	    "sent_since, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) "
	    "ON CONFLICT (tenant_id, website_id) DO UPDATE "
	    "SET day = excluded.day, month = excluded.month, "
	    "month_sent = excluded.month_sent, "
	    "disk_bytes = excluded.disk_bytes, files = excluded.files, "
	    "disk_mark = excluded.disk_mark, "
	    "disk_since = excluded.disk_since, "
	    "sent_mark = excluded.sent_mark, "
	    "sent_since = excluded.sent_since, "
	    "updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_ID(website), DB_TEXT(s->day),
	    DB_TEXT(s->month), DB_INT(month_sent), known(s->disk),
	    known(s->files), DB_INT(s->disk_mark),
	    s->disk_mark > 0 ? DB_INT(s->disk_since) : DB_NULL(),
	    DB_INT(s->sent_mark),
	    s->sent_mark > 0 ? DB_INT(s->sent_since) : DB_NULL(),
	    DB_INT(tx->now));
}

/* ---- crossings ---- */

/* used is at least that share of limit (USAGE_BYTES_MAX: no overflow). */
static bool
has_passed(int64_t used, int64_t limit, int64_t percent)
{
	return limit > 0 && used >= limit / 100 * percent &&
	       used * 100 >= limit * percent;
}

static int64_t
mark_of(int64_t used, int64_t limit)
{
	return has_passed(used, limit, USAGE_FULL)   ? USAGE_FULL
	       : has_passed(used, limit, USAGE_NEAR) ? USAGE_NEAR
						     : 0;
}

/* The row that the mail is about, and the mail. */
static enum err
note_crossing(struct tx *tx, const struct usage_report *r, const struct site *s,
    const char *kind, int64_t percent, int64_t used, int64_t limit)
{
	struct id id = id_new(clock_now_ms());
	enum err e = db_exec(tx,
	    "INSERT INTO usage_crossings (tenant_id, id, website_id, kind, "
	    "percent, used_bytes, limit_bytes, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&r->website), DB_TEXT(kind),
	    DB_INT(percent), DB_INT(used), DB_INT(limit), DB_INT(tx->now));

	if (e != OK)
		return e;
	return outbox_add(tx, &(struct outbox_entry){
				  .kind = OUTBOX_MAIL,
				  .dedupe_key = arena_printf(tx->arena,
				      "mail/" MAIL_USAGE ":%s", id.s),
				  .recipient = s->email,
				  .template = "mail/" MAIL_USAGE,
				  .payload = arena_printf(tx->arena,
				      "{\"crossingId\":\"%s\"}", id.s),
			      });
}

/* A higher mark is a crossing; a lower one counts once there is some room. */
static enum err
move_mark(struct tx *tx, const struct usage_report *r, const struct site *s,
    const char *kind, int64_t used, int64_t limit, int64_t *mark,
    int64_t *since)
{
	int64_t now = mark_of(used, limit);

	if (now < *mark && !has_passed(used, limit, *mark - USAGE_SLACK)) {
		*mark = now;
		*since = tx->now;
	}
	/* Of a site that is not up its customer knows worse. */
	if (now <= *mark || !str_eq(s->status, "active"))
		return OK;
	*mark = now;
	*since = tx->now;
	return note_crossing(tx, r, s, kind, now, used, limit);
}

enum err
usage_record(struct tx *tx, const struct usage_report *r)
{
	int64_t sent = 0;
	struct site s;
	enum err e = read_site(tx, r, &s);

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	if (!s.has_now || strcmp(r->day, s.day) >= 0) {
		char month[11];

		copy_date(s.day, r->day);
		copy_date(month, r->day);
		memcpy(month + 8, "01", 2);
		if (!str_eq(month, s.month))
			s.sent_mark = 0;
		copy_date(s.month, month);
		s.disk = r->disk >= 0 ? r->disk : s.disk;
		s.files = r->files >= 0 ? r->files : s.files;
	}
	if ((e = store_day(tx, r)) != OK ||
	    (e = sum_month(tx, &r->website, s.month, &sent)) != OK)
		return e;
	e = move_mark(tx, r, &s, "disk", s.disk, s.disk_limit, &s.disk_mark,
	    &s.disk_since);
	if (e == OK)
		e = move_mark(tx, r, &s, "traffic", sent, s.sent_limit,
		    &s.sent_mark, &s.sent_since);
	return e == OK ? store_now(tx, &r->website, &s, sent) : e;
}

/* ---- reading ---- */

struct usage_now
usage_of_row(const struct rows *r, int at, int64_t now)
{
	struct usage_now u = {
	    .disk = or_unknown(r, at + 3),
	    .files = or_unknown(r, at + 4),
	    .disk_limit = row_int(r, at + 5),
	    .sent_limit = row_int(r, at + 6),
	    .sent = or_unknown(r, at + 2),
	};
	char today[11];

	date_iso(now, today);
	if (row_is_null(r, at))
		return u;
	copy_date(u.day, row_text(r, at));
	/* What was told last was of another month: of this one nothing yet. */
	if (strncmp(row_text(r, at + 1), today, 7) != 0)
		u.sent = 0;
	return u;
}

enum err
usage_get(struct tx *tx, const struct id *website, struct usage_now *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " SQL_USAGE("u.",
		"p.") " FROM websites w "
		      "LEFT JOIN site_usage_now u ON u.tenant_id = w.tenant_id "
		      "AND u.website_id = w.id "
		      "LEFT JOIN subscriptions s ON s.tenant_id = w.tenant_id "
		      "AND s.id = w.subscription_id "
		      "LEFT JOIN products p ON p.tenant_id = s.tenant_id "
		      "AND p.id = s.product_id "
		      "WHERE w.tenant_id = $1 AND w.id = $2",
	    DB_ID(&tx->tenant), DB_ID(website));

	if (e != OK)
		return e;
	*out = usage_of_row(&r, 0, tx->now);
	return rows_done(&r);
}

enum err
usage_days(struct tx *tx, const struct id *website,
    struct usage_day out[static USAGE_DAYS])
{
	char today[11];
	struct rows r;
	enum err e;

	date_iso(tx->now, today);
	for (int i = 0; i < USAGE_DAYS; i++) {
		out[i] = (struct usage_day){.disk = -1, .files = -1};
		date_add_days(today, i + 1 - USAGE_DAYS, out[i].day);
	}
	e = db_query(tx, &r,
	    "SELECT day, sent_bytes, disk_bytes, files FROM site_usage "
	    "WHERE tenant_id = $1 AND website_id = $2 AND day >= $3 "
	    "AND day <= $4",
	    DB_ID(&tx->tenant), DB_ID(website), DB_TEXT(out[0].day),
	    DB_TEXT(today));
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		int i = date_diff_days(out[0].day, row_text(&r, 0));

		if (i < 0 || i >= USAGE_DAYS)
			continue;
		out[i].is_known = true;
		out[i].sent = row_int(&r, 1);
		out[i].disk = or_unknown(&r, 2);
		out[i].files = or_unknown(&r, 3);
	}
	return rows_done(&r);
}

/* ---- forgetting ---- */

enum err
usage_forget(struct tx *tx, bool *more_out)
{
	char today[11], oldest[11];
	int64_t n = 0;
	enum err e;

	date_iso(tx->now, today);
	date_add_days(today, -USAGE_KEEP_DAYS, oldest);
	/* The newest month of a site that nobody tells of any more stays: its
	 * sum is shown. */
	e = db_int(tx, 0, &n,
	    "SELECT COUNT(*) FROM (SELECT 1 FROM site_usage d "
	    "JOIN site_usage_now u ON u.tenant_id = d.tenant_id "
	    "AND u.website_id = d.website_id AND d.day < u.month "
	    "WHERE d.tenant_id = $1 AND d.day < $2 LIMIT 2001) AS old",
	    DB_ID(&tx->tenant), DB_TEXT(oldest));
	if (e != OK || n == 0) {
		*more_out = false;
		return e;
	}
	*more_out = n > FORGET_AT_ONCE;
	return db_exec(tx,
	    "DELETE FROM site_usage WHERE tenant_id = $1 "
	    "AND (website_id, day) IN (SELECT d.website_id, d.day "
	    "FROM site_usage d JOIN site_usage_now u "
	    "ON u.tenant_id = d.tenant_id AND u.website_id = d.website_id "
	    "AND d.day < u.month WHERE d.tenant_id = $1 AND d.day < $2 "
	    "ORDER BY d.day LIMIT 2000)",
	    DB_ID(&tx->tenant), DB_TEXT(oldest));
}

/* ---- the mail ---- */

static void
put_bytes(struct view *v, const char *name, int64_t bytes, const char *lang)
{
	bool is_large = bytes >= GB;
	int64_t unit = is_large ? GB : MB;
	int64_t tenths = (bytes * 10 + unit / 2) / unit;

	view_textf(v, name, "%" PRId64 "%c%" PRId64 " %s", tenths / 10,
	    str_eq(lang, "de") ? ',' : '.', tenths % 10,
	    is_large ? "GB" : "MB");
}

enum err
usage_mail_fill(
    struct tx *tx, const struct id *crossing, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT w.domain, p.name, x.kind, x.percent, x.used_bytes, "
	    "x.limit_bytes, c.name FROM usage_crossings x "
	    "JOIN websites w ON w.tenant_id = x.tenant_id "
	    "AND w.id = x.website_id "
	    "JOIN customers c ON c.tenant_id = w.tenant_id "
	    "AND c.id = w.customer_id "
	    "LEFT JOIN subscriptions s ON s.tenant_id = w.tenant_id "
	    "AND s.id = w.subscription_id "
	    "LEFT JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "WHERE x.tenant_id = $1 AND x.id = $2",
	    DB_ID(&tx->tenant), DB_ID(crossing));

	if (e != OK)
		return e;
	mail_put_line(v, "site", row_text(&r, 0));
	mail_put_line(v, "product", row_text(&r, 1));
	view_flag(v, "disk", str_eq(row_text(&r, 2), "disk"));
	view_flag(v, "full", row_int(&r, 3) == USAGE_FULL);
	view_int(v, "percent", row_int(&r, 3));
	put_bytes(v, "used", row_int(&r, 4), lang);
	put_bytes(v, "limit", row_int(&r, 5), lang);
	view_text(v, "name", row_text(&r, 6));
	return rows_done(&r);
}
