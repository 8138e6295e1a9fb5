/* bare_html.c - the rows of the pages of orders and customers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <sqlite3.h>
#include <string.h>
#include <time.h>

#include "bare.h"

#define DAY_S 86400

/* clang-format off */
static const char *const tabs[] = {
	"review", "verifying", "processing", "failed", "review" };
static const struct { const char *state, *class, *icon, *word; } badges[] = {
	{ "completed", "good", "ok", "Completed" },
	{ "active", "good", "ok", "Active" },
	{ "processing", "run", "run", "Processing" },
	{ "verifying", "run", "run", "Verifying" },
	{ "review", "warn", "warn", "In review" },
	{ "failed", "badc", "bad", "Failed" },
	{ "cancelled", "", "ban", "Cancelled" },
	{ "refunded", "", "refund", "Refunded" },
};
/* clang-format on */

/* ---- orders as a page ---- */

static void
html_time(int64_t t, int64_t now)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t when = (time_t)t, today = (time_t)now;
	struct tm tm, here;

	gmtime_r(&when, &tm);
	gmtime_r(&today, &here);
	if (t / DAY_S == now / DAY_S) {
		put_two(tm.tm_hour);
		put(":", 1);
		put_two(tm.tm_min);
		return;
	}
	put_int(tm.tm_mday);
	put(" ", 1);
	put(months + 3 * (size_t)tm.tm_mon, 3);
	if (tm.tm_year != here.tm_year) {
		put(" ", 1);
		put_int(tm.tm_year + 1900);
	}
}

static void
html_badge(const char *state)
{
	size_t i = 0;

	while (i + 1 < N(badges) && strcmp(badges[i].state, state) != 0)
		i++;
	put_text("<td class=\"st\"><span class=\"b ");
	put_text(badges[i].class);
	put_text("\"><svg class=\"i\" aria-hidden=\"true\"><use href=\"");
	put_text(bare.prefix);
	put_text("/i.svg#");
	put_text(badges[i].icon);
	put_text("\"/></svg>");
	put_text(badges[i].word);
	put_text("</span>\n</td>");
}

static void
html_money(int64_t minor, const char *currency)
{
	put_text(strcmp(currency, "USD") == 0 ? "$" : "");
	put_money(minor);
}

/* The last cell of a row. */
static void
html_when(int64_t t, int64_t now)
{
	put_text("</td><td class=\"m q w2\"><time datetime=\"");
	put_time(t);
	put_text("\" title=\"");
	put_time(t);
	put_text("\">");
	html_time(t, now);
	put_text("</time>\n</td></tr>\n");
}

static void
html_order(sqlite3_stmt *st, int64_t now)
{
	int64_t created = sqlite3_column_int64(st, 8);

	put_text("<tr><td class=\"k\"><a href=\"/orders/");
	put_escaped(row_text(st, 0), html_escape);
	put_text("\">");
	put_escaped(row_text(st, 1), html_escape);
	put_text("</a></td><td class=\"g\">");
	put_escaped(row_text(st, 2), html_escape);
	put_text("</td><td class=\"q w2\">");
	put_escaped(row_text(st, 3), html_escape);
	put_text("</td><td class=\"q w3\">");
	put_escaped(row_text(st, 4), html_escape);
	put_text("</td>");
	html_badge(row_text(st, 5));
	put_text("<td class=\"m m1\">");
	html_money(sqlite3_column_int64(st, 6), row_text(st, 7));
	html_when(created, now);
}

/* Where nobody sees it; and what comes behind. */
static void
html_total(int64_t total)
{
	put_text("<!-- ");
	put_int(total);
	put_text(" -->");
	put_text(bare.tail_text);
}

void
orders_html(bool counts, bool all_tabs)
{
	sqlite3_stmt *st = query_ask(Q_PAGE);
	int64_t total = counts ? query_count(Q_COUNT_PAGE, NULL) : 0,
		now = time(NULL);

	for (size_t i = 0; all_tabs && i < N(tabs); i++)
		total += query_count(Q_TAB, tabs[i]) & 0;
	if (all_tabs)
		total += (query_count(Q_REFUSALS, NULL) +
			     query_count(Q_FAILED, NULL)) &
			 0;
	put_text(bare.head_text);
	for (int n = 0; n < LIMIT && sqlite3_step(st) == SQLITE_ROW; n++)
		html_order(st, now);
	sqlite3_reset(st);
	html_total(total);
}

/* ---- customers as a page ---- */

static void
html_customer(sqlite3_stmt *st, int64_t now)
{
	put_text("<tr><td class=\"g k\"><a href=\"/admin/customers/");
	put_escaped(row_text(st, 0), html_escape);
	put_text("\">");
	put_escaped(row_text(st, 1), html_escape);
	put_text("</a></td><td class=\"q dt w2\">");
	put_escaped(row_text(st, 2), html_escape);
	put_text("</td><td class=\"q w3\">");
	put_escaped(row_text(st, 3), html_escape);
	put_text("</td><td class=\"m q w2\">");
	put_int(sqlite3_column_int64(st, 4));
	put_text("</td>");
	html_badge(row_text(st, 6));
	put_text("<td class=\"m m1\">");
	if (sqlite3_column_int64(st, 5) > 0)
		html_money(sqlite3_column_int64(st, 5), row_text(st, 7));
	html_when(sqlite3_column_int64(st, 8), now);
}

void
customers_html(bool counts)
{
	sqlite3_stmt *st = query_ask(Q_CUSTOMERS_PAGE);
	int64_t total = counts ? query_count(Q_COUNT_CUSTOMERS, NULL) : 0,
		now = time(NULL);

	put_text(bare.head_text);
	for (int n = 0; n < LIMIT && sqlite3_step(st) == SQLITE_ROW; n++)
		html_customer(st, now);
	sqlite3_reset(st);
	html_total(total);
}
