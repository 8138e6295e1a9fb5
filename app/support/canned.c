/* canned.c - answers that staff give again and again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/desk.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "resource/search.h"
#include "resource/write.h"
#include "support/ticket.h"
#include "support/tickets_noun.h"
#include "tenancy/tenant.h"

#define WRITTEN (NEW | EDIT)

/* ---- the noun ---- */

/* clang-format off */
static const struct field fields[] = {
	{"id",		"r.id",		FIELD_ID},
	{"title",	"r.title",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, "r.title",
	 .label = "Title", .hint = "By which staff find it. Customers do not see it.", .max = 80},
	{"text",	"r.text",	FIELD_AREA,	DETAIL | SEARCH | WRITTEN | REQUIRED, NULL,
	 .label = "Text", .hint = "These are filled in: {{name}}, {{number}}, {{subject}}, {{service}}, {{staff}}, "
	 "{{company}}.", .max = 20000},
	{"departmentId", "r.department_id", FIELD_ID,	FILTER | WRITTEN, NULL,
	 .label = "Department", .hint = "Whose tickets offer it. None: all tickets.", .of = &departments_noun},
	{"department",	"d.name",	FIELD_TEXT,	JOINED, NULL,
	 .label = "Department", .link = "departmentId"},
	{"version",	"r.version",	FIELD_INT},
	{"createdAt",	"r.created_at",	FIELD_TIME,	DETAIL, "r.id", .label = "Made"},
	{"updatedAt",	"r.updated_at",	FIELD_TIME,	0, NULL, .label = "Changed"},
};
/* clang-format on */

enum blank {
	BLANK_NAME,
	BLANK_NUMBER,
	BLANK_SUBJECT,
	BLANK_SERVICE,
	BLANK_STAFF,
	BLANK_COMPANY,
	BLANK__MAX
};
static const char *const blank_names[BLANK__MAX] = {
    "name", "number", "subject", "service", "staff", "company"};

/* The blank that s begins with; *len_out its bytes, braces and all. */
static bool
blank_at(const char *s, enum blank *out, size_t *len_out)
{
	const char *end = str_starts(s, "{{") ? strstr(s, "}}") : NULL;
	size_t n;

	if (!end)
		return false;
	n = (size_t)(end - s) - 2;
	*len_out = n + 4;
	for (int i = 0; i < BLANK__MAX; i++)
		if (strlen(blank_names[i]) == n &&
		    memcmp(blank_names[i], s + 2, n) == 0) {
			*out = (enum blank)i;
			return true;
		}
	return false;
}

static enum err
check(struct tx *tx, const struct values *v)
{
	struct db_val text;
	const char *s;

	if (!values_will(v, "text", &text) || text.type != DB_T_TEXT)
		return OK;
	for (s = text.text; (s = strstr(s, "{{")) != NULL;) {
		enum blank blank;
		size_t len = 2;

		if (!blank_at(s, &blank, &len)) {
			problem_add(tx->problems, "text", "bad_format",
			    "“%s” is none of what is filled in.",
			    arena_strndup(
				tx->arena, s, strnlen(s, len < 40 ? len : 40)));
			return OK;
		}
		s += len;
	}
	return OK;
}

static const char *const title[] = {"title"};
static const struct noun_key keys[] = {
    {"canned_replies_title", title, N_ELEMS(title), NULL, NULL,
	"There is one of this title already."},
    {NULL},
};

const struct noun canned_replies_noun = {
    .name = "canned-replies",
    .from = "canned_replies r "
	    "LEFT JOIN departments d ON d.tenant_id = r.tenant_id "
	    "AND d.id = r.department_id",
    .base = "canned_replies r",
    .tenant = "r.tenant_id",
    .id = "r.id",
    .alive = "r.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "canned reply",
    .many = "Canned replies",
    .about = "Answers that you give again and again. They are chosen below a "
	     "ticket, and can be changed before they are sent.",
    .empty = "Write down what you have answered twice.",
    .page = "/settings/canned-replies",
    .api = "/api/support/canned-replies",
    .table = "canned_replies",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_TICKETS_READ,
    .may_write = PERM_TICKETS_WRITE,
    .key = keys,
    .check = check,
    .few = "a company has some hundred canned replies",
};

/* ---- filling one in ---- */

static enum err
fill_in(struct tx *tx, const struct ticket *t, const char *out[BLANK__MAX])
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT n.name, COALESCE(NULLIF(u.name, ''), u.email, ''), "
	    "COALESCE(w.domain, s.domain, p.name, '') FROM tenants n "
	    "LEFT JOIN users u ON u.tenant_id = n.id AND u.id = $2 "
	    "LEFT JOIN subscriptions s ON s.tenant_id = n.id AND s.id = $3 "
	    "LEFT JOIN products p ON p.tenant_id = n.id "
	    "AND p.id = s.product_id "
	    "LEFT JOIN websites w ON w.tenant_id = n.id "
	    "AND w.subscription_id = s.id AND w.status <> 'removed' "
	    "WHERE n.id = $1 LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(&tx->actor->id), DB_ID(&t->subscription));

	if (e != OK)
		return e;
	out[BLANK_NAME] =
	    t->contact_name[0] ? t->contact_name : t->contact_email;
	out[BLANK_NUMBER] = t->number;
	out[BLANK_SUBJECT] = t->subject;
	out[BLANK_COMPANY] = row_strdup(&r, 0);
	out[BLANK_STAFF] = row_strdup(&r, 1);
	out[BLANK_SERVICE] = row_strdup(&r, 2);
	return rows_done(&r);
}

enum err
canned_reply_fill(struct tx *tx, const struct id *canned,
    const struct ticket *t, const char **out)
{
	const char *value[BLANK__MAX], *text = NULL, *s;
	struct buf b;
	enum err e = db_text(tx, &text,
	    "SELECT text FROM canned_replies WHERE tenant_id = $1 "
	    "AND id = $2 AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(canned));

	if (e == OK && !text)
		e = E_NOTFOUND;
	if (e == OK)
		e = fill_in(tx, t, value);
	if (e != OK)
		return e;
	buf_init(&b, 0);
	for (s = text; *s != '\0';) {
		size_t len = strcspn(s + 1, "{") + 1;
		enum blank blank;

		if (blank_at(s, &blank, &len))
			buf_puts(&b, value[blank]);
		else
			buf_add(&b, s, len);
		s += len;
	}
	*out = buf_move(tx->arena, &b);
	return *out ? OK : E_BUSY;
}
