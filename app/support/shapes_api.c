/* shapes_api.c - the calls of support/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "portal/portal_nouns.h"
#include "support/support_api.h"
#include "support/tickets_noun.h"

static const char *const authors[] = {"customer", "staff", "system", NULL};
static const char *const vias[] = {"web", "mail", "api", NULL};
static const char *const priorities[] = {
    "low", "normal", "high", "urgent", NULL};

/* clang-format off */
static const struct member file_members[] = {
	{"id",		FIELD_ID},
	{"name",	FIELD_TEXT},
	{"type",	FIELD_TEXT},
	{"bytes",	FIELD_INT},
	{NULL}
};
static const struct shape file = {"ticket.attachment", NULL, file_members};
static const struct member message_members[] = {
	{"id",		FIELD_ID},
	{"author",	FIELD_WORD, .words = authors},
	{"name",	FIELD_TEXT},
	{"email",	FIELD_TEXT},
	{"text",	FIELD_AREA},
	{"quoted",	FIELD_AREA},
	{"via",		FIELD_WORD, .words = vias},
	{"isNote",	FIELD_BOOL},
	{"createdAt",	FIELD_TIME},
	{"attachments",	.flags = MANY, .of = &file},
	{NULL}
};
static const struct shape message = {"ticket.message", NULL, message_members};

#define TALK						\
	{"messages",	.flags = MANY, .of = &message},	\
	{"earlier",	FIELD_ID, NULLABLE},		\
	{NULL}
static const struct member talk_members[] = {TALK};
static const struct shape help = {"client.ticket", &portal_tickets_noun, talk_members};
static const struct shape ticket = {"ticket", &tickets_noun, talk_members};
static const struct member help_opened_members[] = {{"ticket", .of = &help}, {NULL}};
static const struct shape help_opened = {"client.ticket.opened", NULL, help_opened_members};
static const struct member opened_members[] = {{"ticket", .of = &ticket}, {NULL}};
static const struct shape opened = {"ticket.opened", NULL, opened_members};

#define ASKED									\
	{"subject",	   FIELD_TEXT, .max = TICKET_SUBJECT_MAX},		\
	{"description",	   FIELD_AREA},						\
	{"priority",	   FIELD_WORD, MAYBE, .words = priorities},		\
	{"departmentId",   FIELD_ID, MAYBE},					\
	{"subscriptionId", FIELD_ID, MAYBE}
static const struct member help_new_members[] = {ASKED, {PORTAL_OWNER, FIELD_ID, MAYBE}, {NULL}};
static const struct shape help_new = {"client.ticket.new", NULL, help_new_members};
static const struct member new_members[] = {{"customerId", FIELD_ID}, ASKED, {NULL}};
static const struct shape new_ticket = {"ticket.new", NULL, new_members};
static const struct member change_members[] = {
	{"subject",	   FIELD_TEXT, MAYBE},
	{"priority",	   FIELD_WORD, MAYBE, .words = priorities},
	{"departmentId",   FIELD_ID, MAYBE},
	{"assigneeId",	   FIELD_ID, MAYBE},
	{"customerId",	   FIELD_ID, MAYBE},
	{"tags",	   FIELD_TEXT, MAYBE | MANY},
	{"version",	   FIELD_INT, MAYBE, .min = 1},
	{NULL}
};
static const struct shape change = {"ticket.change", NULL, change_members};
static const struct member words_members[] = {{"text", FIELD_AREA}, {NULL}};
static const struct shape words = {"ticket.words", NULL, words_members};
static const struct member nothing_members[] = {{NULL}};
static const struct shape nothing = {"client.ticket.nothing", NULL, nothing_members};
static const struct member version_members[] = {{"version", FIELD_INT, MAYBE, .min = 1}, {NULL}};
static const struct shape version = {"ticket.version", NULL, version_members};

static const struct member merge_members[] = {
	{"into",	   FIELD_TEXT},
	{"version",	   FIELD_INT, MAYBE, .min = 1},
	{NULL}
};
static const struct shape merge = {"ticket.merge", NULL, merge_members};
static const struct member rating_members[] = {
	{"rating",	   FIELD_INT, .min = 1, .max = 5},
	{"words",	   FIELD_AREA, MAYBE},
	{NULL}
};
static const struct shape rating = {"client.ticket.rating", NULL, rating_members};

static const struct member before[] = {{"before", FIELD_ID, MAYBE}, {NULL}};
static const struct member called[] = {{"name", FIELD_TEXT}, {NULL}};

#define BYTES "application/octet-stream"

const struct api_shape support_shapes[] = {
	{"client.tickets",	"List the tickets of an account of mine", .list = &portal_tickets_noun},
	{"client.tickets.add",	"Ask for help", .takes = &help_new, .gives = &help_opened, .status = 201},
	{"client.ticket",	"One ticket of mine, and the newest of what is said in it",
		.gives = &help, .query = before},
	{"client.ticket.reply",	"Say something in a ticket of mine, which opens it again",
		.takes = &words, .gives = &message, .status = 201},
	{"client.ticket.close",	"Close a ticket of mine", .takes = &nothing, .gives = &help},
	{"client.ticket.reopen", "Open a ticket of mine again", .takes = &nothing, .gives = &help},
	{"client.ticket.rate",	"Say how well a closed ticket of mine was solved, 5 is best",
		.takes = &rating, .gives = &help},
	{"client.ticket.attach", "Say something by a file: the body as it is",
		.body = BYTES, .gives = &message, .query = called, .status = 201},
	{"client.ticket.file",	"A file of a ticket of mine", .media = {BYTES}},
	{"tickets.list",	"List tickets", .list = &tickets_noun},
	{"tickets.get",		"One ticket, and the newest of what is said in it", .gives = &ticket, .query = before},
	{"tickets.add",		"Open a ticket for a customer", .takes = &new_ticket, .gives = &opened, .status = 201},
	{"tickets.patch",	"Assign and sort a ticket", .takes = &change, .gives = &ticket},
	{"tickets.reply",	"Answer a ticket, which waits for the customer then",
		.takes = &words, .gives = &message, .status = 201},
	{"tickets.note",	"Note something for staff in a ticket", .takes = &words, .gives = &message, .status = 201},
	{"tickets.close",	"Close a ticket", .takes = &version, .gives = &ticket},
	{"tickets.reopen",	"Open a ticket again", .takes = &version, .gives = &ticket},
	{"tickets.merge",	"Merge a ticket into another, by its number or id",
		.takes = &merge, .gives = &ticket},
	{"tickets.attach",	"Answer a ticket by a file: the body as it is",
		.body = BYTES, .gives = &message, .query = called, .status = 201},
	{"tickets.file",	"A file of a ticket", .media = {BYTES}},
	{NULL}
};
/* clang-format on */
