/* desk_api.c - the staff's side of tickets, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "face/list_api.h"
#include "support/desk.h"
#include "support/support_api.h"
#include "support/ticket_parts.h"
#include "support/tickets_noun.h"

static enum err
list_tickets(struct request *rq)
{
	return list_api(rq, &tickets_noun, NULL, NULL);
}

static enum err
get_ticket(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? reply_ticket(rq, &tickets_noun, &id, true) : e;
}

/* ---- opening ---- */

static bool
read_new(struct request *rq, struct ticket_new *n)
{
	static const char *const names[] = {"customerId", "subject",
	    "description", "priority", "departmentId", "subscriptionId"};
	const struct json_in in = request_json(rq);
	bool ignored, good;

	good = json_in_known(&in, names, N_ELEMS(names));
	good &= read_id(rq, "customerId", &n->customer, &ignored);
	good &= read_words_json(rq, "subject", &n->subject);
	good &= read_words_json(rq, "description", &n->said.text);
	good &= read_priority(rq, &n->priority);
	good &= read_id(rq, "departmentId", &n->department, &ignored);
	good &= read_id(rq, "subscriptionId", &n->subscription, &ignored);
	if (good && !id_is_set(&n->customer)) {
		problem_add(&rq->problems, "customerId", "required",
		    "Say whom it is for.");
		good = false;
	}
	return good;
}

static enum err
add_ticket(struct request *rq)
{
	struct ticket_new n = {
	    .priority = TICKET_NORMAL,
	    .said = ticket_said_by(rq->tx, TICKET_BY_STAFF, TICKET_BY_API, ""),
	};
	struct ticket_done done;
	enum err e;

	if (!read_new(rq, &n))
		return E_INPUT;
	e = ticket_open(rq->tx, &n, &done);
	if (e == E_NOTFOUND) {
		problem_add(&rq->problems, "customerId", "not_found",
		    "There is no such customer.");
		return E_INPUT;
	}
	return e == OK ? reply_opened(rq, &tickets_noun, &done.ticket, true)
		       : e;
}

/* ---- changing ---- */

struct change {
	int64_t version;
	const char *subject; /* "": as it is */
	enum ticket_priority priority;
	struct id department, assignee, customer;
	bool has_priority, has_department, has_assignee, has_customer;
	bool has_tags;
	const char **tag;
	size_t n_tags;
};

static bool
read_tags(struct request *rq, struct change *c)
{
	const json_t *v = json_object_get(rq->json, "tags");
	size_t n = json_array_size(v);

	c->has_tags = v != NULL;
	if (!v)
		return true;
	c->tag = arena_array(rq->arena, n + 1, sizeof(*c->tag));
	for (; c->tag && c->n_tags < n; c->n_tags++) {
		const json_t *one = json_array_get(v, c->n_tags);

		if (!json_is_text(one))
			break;
		c->tag[c->n_tags] = json_string_value(one);
	}
	if (c->tag && json_is_array(v) && c->n_tags == n)
		return true;
	problem_add(&rq->problems, "tags", "wrong_type",
	    "This must be a list of texts.");
	return false;
}

static bool
read_change(struct request *rq, struct change *c)
{
	static const char *const names[] = {"subject", "priority",
	    "departmentId", "assigneeId", "customerId", "tags", "version"};
	const struct json_in in = request_json(rq);
	bool good = json_in_known(&in, names, N_ELEMS(names));

	*c = (struct change){.version = 0};
	good &= json_in_int(
	    &in, "version", JSON_OPTIONAL, 1, INT64_MAX, &c->version);
	good &= read_words_json(rq, "subject", &c->subject);
	c->has_priority = json_object_get(rq->json, "priority") != NULL;
	good &= read_priority(rq, &c->priority);
	good &= read_id(rq, "departmentId", &c->department, &c->has_department);
	good &= read_id(rq, "assigneeId", &c->assignee, &c->has_assignee);
	good &= read_id(rq, "customerId", &c->customer, &c->has_customer);
	good &= read_tags(rq, c);
	return good;
}

/* The row is held at the version that was seen: no change asks for it again. */
static enum err
make_change(struct tx *tx, const struct id *id, const struct change *c)
{
	struct ticket t;
	enum err e = ticket_hold(tx, id, c->version, &t);

	if (e == OK && c->subject[0])
		e = ticket_set_subject(tx, id, 0, c->subject);
	if (e == OK && c->has_customer)
		e = ticket_set_customer(tx, id, 0, &c->customer, NULL);
	if (e == OK && c->has_priority)
		e = ticket_set_priority(tx, id, 0, c->priority);
	if (e == OK && c->has_department)
		e = ticket_set_department(tx, id, 0, &c->department);
	if (e == OK && c->has_assignee)
		e = ticket_assign(tx, id, 0, &c->assignee);
	if (e == OK && c->has_tags)
		e = ticket_set_tags(tx, id, 0, c->tag, c->n_tags);
	return e;
}

static enum err
patch_ticket(struct request *rq)
{
	struct change c;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK)
		return e;
	if (!read_change(rq, &c))
		return E_INPUT;
	e = make_change(rq->tx, &id, &c);
	return e == OK ? reply_ticket(rq, &tickets_noun, &id, true) : e;
}

