/* portal_api.h - the customers' own calls, and what their pages share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PORTAL_PORTAL_API_H
#define MPANEL_PORTAL_PORTAL_API_H

#include "portal/account.h"
#include "resource/shape.h"
#include "web/web.h"

/* Ended by rows without a path, without a route. */
extern const struct route portal_api_routes[];
extern const struct route portal_page_routes[];
extern const struct route portal_services_api_routes[];
extern const struct route portal_cancel_page_routes[];
extern const struct route portal_plan_page_routes[];
extern const struct route portal_domains_page_routes[];
extern const struct route portal_people_api_routes[];
extern const struct route portal_people_page_routes[];
extern const struct route portal_pay_api_routes[];
extern const struct route portal_pay_page_routes[];
extern const struct route portal_profile_api_routes[];
extern const struct route portal_profile_page_routes[];
extern const struct route portal_export_api_routes[];
extern const struct route portal_export_page_routes[];
extern const struct route portal_close_api_routes[];
extern const struct route portal_close_page_routes[];
extern const struct route portal_backups_api_routes[];
extern const struct route portal_backups_page_routes[];
extern const struct api_shape portal_shapes[];

/* A part of an account that a person may look after without the others. */
enum portal_area {
	AREA_ANY, /* whoever looks after anything of it */
	AREA_BILLING,
	AREA_TECHNICAL,
	AREA_SUPPORT,
	/* What ends a service or changes its plan takes a site down and alters
	 * bills: whoever looks after both. */
	AREA_CONTRACT,
	AREA_PEOPLE, /* whoever looks after all of it */
	AREA__MAX
};

bool portal_may(const struct portal_account *a, enum portal_area area);
/* The account that the person looks at.  E_NOTFOUND: they have none; E_DENIED:
 * not that area of it; both with a problem that says so. */
enum err portal_open(struct request *rq, enum portal_area area,
    struct portal_account *out) MUST_USE;
/* For a page, which has asked for all of them once: the account by its id, or
 * (NULL) the one that is looked at.  E_NOTFOUND: it is none of theirs. */
enum err portal_account_of(struct request *rq, const struct id *customer,
    struct portal_account *out) MUST_USE;
/* The same of an account that was read; E_DENIED with a problem. */
enum err portal_check_area(struct request *rq, const struct portal_account *a,
    enum portal_area area) MUST_USE;
/* One more invitation of this account; E_LIMIT with Retry-After: too many. */
enum err portal_count_invitation(
    struct request *rq, const struct portal_account *a) MUST_USE;
/* The row of the path's :id belongs to one of their accounts, of which they
 * look after the area; E_NOTFOUND or E_DENIED otherwise. */
enum err portal_own(struct request *rq, const struct noun *n,
    enum portal_area area, struct id *id_out) MUST_USE;
/* The same, and the account that it belongs to. */
enum err portal_own_of(struct request *rq, const struct noun *n,
    enum portal_area area, struct id *id_out,
    struct portal_account *account_out) MUST_USE;
/* GET a noun's rows: of the account that is named, or else of the one that is
 * looked at.  GET one of them. */
enum err portal_list(
    struct request *rq, const struct noun *n, enum portal_area area) MUST_USE;
enum err portal_reply(
    struct request *rq, const struct noun *n, enum portal_area area) MUST_USE;
/* The account of theirs with this id, or (NULL) the one that is looked at. */
enum err portal_pick(struct request *rq, const struct id *named,
    enum portal_area area, struct portal_account *out) MUST_USE;
/* An invoice of theirs on paper: of the call and of the page. */
enum err portal_invoice_pdf(struct request *rq) MUST_USE;
/* The same of a payment's receipt. */
enum err portal_receipt_pdf(struct request *rq) MUST_USE;
/* A backup that was fetched: of the call and of the page. */
enum err portal_backup_file(struct request *rq) MUST_USE;

/* What somebody typed who wants to go; texts may be NULL. */
struct close_wish {
	const char *password; /* theirs */
	const char *confirm;  /* the account's name */
	const char *reason;
};
/* Ask for the account that is looked at to be closed (ROUTE_OWN_TX, at the
 * door).  E_INPUT with problems in `password`, `confirm`, `reason`;
 * E_CONFLICT; E_DENIED, E_NOTFOUND: it is not theirs to close; E_LIMIT. */
enum err portal_close(
    struct request *rq, const struct close_wish *wish) MUST_USE;
/* The file of an export of theirs, the same way. */
enum err portal_export_file(struct request *rq) MUST_USE;

#endif
