/* orders_pages.h - orders, refused calls, customers and the dashboard, for
 * staff.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_ORDERS_PAGES_H
#define MPANEL_ORDERS_ORDERS_PAGES_H

#include <stdint.h>
#include "catalog/period.h"
#include "orders/order.h"
#include "resource/noun.h"
#include "web/web.h"

extern const struct route orders_page_routes[];
extern const struct route refusal_page_routes[];
extern const struct route customer_page_routes[];
extern const struct route dashboard_page_routes[];
extern const struct noun orders_page_noun;
extern const struct noun refusals_page_noun;
extern const struct noun customers_page_noun;

/* ---- between the files of these pages ---- */

#define CUSTOMERS "/admin/customers"

/* All, In review ... Refused intakes: `here` is the current one's address. */
enum err put_order_tabs(
    struct request *rq, struct view *tabs, const char *here) MUST_USE;

/* `1 month`, `2 years`, `once`. */
const char *period_text(struct arena *a, enum period p);
/* The same from a row's word. */
enum period period_of(const char *word);

/* What needs a person, as `todo` with its rows, of what the reader may see to;
 * how many they are. */
struct summary;
int put_todo(
    struct request *rq, const struct summary *s, struct view *root) MUST_USE;
/* What could be better, as `suggestions`, of what the reader may see to. */
enum err put_suggestions(struct request *rq, struct view *root) MUST_USE;

/* "/orders/<id>". */
const char *order_path(struct request *rq, const struct id *order);
/* Flash, then 303 to the order. */
enum err back_to_order(
    struct request *rq, const struct id *order, const char *text) MUST_USE;

/* The sections of an order's page that come from other rooms' rows. */
enum err put_order_rows(
    struct request *rq, struct view *root, const struct order *o) MUST_USE;

/* One tab of a customer's page, with rows of a room. */
struct customer_tab;
/* The tab of ?tab=, the first that the actor may see without it; NULL with a
 * problem when there is none of that name. */
const struct customer_tab *customer_tab_of(struct request *rq);
enum err put_customer_tabs(struct request *rq, const struct id *customer,
    const struct customer_tab *here, struct view *root) MUST_USE;
enum err put_customer_rows(struct request *rq, const struct id *customer,
    const struct customer_tab *here, struct view *root) MUST_USE;

/* Handlers that stand in files of their own. */
enum err show_order(struct request *rq) MUST_USE;
enum err ask_accept(struct request *rq) MUST_USE;
enum err do_accept(struct request *rq) MUST_USE;
enum err ask_refund(struct request *rq) MUST_USE;
enum err do_refund(struct request *rq) MUST_USE;
enum err ask_cancel(struct request *rq) MUST_USE;
enum err do_cancel(struct request *rq) MUST_USE;
enum err show_correct(struct request *rq) MUST_USE;
enum err do_correct(struct request *rq) MUST_USE;
enum err show_customer(struct request *rq) MUST_USE;

#endif