/* ---- going on ---- */

typedef enum err said_flow(struct tx *tx, const struct id *ticket,
    const struct ticket_said *said, struct ticket_done *out);

static enum err
say_there(struct request *rq, said_flow *flow)
{
	static const char *const names[] = {"text"};
	const struct json_in in = request_json(rq);
	struct ticket_said said =
	    ticket_said_by(rq->tx, TICKET_BY_STAFF, TICKET_BY_API, "");
	struct ticket_done done;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK)
		return e;
	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !read_words_json(rq, "text", &said.text))
		return E_INPUT;
	e = flow(rq->tx, &id, &said, &done);
	return e == OK ? reply_said(rq, &done.ticket, &done.message, true) : e;
}

static enum err
add_reply(struct request *rq)
{
	return say_there(rq, ticket_reply);
}

static enum err
add_note(struct request *rq)
{
	return say_there(rq, ticket_note);
}

static enum err
add_file(struct request *rq)
{
	struct ticket_said said =
	    ticket_said_by(rq->tx, TICKET_BY_STAFF, TICKET_BY_API, "");
	struct ticket_done done;
	struct ticket t;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	/* nothing is kept for what is not there */
	if (e == OK)
		e = ticket_get(rq->tx, &id, &t);
	if (e == OK)
		e = keep_body(rq, &said.file);
	if (e != OK)
		return e;
	said.n_files = 1;
	e = ticket_reply(rq->tx, &id, &said, &done);
	return e == OK ? reply_said(rq, &done.ticket, &done.message, true) : e;
}

static enum err
get_file(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? send_file(rq, &id, true) : e;
}

static enum err
read_version(struct request *rq, int64_t *out)
{
	static const char *const names[] = {"version"};
	const struct json_in in = request_json(rq);

	*out = 0;
	return json_in_known(&in, names, N_ELEMS(names)) &&
		       json_in_int(
			   &in, "version", JSON_OPTIONAL, 1, INT64_MAX, out)
		   ? OK
		   : E_INPUT;
}

static enum err
close_ticket(struct request *rq)
{
	int64_t version;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = read_version(rq, &version);
	if (e == OK)
		e = ticket_close(rq->tx, &id, version);
	return e == OK ? reply_ticket(rq, &tickets_noun, &id, true) : e;
}

static enum err
reopen_ticket(struct request *rq)
{
	int64_t version;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = read_version(rq, &version);
	if (e == OK)
		e = ticket_reopen(rq->tx, &id, version);
	return e == OK ? reply_ticket(rq, &tickets_noun, &id, true) : e;
}

static enum err
merge_ticket(struct request *rq)
{
	static const char *const names[] = {"into", "version"};
	const struct json_in in = request_json(rq);
	const char *text = "";
	int64_t version = 0;
	struct id id, into;
	struct ticket t;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = ticket_get(rq->tx, &id, &t);
	if (e != OK)
		return e;
	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !json_in_text(&in, "into", JSON_REQUIRED, 40, &text) ||
	    !json_in_int(&in, "version", JSON_OPTIONAL, 1, INT64_MAX, &version))
		return E_INPUT;
	e = ticket_find_into(rq->tx, text, &into);
	if (e == OK)
		e = ticket_merge(rq->tx, &id, &into, version);
	return e == OK ? reply_ticket(rq, &tickets_noun, &into, true) : e;
}

/* clang-format off */
#define PATH "/api/support/tickets"
#define READ(path, handler, name)					\
	{GET, PATH path, POOL_UI, AUTH_API, PERM_TICKETS_READ, BODY_NONE, 0, handler, name}
#define WRITE(method, path, body, flags, handler, name)			\
	{method, PATH path, POOL_UI, AUTH_API, PERM_TICKETS_WRITE, body, flags, handler, name}

const struct route desk_api_routes[] = {
	READ("",				list_tickets,	"tickets.list"),
	READ("/:id",				get_ticket,	"tickets.get"),
	READ("/:id/attachments/:fileId",	get_file,	"tickets.file"),
	WRITE(POST,  "",		BODY_JSON, 0, add_ticket,	"tickets.add"),
	WRITE(PATCH, "/:id",		BODY_JSON, 0, patch_ticket,	"tickets.patch"),
	WRITE(POST,  "/:id/replies",	BODY_JSON, 0, add_reply,	"tickets.reply"),
	WRITE(POST,  "/:id/notes",	BODY_JSON, 0, add_note,		"tickets.note"),
	WRITE(POST,  "/:id/close",	BODY_JSON, 0, close_ticket,	"tickets.close"),
	WRITE(POST,  "/:id/reopen",	BODY_JSON, 0, reopen_ticket,	"tickets.reopen"),
	WRITE(POST,  "/:id/merge",	BODY_JSON, 0, merge_ticket,	"tickets.merge"),
	WRITE(POST,  "/:id/attachments", BODY_RAW, ROUTE_FILES, add_file, "tickets.attach"),
	{0}
};
/* clang-format on */
