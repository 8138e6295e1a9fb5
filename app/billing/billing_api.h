/* billing_api.h - customers, subscriptions, invoices, payments for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_BILLING_API_H
#define MPANEL_BILLING_BILLING_API_H

#include "billing/customer_people.h"
#include "resource/shape.h"
#include "web/web.h"

/* Ended by a row without a path. */
extern const struct route billing_api_routes[];
extern const struct route people_api_routes[];
extern const struct route enter_page_routes[];
/* What the calls of billing/ take and answer, ended by a NULL name. */
extern const struct api_shape billing_shapes[];
extern const struct shape customer_person_shape, customer_person_new_shape;

/* people_api.c: who looks after an account, as staff and customers say it.
 * The body, whose texts are borrowed; false with problems. */
struct customer_person_wish {
	const char *email, *name; /* name: NULL for none */
	struct customer_rights rights;
};
bool read_customer_person(struct request *rq, struct customer_person_wish *out);
/* All of the account's people. */
enum err reply_customer_people(
    struct request *rq, int status, const struct id *customer) MUST_USE;

#endif
