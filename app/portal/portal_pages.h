/* portal_pages.h - the customers' pages: what their files share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PORTAL_PORTAL_PAGES_H
#define MPANEL_PORTAL_PORTAL_PAGES_H

#include "portal/account.h"
#include "portal/portal_api.h"
#include "web/web.h"

#define CLIENT	 "/client"
#define SERVICES CLIENT "/services"
#define DOMAINS	 CLIENT "/domains"
#define BILLS	 CLIENT "/invoices"

/* Adds to a page which account it is about, and the others that may be
 * switched to.  *now_out is the account; E_NOTFOUND: there is none. */
enum err portal_dress(struct request *rq, struct view *root,
    struct portal_account *now_out) MUST_USE;

/* How a service stands, by its subscription and its website (NULL: none): a
 * badge's state. */
const char *service_state(const char *status, const char *website);

/* The newest of each as rows, at most `limit`. */
enum err put_services(struct request *rq, const struct portal_account *a,
    int64_t limit, struct view *rows) MUST_USE;
enum err put_domains(struct request *rq, const struct portal_account *a,
    int64_t limit, struct view *rows) MUST_USE;
enum err put_bills(struct request *rq, const struct portal_account *a,
    int64_t limit, struct view *rows) MUST_USE;

/* account_pages.c */
enum err do_switch(struct request *rq) MUST_USE;
/* services_pages.c; with the domains */
enum err show_services(struct request *rq) MUST_USE;
enum err show_service(struct request *rq) MUST_USE;
enum err show_domains(struct request *rq) MUST_USE;
/* bills_pages.c */
enum err show_bills(struct request *rq) MUST_USE;
enum err show_bill(struct request *rq) MUST_USE;

#endif
