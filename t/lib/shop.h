/* shop.h - a tenant that sells, for the tests of the business rooms.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	static void
 *	test(struct testdb *t)
 *	{
 *		struct shop s;
 *		struct order_taken taken;
 *
 *		shop_open(&s, t, "acme");
 *		is_int(shop_take(&s, SHOP_EXAMPLE, NULL, &taken), OK, "placed");
 *		is_int(shop_int(&s, "SELECT COUNT(*) FROM orders "
 *		    "WHERE tenant_id = $1"), 1, "one order");
 *	}
 *
 * shop.c defines fact_hearers[], mail_fillers[] and task_kinds[] as main/ does.
 *Business time stands still at SHOP_NOW until a test moves it.
 */
#ifndef MPANEL_T_SHOP_H
#define MPANEL_T_SHOP_H

#include "billing/ledger.h"
#include "orders/order.h"
#include "provisioning/task.h"
#include "store/invariant.h"
#include "testdb.h"

/* 2026-11-20T12:00:00Z */
#define SHOP_NOW 1795176000

/* The order of CONTRACT section 2. */
#define SHOP_ITEMS                                                             \
	"{\"productSlug\":\"starter\",\"qty\":1,\"unitPrice\":29.88,"          \
	"\"billingPeriod\":\"year\"},"                                         \
	"{\"productSlug\":\"wp-growth\",\"qty\":1,\"unitPrice\":10.95,"        \
	"\"billingPeriod\":\"month\"},"                                        \
	"{\"productSlug\":\"daily-backups-30d\",\"qty\":1,"                    \
	"\"unitPrice\":4.99,\"billingPeriod\":\"month\"}"
#define SHOP_EXAMPLE                                                           \
	"{\"stripePaymentIntentId\":\"pi_xxx\","                               \
	"\"customerEmail\":\"client@example.com\","                            \
	"\"customerName\":\"Client Name\",\"items\":[" SHOP_ITEMS "],"         \
	"\"primaryDomain\":\"techstartup.net\"}"

struct shop {
	struct testdb *t;
	struct id tenant;
	struct id server; /* "node1", zone preview.test, never seen */
};

/* A tenant in USD with the demo catalogue, and besides: `hosting-eur` (a
 * website, only EUR), `old-plan` (inactive), `consulting` (provisions nothing:
 * month, once; 2 decimals), `setup-plan` (none, month, 5.00 and 20.00 set-up
 * fee). */
void shop_open(struct shop *s, struct testdb *t, const char *slug);
/* A coupon for everything, of a percentage or an amount in USD. */
void shop_add_coupon(struct shop *s, const char *code, int64_t percent_ppm,
    int64_t amount_minor);
/* A setting of the company (tenancy/tenant_settings_list.c). */
void shop_set(struct shop *s, const char *name, const char *value);
struct id shop_add_server(struct shop *s, const char *name);

/* Run fn in a writing transaction of the shop, on its connection, with no
 * problems noted yet.  Results live in t->arena to the end of the test. */
enum err shop_run(
    struct shop *s, enum err (*fn)(struct tx *tx, void *arg), void *arg);
/* Clockwork of the shop's tenant, as `mpanel work` runs it. */
struct work;
enum err shop_pass(struct shop *s, enum err (*run)(struct work *w));
/* It is this moment from now on: "2026-07-31T10:00:00Z". */
void shop_set_day(const char *date);
/* The code of the first problem that the last call noted, "" without one. */
const char *shop_code(const struct shop *s);
/* Was a problem with this field and code noted? */
bool shop_has_problem(
    const struct shop *s, const char *field, const char *code);

/* One value; $1 is the tenant, further values follow.  Bails out on errors. */
int64_t shop_int_(
    struct shop *s, const char *sql, const struct db_val *v, size_t n);
#define shop_int(s, sql, ...)                                                  \
	shop_int_((s), (sql), DB_VALS_(DB_ID(&(s)->tenant), ##__VA_ARGS__))
/* In t->arena; NULL for no row or NULL. */
const char *shop_text_(
    struct shop *s, const char *sql, const struct db_val *v, size_t n);
#define shop_text(s, sql, ...)                                                 \
	shop_text_((s), (sql), DB_VALS_(DB_ID(&(s)->tenant), ##__VA_ARGS__))
/* A statement without rows; what the database says. */
enum err shop_exec_(
    struct shop *s, const char *sql, const struct db_val *v, size_t n);
#define shop_exec(s, sql, ...)                                                 \
	shop_exec_((s), (sql), DB_VALS_(DB_ID(&(s)->tenant), ##__VA_ARGS__))

/* What the books say of an account, in USD or another currency. */
int64_t shop_balance(struct shop *s, enum account a);
int64_t shop_balance_in(struct shop *s, enum account a, const char *currency);

/* Take an order in as the intake does; money NULL: trusted. */
enum err shop_take(struct shop *s, const char *body, const struct money *money,
    struct order_taken *out);
/* The same with another connection, for forked children. */
enum err shop_take_on(struct db *db, struct arena *a, const struct id *tenant,
    const char *body, struct order_taken *out);
/* One order of these items for this intent, e-mail and domain ("" for none).
 * SHOP_COUPON() of a domain brings a coupon with it. */
#define SHOP_COUPON(domain, code) domain "\",\"couponCode\":\"" code
const char *shop_body(struct shop *s, const char *intent, const char *email,
    const char *items, const char *domain);

/* Claim the server's next task of any type; unset when there is none. */
struct id shop_claim(struct shop *s, const struct id *server, char token[64]);
enum task_verdict shop_report(struct shop *s, const struct id *server,
    const struct id *task, const char *token, bool success);
/* Claim and report with success until nothing is due; how many. */
int shop_work(struct shop *s, const struct id *server);

/* Every invariant of the house, one table after the other; ended by NULL. */
extern const struct invariant *const shop_invariants[];
/* Is each of them true of the shop?  Notes those that are not. */
bool shop_is_sound(struct shop *s);

#endif
