/* portal_nouns.h - what customers see of what they have.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The same rows that staff see, with other fields: none that is the company's
 * own.  Each is listed for one account alone (portal_api.h): the field
 * PORTAL_OWNER has its id.
 */
#ifndef MPANEL_PORTAL_PORTAL_NOUNS_H
#define MPANEL_PORTAL_PORTAL_NOUNS_H

#include "resource/noun.h"

#define PORTAL_OWNER "accountId"

extern const struct noun portal_services_noun;
extern const struct noun portal_domains_noun;
extern const struct noun portal_invoices_noun;

/* Where the fields of an invoice are, for its page. */
enum {
	BILL_ID,
	BILL_NUMBER,
	BILL_ISSUED,
	BILL_DUE,
	BILL_TOTAL,
	BILL_OWED,
	BILL_CURRENCY,
	BILL_STATUS,
	BILL_WHAT,
	BILL_OWNER,
	BILL_CREATED
};

#endif
