/* notes_api.h - notes on customers: routes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_NOTES_API_H
#define MPANEL_BILLING_NOTES_API_H

#include "web/web.h"

/* /api/admin/customers/:id/notes */
extern const struct route notes_api_routes[];
/* /admin/customers/:id/notes */
extern const struct route notes_page_routes[];

/* The notes of a customer, what is kept on top first, and the form of a new
 * one: `notes` of the root. */
enum err put_customer_notes(
    struct request *rq, const struct id *customer, struct view *root) MUST_USE;
/* The newest of those on top, on one page: `staffNote`. */
enum err put_staff_note(
    struct request *rq, const struct id *customer, struct view *root) MUST_USE;

#endif
