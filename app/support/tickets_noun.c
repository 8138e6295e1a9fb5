/* tickets_noun.c - tickets and departments, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/tickets_noun.h"

#include "base/error.h"
#include "base/text.h"
#include "billing/billing_nouns.h"
#include "portal/portal_nouns.h"
#include "resource/write.h"

static const struct choice states[] = {
    {"open", "Open"}, {"waiting", "Answered"}, {"closed", "Closed"}, {NULL}};
static const struct choice priorities[] = {{"low", "Low"}, {"normal", "Normal"},
    {"high", "High"}, {"urgent", "Urgent"}, {NULL}};

/* As JSON, and one by one. */
#define FROM_TAGS                                                              \
	" FROM ticket_tags g WHERE g.tenant_id = t.tenant_id "                 \
	"AND g.ticket_id = t.id"
#define TAGS                                                                   \
	"COALESCE((SELECT " SQL_PG("json_agg")                                 \
	    SQL_LITE("json_group_array") "(g.tag)" FROM_TAGS "), '[]')"
#define TAGS_OF "SELECT g.tag" FROM_TAGS

/* clang-format off */
static const struct field ticket_fields[] = {
	[TK_ID]		= {"id",	"t.id",			FIELD_ID},
	[TK_NUMBER]	= {"number",	"t.number",		FIELD_TEXT,	FILTER | SEARCH, NULL,
		.label = "Number"},
	[TK_SUBJECT]	= {"subject",	"t.subject",		FIELD_TEXT,	SEARCH, NULL,
		.label = "Subject"},
	[TK_CUSTOMER_ID] = {"customerId", "t.customer_id",	FIELD_ID,	FILTER},
	[TK_CUSTOMER]	= {"customer",	"c.name",		FIELD_TEXT,	SEARCH | JOINED, NULL,
		.label = "Customer", .of = &customers_noun, .link = "customerId"},
	[TK_CONTACT]	= {"name",	"t.contact_name",	FIELD_TEXT,	SEARCH},
	[TK_EMAIL]	= {"email",	"t.contact_email",	FIELD_TEXT,	SEARCH},
	[TK_STATUS]	= {"status",	"t.status",		FIELD_WORD,	FILTER, NULL,
		.label = "Status", .choice = states},
	[TK_PRIORITY]	= {"priority",	"t.priority",		FIELD_WORD,	FILTER | COARSE, NULL,
		.label = "Priority", .choice = priorities},
	[TK_DEPARTMENT_ID] = {"departmentId", "t.department_id", FIELD_ID,	FILTER | COARSE},
	[TK_DEPARTMENT]	= {"department", "d.name",		FIELD_TEXT,	JOINED, NULL,
		.label = "Department"},
	[TK_ASSIGNEE_ID] = {"assigneeId", "t.assignee_id",	FIELD_ID,	FILTER | COARSE},
	[TK_ASSIGNEE]	= {"assignee",	"COALESCE(NULLIF(u.name, ''), u.email)", FIELD_TEXT, JOINED, NULL,
		.label = "Assigned to"},
	[TK_SERVICE]	= {"subscriptionId", "t.subscription_id", FIELD_ID,	FILTER},
	[TK_RESPONSE_DUE] = {"firstResponseDue", "t.first_response_due", FIELD_TIME},
	[TK_RESOLUTION_DUE] = {"resolutionDue", "t.resolution_due", FIELD_TIME},
	[TK_RESPONDED]	= {"firstResponseAt", "t.first_response_at", FIELD_TIME},
	[TK_LATE]	= {"escalatedAt", "t.escalated_at",	FIELD_TIME},
	[TK_TAGS]	= {"tags",	TAGS,			FIELD_TAGS,	FILTER | COARSE | JOINED, NULL,
		.label = "Tags", .among = TAGS_OF},
	[TK_LAST]	= {"lastMessageAt", "t.last_message_at", FIELD_TIME,	0, "t.last_message_at",
		.label = "Last message"},
	[TK_CLOSED]	= {"closedAt",	"t.closed_at",		FIELD_TIME},
	[TK_MERGED]	= {"mergedInto", "t.merged_into",	FIELD_ID},
	[TK_VERSION]	= {"version",	"t.version",		FIELD_INT},
	[TK_CREATED]	= {"createdAt",	"t.created_at",		FIELD_TIME,	0, "t.id"},
	[TK_UPDATED]	= {"updatedAt",	"t.updated_at",		FIELD_TIME},
};

