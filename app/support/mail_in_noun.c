/* mail_in_noun.c - mails that came in, and what became of each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/mail_in.h"

#include "support/tickets_noun.h"

/* mail_in_words[], for people. */
static const struct choice outcomes[] = {{"opened", "Opened a ticket"},
    {"replied", "Answered one"}, {"noted", "Kept as a note"},
    {"dropped", "Not taken"}, {"taking", "Being read"}, {NULL}};

/* clang-format off */
static const struct field fields[] = {
	{"id",		"i.id",			FIELD_ID},
	/* the null reverse-path of reports (RFC 5321, 4.5.5) is written <> */
	{"sender",	"CASE WHEN i.sender = '' THEN '<>' ELSE i.sender END",
					FIELD_TEXT,	0, NULL, .label = "From"},
	{"recipient",	"i.recipient",	FIELD_TEXT,	DETAIL, NULL, .label = "To"},
	{"subject",	"i.subject",	FIELD_TEXT,	0, NULL, .label = "Subject"},
	{"outcome",	"i.outcome",	FIELD_WORD,	FILTER, NULL,
	 .label = "Outcome", .choice = outcomes},
	{"reason",	"i.reason",	FIELD_TEXT,	0, NULL, .label = "Why"},
	{"ticketId",	"i.ticket_id",	FIELD_ID,	0, NULL, .of = &tickets_noun},
	{"ticket",	"t.number",	FIELD_TEXT,	JOINED, NULL,
	 .label = "Ticket", .of = &tickets_noun, .link = "ticketId"},
	{"bytes",	"i.bytes",	FIELD_INT,	DETAIL, NULL, .label = "Bytes"},
	{"createdAt",	"i.created_at",	FIELD_TIME,	0, "i.id", .label = "Came in"},
};
/* clang-format on */

const struct noun incoming_mails_noun = {
    .name = "incoming-mails",
    .from = "incoming_mails i LEFT JOIN tickets t "
	    "ON t.tenant_id = i.tenant_id AND t.id = i.ticket_id",
    .base = "incoming_mails i",
    .tenant = "i.tenant_id",
    .id = "i.id",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "incoming mail",
    .many = "Incoming mails",
    .about = "What came to your help address in the last 90 days, and what "
	     "became of it.",
    .empty = "No mail has come in yet.",
    .page = "/support/incoming-mails",
    .api = "/api/support/incoming-mails",
    .may_read = PERM_TICKETS_READ,
};
