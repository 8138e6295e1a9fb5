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
extern const struct route portal_people_api_routes[];
extern const struct route portal_people_page_routes[];
extern const struct api_shape portal_shapes[];

/* A part of an account that a person may look after without the others. */
enum portal_area {
	AREA_ANY, /* whoever looks after anything of it */
	AREA_BILLING,
	AREA_TECHNICAL,
	AREA_SUPPORT,
	AREA_PEOPLE, /* whoever looks after all of it */
	AREA__MAX
};

bool portal_may(const struct portal_account *a, enum portal_area area);
/* The account that the person looks at.  E_NOTFOUND: they have none; E_DENIED:
 * not that area of it; both with a problem that says so. */
enum err portal_open(struct request *rq, enum portal_area area,
    struct portal_account *out) MUST_USE;
/* One more invitation of this account; E_LIMIT with Retry-After: too many. */
enum err portal_count_invitation(
    struct request *rq, const struct portal_account *a) MUST_USE;
/* The row of the path's :id belongs to one of their accounts, of which they
 * look after the area; E_NOTFOUND or E_DENIED otherwise. */
enum err portal_own(struct request *rq, const struct noun *n,
    enum portal_area area, struct id *id_out) MUST_USE;
/* An invoice of theirs on paper: of the call and of the page. */
enum err portal_invoice_pdf(struct request *rq) MUST_USE;

#endif
