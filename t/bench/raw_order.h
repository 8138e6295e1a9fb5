/* raw_order.h - what the files of the raw order program share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_RAW_ORDER_H
#define MPANEL_T_RAW_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include "base/id.h"

#define RAW_ITEMS    3
#define RAW_VALS_MAX 20

/* A value of a statement: text, an integer, or (text NULL) SQL NULL. */
struct raw_val {
	const char *text;
	int64_t num;
	bool is_num;
};
#define RAW_NULL ((struct raw_val){NULL, 0, false})
static inline struct raw_val
RAW_TEXT(const char *s) {
	return (struct raw_val){s, 0, false};
} static inline struct raw_val
RAW_INT(int64_t n) {
	return (struct raw_val){NULL, n, true};
}

enum raw_stmt {
	RAW_INTAKE,
	RAW_CUSTOMER,
	RAW_ORDER,
	RAW_ORDER_ITEM,
	RAW_SUBSCRIPTION,
	RAW_WEBSITE,
	RAW_DOMAIN,
	RAW_TASK,
	RAW_TASK_EVENT,
	RAW_AUDIT,
	RAW_OUTBOX,
	RAW_QUEUE,
	RAW_INVOICE,
	RAW_INVOICE_ITEM,
	RAW_PAYMENT,
	RAW_ENTRY,
	RAW_TRANSFER,
	RAW_USER,
	RAW_LINK,
	RAW_PERSON,
	RAW_CUSTOMER_USER,
	RAW__MAX
};
extern const char *const raw_sql[RAW__MAX];

/* What the inserts refer to; read once by each process. */
struct raw_tenant {
	struct id id, server, product[RAW_ITEMS];
	struct id receivables, revenue, clearing, deposits;
};

/* How an order ends: its numbers, and what depends on them. */
struct raw_end {
	const struct raw_tenant *tenant;
	const char *order, *invoice, *intent;
	int64_t total_minor, now;
	const char *response; /* with @ORD@ and @INV@ in it */
	bool counter;	      /* else the ids are the numbers */
};

struct raw_conn;
struct raw_engine {
	struct raw_conn *(*open)(const char *url);
	/* Outside a transaction: one text of one row, "" when there is none.
	 * $1 is the tenant (may be NULL), $2 the argument. */
	void (*look_up)(struct raw_conn *c, const char *sql, const char *tenant,
	    const char *arg, char out[static 64]);
	void (*begin)(struct raw_conn *c, const struct raw_tenant *t);
	void (*exec)(struct raw_conn *c, enum raw_stmt what,
	    const struct raw_val *v, int n);
	void (*end)(struct raw_conn *c, const struct raw_end *e);
	/* What `mpanel work` does beside busy writers; may be NULL. */
	void (*checkpoint)(struct raw_conn *c);
};
extern const struct raw_engine raw_sqlite, raw_pg;

/* raw_order_rows.c */
void raw_tenant_find(const struct raw_engine *e, struct raw_conn *c, int nth,
    struct raw_tenant *out);
/* One order in one transaction; name is unique. */
void raw_order_place(const struct raw_engine *e, struct raw_conn *c,
    const struct raw_tenant *t, const char *name, int n_items, bool counter);

noreturn void raw_die(const char *what, const char *why);

#endif
