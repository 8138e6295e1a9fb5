/* portal_pages.h - the customers' pages: what their files share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PORTAL_PORTAL_PAGES_H
#define MPANEL_PORTAL_PORTAL_PAGES_H

#include "portal/account.h"
#include "portal/portal_api.h"
#include "web/web.h"

#define CLIENT	     "/client"
#define SERVICES     CLIENT "/services"
#define DOMAINS	     CLIENT "/domains"
#define OWN_INVOICES CLIENT "/invoices"
#define BILLING	     CLIENT "/billing"
#define STATUS	     CLIENT "/status"

/* Adds to a page which account it is about, and the others that may be
 * switched to.  *now_out is the account; E_NOTFOUND: there is none. */
enum err portal_dress(struct request *rq, struct view *root,
    struct portal_account *now_out) MUST_USE;

/* How a service stands, by its subscription and its website (NULL: none): a
 * badge's state. */
const char *service_state(const char *status, const char *website);

/* The newest of each as rows, at most `limit`. */
enum err put_services(struct request *rq, const struct portal_account *a,
    int limit, struct view *rows) MUST_USE;
enum err put_domains(struct request *rq, const struct portal_account *a,
    int limit, struct view *rows) MUST_USE;
enum err put_own_invoices(struct request *rq, const struct portal_account *a,
    int64_t limit, struct view *rows) MUST_USE;

/* The fact "Last backup" and a verb that lead to the backups; nothing where
 * there are none. */
enum err put_last_backup(struct request *rq, const struct id *service,
    struct view *facts, struct view *verbs) MUST_USE;

/* account_pages.c */
enum err do_switch(struct request *rq) MUST_USE;
/* lists_pages.c */
enum err show_services(struct request *rq) MUST_USE;
enum err show_domains(struct request *rq) MUST_USE;
/* usage_pages.c: of a service that has a website, `use`, `days` and `cert` */
enum err usage_put_service(struct request *rq, const struct id *subscription,
    struct view *root) MUST_USE;
/* services_pages.c */
enum err show_service(struct request *rq) MUST_USE;
/* status_pages.c */
enum err show_client_status(struct request *rq) MUST_USE;
enum err put_incidents(struct request *rq, const struct portal_account *a,
    struct view *root) MUST_USE;
/* billing_pages.c */
enum err show_billing(struct request *rq) MUST_USE;
enum err show_receipt(struct request *rq) MUST_USE;
/* pay_pages.c: how an open invoice is paid, and how its payment stands; as
 * verb, sentence (NULL: none) and members of its page. */
struct shown_invoice;
enum err put_paying(struct request *rq, const struct shown_invoice *s,
    struct view *root, struct view *verbs, const char **text_out) MUST_USE;
/* invoices_pages.c */
enum err show_own_invoices(struct request *rq) MUST_USE;
enum err show_own_invoice(struct request *rq) MUST_USE;

#endif
