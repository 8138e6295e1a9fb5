/* bare.h - the parts of bare: options, queries, the reply.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

enum { LIMIT = 50, COUNT_MAX = 10000, ROOM = 4 << 20 };

extern struct bare {
	const char *socket, *db, *tenant, *head, *tail, *prefix;
	int processes;
	char *head_text, *tail_text;
	char reply[ROOM];
	size_t len;
} bare;

void die(const char *what, const char *why) __attribute__((noreturn));

/* Bytes, numbers and times at the end of the reply. */
void put(const char *s, size_t n);
void put_text(const char *s);
void put_int(int64_t n);
void put_two(int n);
/* Everything that is sold here has two decimals. */
void put_money(int64_t minor);
void put_time(int64_t t);
void put_escaped(const char *s, const char *(*escape)(unsigned char));
/* NULL: the byte stands for itself. */
const char *json_escape(unsigned char c);
const char *html_escape(unsigned char c);

/* clang-format off */
enum query { Q_BEGIN, Q_COMMIT, Q_PLANS, Q_ORDERS, Q_PAGE, Q_COUNT, Q_COUNT_PAGE,
	Q_CUSTOMERS, Q_CUSTOMERS_PAGE, Q_COUNT_CUSTOMERS, Q_TAB, Q_REFUSALS, Q_FAILED, Q_HOST, Q_SESSION, Q__MAX };
/* clang-format on */

/* Per process; ends it when the file is not a panel's. */
void open_db(void);
/* Begins it anew; the tenant is bound. */
sqlite3_stmt *query_ask(enum query q);
void query_run(enum query q);
/* second: the value of ?2, or NULL. */
int64_t query_count(enum query q, const char *second);
const char *row_text(sqlite3_stmt *st, int i);

void plans_json(void);
void orders_json(bool counts);
void customers_json(bool counts);
void orders_html(bool counts, bool all_tabs);
void customers_html(bool counts);

#endif
