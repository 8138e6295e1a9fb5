/* audit_api.c - the audit log as staff read it: list, one entry, export.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/audit_api.h"

#include <inttypes.h>

#include "base/text.h"
#include "face/list_api.h"
#include "identity/audit_export.h"

/* clang-format off */
static const struct field fields[] = {
	{"id",		"a.id",		FIELD_ID,	0,		NULL},
	{"actorKind",	"a.actor_kind",	FIELD_WORD,	FILTER | COARSE, NULL},
	{"actorId",	"a.actor_id",	FIELD_ID,	FILTER | COARSE, NULL},
	{"actor",	"a.actor_name",	FIELD_TEXT,	FILTER | SEARCH | COARSE, NULL},
	{"action",	"a.action",	FIELD_WORD,	FILTER | SEARCH | COARSE, NULL},
	{"noun",	"a.noun",	FIELD_WORD,	FILTER | SEARCH | COARSE, NULL},
	{"nounId",	"a.noun_id",	FIELD_ID,	FILTER,		NULL},
	{"detail",	"a.detail",	FIELD_JSON,	0,		NULL},
	{"requestId",	"a.request_id",	FIELD_TEXT,	SEARCH,		NULL},
	{"seal",	"s.seq",	FIELD_INT,	JOINED,		NULL},
	{"sealHash",	"s.hash",	FIELD_TEXT,	JOINED | DETAIL, NULL},
	{"sealedAt",	"s.created_at",	FIELD_TIME,	JOINED | DETAIL, NULL},
	{"createdAt",	"a.created_at",	FIELD_TIME,	0,		"a.id"},
};
/* clang-format on */

const struct noun audit_noun = {
    .name = "audit_logs",
    .from = "audit_logs a "
	    "LEFT JOIN audit_seals s ON s.tenant_id = a.tenant_id "
	    "AND s.audit_id = a.id",
    .base = "audit_logs a",
    .tenant = "a.tenant_id",
    .id = "a.id",
    .made = "a.created_at",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};

static enum err
list_entries(struct request *rq)
{
	return list_api(rq, &audit_noun, NULL, NULL);
}

static enum err
get_entry(struct request *rq)
{
	return detail_api(rq, &audit_noun);
}

/* ---- export ---- */

#define EXPORT_PATH  "/api/admin/audit-logs/export"
#define EXPORT_BYTES ((int64_t)900 * 1024) /* a reply has at most 1 MiB */

static bool
read_span(struct request *rq, struct audit_export *x)
{
	struct problems *p = &rq->problems;
	const char *from = query_text(rq, "from"), *to = query_text(rq, "to");

	return (!from || list_time(p, "from", from, &x->from)) &
	       (!to || list_time(p, "to", to, &x->to));
}

static bool
read_format(struct request *rq, struct audit_export *x)
{
	const char *format = query_text(rq, "format");
	const char *after = query_text(rq, "after");

	x->csv = format && str_eq(format, "csv");
	if (format && !x->csv && !str_eq(format, "jsonl")) {
		problem_add(&rq->problems, "format", "not_in_list",
		    "The format is jsonl or csv.");
		return false;
	}
	if (after && !str_to_i64(after, 0, INT64_MAX, &x->after)) {
		problem_add(&rq->problems, "after", "bad_format",
		    "This is the number of a seal.");
		return false;
	}
	return true;
}

/* What follows when not all of it fits: RFC 8288. */
static void
put_next(struct request *rq, const struct audit_export *x)
{
	const char *from = query_text(rq, "from"), *to = query_text(rq, "to");
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "<" EXPORT_PATH "?format=%s&after=%" PRId64,
	    x->csv ? "csv" : "jsonl", x->after);
	if (from) {
		buf_puts(&b, "&from=");
		buf_uri(&b, from, __builtin_strlen(from));
	}
	if (to) {
		buf_puts(&b, "&to=");
		buf_uri(&b, to, __builtin_strlen(to));
	}
	buf_puts(&b, ">; rel=\"next\"");
	reply_header(rq, "Link", buf_move(rq->arena, &b));
}

static enum err
export_entries(struct request *rq)
{
	static const char *const known[] = {"from", "to", "format", "after"};
	struct audit_export x = {.bytes = EXPORT_BYTES};
	struct buf out;
	bool good;
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	good = read_span(rq, &x);
	if (!read_format(rq, &x) || !good)
		return E_INPUT;
	buf_init(&out, 0);
	x.out = &out;
	audit_export_begin(&x);
	e = audit_export_some(rq->tx, &x);
	if (e == OK) {
		reply_text(rq, 200,
		    x.csv ? "text/csv; charset=utf-8"
			  : "application/jsonl; charset=utf-8",
		    buf_str(&out));
		reply_header(rq, "Content-Disposition",
		    x.csv ? "attachment; filename=\"audit.csv\""
			  : "attachment; filename=\"audit.jsonl\"");
		if (!x.is_done)
			put_next(rq, &x);
	}
	buf_fini(&out);
	return e;
}

/* clang-format off */
#define LOGS "/api/admin/audit-logs"
const struct route audit_api_routes[] = {
	{GET,	LOGS,		POOL_UI, AUTH_API, PERM_AUDIT_READ,
		BODY_NONE, 0, list_entries, "audit.list"},
	{GET,	EXPORT_PATH,	POOL_UI, AUTH_API, PERM_AUDIT_READ,
		BODY_NONE, 0, export_entries, "audit.export"},
	{GET,	LOGS "/:id",	POOL_UI, AUTH_API, PERM_AUDIT_READ,
		BODY_NONE, 0, get_entry, "audit.get"},
	{0}
};
/* clang-format on */
