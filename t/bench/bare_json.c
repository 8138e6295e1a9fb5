/* bare_json.c - plans, orders and customers as the API answers them, byte by
 * byte. SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "bare.h"

/* clang-format off */
enum column { TEXT, MONEY, NUMBER, TIME };
struct member {
	const char *name;
	enum column type;
	const char *before, *after; /* of what it is the first or last in */
};
/* The columns of Q_ORDERS ... */
static const struct member of_order[] = {
	{ "id", TEXT }, { "number", TEXT }, { "status", TEXT },
	{ "customerId", TEXT }, { "customerName", TEXT },
	{ "customerEmail", TEXT }, { "total", MONEY }, { "received", MONEY },
	{ "currency", TEXT }, { "paymentIntentId", TEXT },
	{ "primaryDomain", TEXT }, { "couponCode", TEXT },
	{ "discount", MONEY }, { "placedBy", TEXT },
	{ "decidedBy", TEXT }, { "decidedAt", TIME }, { "completedAt", TIME },
	{ "version", NUMBER }, { "createdAt", TIME }, { "updatedAt", TIME },
};
/* ... and of Q_CUSTOMERS. */
static const struct member of_customer[] = {
	{ "id", TEXT }, { "name", TEXT }, { "companyName", TEXT },
	{ "email", TEXT }, { "phone", TEXT },
	{ "line1", TEXT, .before = "\"address\":{" }, { "line2", TEXT },
	{ "city", TEXT }, { "state", TEXT },
	{ "postalCode", TEXT, .after = "}" }, { "country", TEXT },
	{ "taxId", TEXT }, { "currency", TEXT }, { "creditBalance", MONEY },
	{ "status", TEXT }, { "userId", TEXT }, { "tenantId", TEXT },
	{ "version", NUMBER }, { "createdAt", TIME }, { "updatedAt", TIME },
};
static const struct { const char *word, *label; int months; } periods[] = {
	{ "month", "monthly", 1 }, { "quarter", "quarterly", 3 },
	{ "halfyear", "semiannually", 6 }, { "year", "annually", 12 },
	{ "2years", "biennially", 24 }, { "3years", "triennially", 36 },
	{ "once", "once", 0 },
};
/* clang-format on */

/* ---- plans ---- */

static void
json_text(const char *name, const char *value)
{
	put("\"", 1);
	put_text(name);
	put("\":\"", 3);
	put_escaped(value, json_escape);
	put("\"", 1);
}

static void
open_plan(sqlite3_stmt *st)
{
	static const struct {
		const char *name;
		int column;
	} members[] = {{"id", 0}, {"code", 1}, {"slug", 1}, {"name", 2},
	    {"description", 3}, {"type", 4}};

	put("{", 1);
	for (size_t i = 0; i < N(members); i++) {
		json_text(members[i].name, row_text(st, members[i].column));
		put(",", 1);
	}
	put_text("\"billing\":[");
}

static void
write_price(sqlite3_stmt *st)
{
	size_t i = 0;

	while (
	    i + 1 < N(periods) && strcmp(periods[i].word, row_text(st, 5)) != 0)
		i++;
	put("{", 1);
	json_text("term", periods[i].label);
	put(",", 1);
	json_text("period", periods[i].word);
	put(",", 1);
	json_text("label", periods[i].label);
	put_text(",\"months\":");
	put_int(periods[i].months);
	put_text(",\"price\":");
	put_money(sqlite3_column_int64(st, 7));
	put(",", 1);
	json_text("currency", row_text(st, 6));
	put_text(",\"setupFee\":");
	put_money(sqlite3_column_int64(st, 8));
	put("}", 1);
}

void
plans_json(void)
{
	sqlite3_stmt *st = query_ask(Q_PLANS);
	char open[64] = "";

	put_text("{\"plans\":[");
	while (sqlite3_step(st) == SQLITE_ROW) {
		bool is_same = strcmp(open, row_text(st, 0)) == 0;

		if (is_same)
			put(",", 1);
		else if (open[0])
			put_text("]},");
		if (!is_same) {
			open_plan(st);
			snprintf(open, sizeof(open), "%s", row_text(st, 0));
		}
		write_price(st);
	}
	put_text(open[0] ? "]}]}" : "]}");
	sqlite3_reset(st);
}

/* ---- orders and customers as JSON ---- */

static void
json_column(sqlite3_stmt *st, int i, enum column type)
{
	if (sqlite3_column_type(st, i) == SQLITE_NULL) {
		put("null", 4);
		return;
	}
	switch (type) {
	case MONEY:
		put_money(sqlite3_column_int64(st, i));
		break;
	case NUMBER:
		put_int(sqlite3_column_int64(st, i));
		break;
	case TIME:
		put("\"", 1);
		put_time(sqlite3_column_int64(st, i));
		put("\"", 1);
		break;
	case TEXT:
		put("\"", 1);
		put_escaped(row_text(st, i), json_escape);
		put("\"", 1);
		break;
	}
}

static void
json_row(sqlite3_stmt *st, const struct member *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put(i == 0 ? "{" : ",", 1);
		put_text(m[i].before ? m[i].before : "");
		put("\"", 1);
		put_text(m[i].name);
		put("\":", 2);
		json_column(st, (int)i, m[i].type);
		put_text(m[i].after ? m[i].after : "");
	}
	put("}", 1);
}

/* The panel's cursor: hex of '>', the id, NUL, the id. */
static void
put_cursor(const char *id)
{
	char raw[128];
	int n = snprintf(raw, sizeof(raw), ">%s%c%s", id, 0, id);

	put("\"", 1);
	for (int i = 0; i < n; i++) {
		put(&"0123456789abcdef"[(unsigned char)raw[i] >> 4], 1);
		put(&"0123456789abcdef"[raw[i] & 15], 1);
	}
	put("\"", 1);
}

static void
list_json(const struct member *m, size_t n_members, enum query rows,
    enum query count, bool counts)
{
	sqlite3_stmt *st = query_ask(rows);
	int64_t total = counts ? query_count(count, NULL) : 0;
	char last[64] = "";
	int n = 0;
	bool more = false;

	put_text("{\"items\":[");
	while (sqlite3_step(st) == SQLITE_ROW && !(more = n == LIMIT)) {
		if (n++ > 0)
			put(",", 1);
		json_row(st, m, n_members);
		if (n == LIMIT)
			snprintf(last, sizeof(last), "%s", row_text(st, 0));
	}
	sqlite3_reset(st);
	put_text("],\"total\":");
	total = counts ? total : n;
	put_int(total > COUNT_MAX ? COUNT_MAX : total);
	if (total > COUNT_MAX)
		put_text(",\"totalIsLowerBound\":true");
	put_text(",\"nextCursor\":");
	if (more)
		put_cursor(last);
	else
		put("null", 4);
	put("}", 1);
}

void
orders_json(bool counts)
{
	list_json(of_order, N(of_order), Q_ORDERS, Q_COUNT, counts);
}

void
customers_json(bool counts)
{
	list_json(of_customer, N(of_customer), Q_CUSTOMERS, Q_COUNT_CUSTOMERS,
	    counts);
}