static const struct field help_fields[] = {
	[HELP_ID]	= {"id",	"t.id",			FIELD_ID},
	[HELP_NUMBER]	= {"number",	"t.number",		FIELD_TEXT},
	[HELP_SUBJECT]	= {"subject",	"t.subject",		FIELD_TEXT},
	[HELP_STATUS]	= {"status",	"t.status",		FIELD_WORD,	FILTER, NULL, .choice = states},
	[HELP_PRIORITY]	= {"priority",	"t.priority",		FIELD_WORD,	0, NULL, .choice = priorities},
	[HELP_DEPARTMENT] = {"department", "d.name",		FIELD_TEXT,	JOINED},
	[HELP_SERVICE]	= {"subscriptionId", "t.subscription_id", FIELD_ID},
	[HELP_LAST]	= {"lastMessageAt", "t.last_message_at", FIELD_TIME,	0, "t.last_message_at"},
	[HELP_CLOSED]	= {"closedAt",	"t.closed_at",		FIELD_TIME},
	[HELP_MERGED]	= {"mergedInto", "t.merged_into",	FIELD_ID},
	[HELP_OWNER]	= {PORTAL_OWNER, "t.customer_id",	FIELD_ID,	FILTER},
	[HELP_CREATED]	= {"createdAt",	"t.created_at",		FIELD_TIME,	0, "t.id"},
};

static const struct field department_fields[] = {
	{"id",		"d.id",		FIELD_ID},
	{"name",	"d.name",	FIELD_TEXT,	SEARCH | NEW | EDIT | REQUIRED, "d.name",
	 .label = "Name", .hint = "As customers choose it, like “Billing”.", .max = 60},
	{"localPart",	"d.local_part",	FIELD_CODE,	NEW | EDIT, NULL,
	 .label = "Mail name",
	 .hint = "What stands before the @ of its address. Mails that come to it open tickets. Empty: none."},
	{"position",	"d.position",	FIELD_INT,	NEW | EDIT | DEFAULTED, "d.position",
	 .label = "Position", .hint = "The least is offered first.", .min = 0, .max = 1000},
	{"version",	"d.version",	FIELD_INT},
	{"createdAt",	"d.created_at",	FIELD_TIME,	DETAIL, "d.id", .label = "Made"},
	{"updatedAt",	"d.updated_at",	FIELD_TIME,	DETAIL, NULL, .label = "Changed"},
};
/* clang-format on */

#define DEPARTMENT                                                             \
	"LEFT JOIN departments d ON d.tenant_id = t.tenant_id "                \
	"AND d.id = t.department_id "

static const struct noun_exact exact[] = {{"number", KEPT_UPPER}, {NULL}};
static const struct noun_found found = {
    .kind = "tickets",
    .code = 't',
    .via = &customers_found,
    .via_column = "customer_id",
    .exact = exact,
    .title = "number",
    .text = "subject",
    .status = "status",
    .icon = "help",
};

const struct noun tickets_noun = {
    .name = "tickets",
    .from = "tickets t "
	    "LEFT JOIN customers c ON c.tenant_id = t.tenant_id "
	    "AND c.id = t.customer_id "
	    "LEFT JOIN users u ON u.tenant_id = t.tenant_id "
	    "AND u.id = t.assignee_id " DEPARTMENT,
    .base = "tickets t",
    .tenant = "t.tenant_id",
    .id = "t.id",
    .field = ticket_fields,
    .n_fields = N_ELEMS(ticket_fields),
    .one = "ticket",
    .many = "Tickets",
    .page = "/support",
    .may_read = PERM_TICKETS_READ,
    .found = &found,
};

const struct noun portal_tickets_noun = {
    .name = "client.tickets",
    .from = "tickets t " DEPARTMENT,
    .base = "tickets t",
    .tenant = "t.tenant_id",
    .id = "t.id",
    .field = help_fields,
    .n_fields = N_ELEMS(help_fields),
    .may_read = PERM_PORTAL_USE,
};

/* ---- views ---- */

#define LIVING "t.status <> 'closed'"

void
tickets_view(struct list *l, enum ticket_view v, const char *user)
{
	switch (v) {
	case TICKETS_MINE:
		l->also = LIVING;
		list_only(l, "assigneeId", user);
		break;
	case TICKETS_UNASSIGNED:
		l->also = LIVING " AND t.assignee_id IS NULL";
		break;
	case TICKETS_LATE:
		l->also = "t.escalated_at IS NOT NULL";
		break;
	case TICKETS_LIVING:
		l->also = LIVING;
		break;
	case TICKETS_CLOSED:
		list_only(l, "status", "closed");
		break;
	case TICKETS_ALL:
	case TICKETS_VIEW__MAX:
		break;
	}
}

/* ---- departments ---- */

static const char *const name[] = {"name"};
static const char *const local_part[] = {"localPart"};
static const struct noun_key keys[] = {
    {"departments_name", name, N_ELEMS(name), NULL, NULL,
	"There is a department of this name already."},
    {"departments_local_part", local_part, N_ELEMS(local_part), NULL, NULL,
	"This mail name is another department's."},
    {NULL},
};

const struct noun departments_noun = {
    .name = "departments",
    .from = "departments d",
    .tenant = "d.tenant_id",
    .id = "d.id",
    .alive = "d.deleted_at IS NULL",
    .field = department_fields,
    .n_fields = N_ELEMS(department_fields),
    .one = "department",
    .many = "Departments",
    .about = "Whom a question is for. Customers choose one when they ask.",
    .empty = "Without departments every question is simply for you.",
    .page = "/settings/departments",
    .api = "/api/admin/departments",
    .table = "departments",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_SETTINGS_READ,
    .may_write = PERM_SETTINGS_WRITE,
    .key = keys,
    .few = "a company has few departments",
};
