/* tickets_noun.h - tickets and departments, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_SUPPORT_TICKETS_NOUN_H
#define MPANEL_SUPPORT_TICKETS_NOUN_H

#include "resource/list.h"
#include "resource/search.h"

extern const struct noun tickets_noun;
extern const struct noun portal_tickets_noun; /* as customers see theirs */
extern const struct noun departments_noun;

/* Where the fields of a ticket are, for the staff's list. */
enum {
	TK_ID,
	TK_NUMBER,
	TK_SUBJECT,
	TK_CUSTOMER_ID,
	TK_CUSTOMER,
	TK_CONTACT,
	TK_EMAIL,
	TK_STATUS,
	TK_PRIORITY,
	TK_DEPARTMENT_ID,
	TK_DEPARTMENT,
	TK_ASSIGNEE_ID,
	TK_ASSIGNEE,
	TK_SERVICE,
	TK_RESPONSE_DUE,
	TK_RESOLUTION_DUE,
	TK_RESPONDED,
	TK_LATE,
	TK_TAGS,
	TK_LAST,
	TK_CLOSED,
	TK_MERGED,
	TK_VERSION,
	TK_CREATED,
	TK_UPDATED
};
/* What staff look at.  Each has a condition that an index has, too
 * (db/0028_tickets), so that neither a page nor a count grows with what is
 * closed. */
enum ticket_view {
	TICKETS_MINE,
	TICKETS_UNASSIGNED,
	TICKETS_LATE,	/* over their time, and staff were told */
	TICKETS_LIVING, /* whoever has them */
	TICKETS_CLOSED,
	TICKETS_ALL,
	TICKETS_VIEW__MAX
};
/* A list of the noun becomes that view; user: whose `mine` is. */
void tickets_view(struct list *l, enum ticket_view v, const char *user);

/* Where the fields of a customer's own are. */
enum {
	HELP_ID,
	HELP_NUMBER,
	HELP_SUBJECT,
	HELP_STATUS,
	HELP_PRIORITY,
	HELP_DEPARTMENT,
	HELP_SERVICE,
	HELP_LAST,
	HELP_CLOSED,
	HELP_MERGED,
	HELP_OWNER,
	HELP_CREATED
};

#endif
