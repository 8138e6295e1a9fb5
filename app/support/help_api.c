/* help_api.c - a customer's own tickets, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "face/list_api.h"
#include "portal/portal_api.h"
#include "portal/portal_nouns.h"
#include "support/desk.h"
#include "support/support_api.h"
#include "support/tickets_noun.h"

/* The ticket of the path, if it is theirs to ask about. */
static enum err
own_ticket(struct request *rq, struct id *out)
{
	return portal_own(rq, &portal_tickets_noun, AREA_SUPPORT, out);
}

static enum err
list_tickets(struct request *rq)
{
	return portal_list(rq, &portal_tickets_noun, AREA_SUPPORT);
}

static enum err
get_ticket(struct request *rq)
{
	struct id id;
	enum err e = own_ticket(rq, &id);

	return e == OK ? reply_ticket(rq, &portal_tickets_noun, &id, false) : e;
}

/* ---- opening ---- */

/* Of the account that is named, or else of the one that is looked at. */
static enum err
read_account(struct request *rq, struct portal_account *out)
{
	bool is_named;
	struct id id;

	if (!read_id(rq, PORTAL_OWNER, &id, &is_named))
		return E_INPUT;
	return portal_pick(
	    rq, is_named && id_is_set(&id) ? &id : NULL, AREA_SUPPORT, out);
}

static bool
read_new(struct request *rq, struct ticket_new *n)
{
	static const char *const names[] = {"subject", "priority",
	    "description", "departmentId", "subscriptionId", PORTAL_OWNER};
	const struct json_in in = request_json(rq);
	const char *text;
	bool ignored, good;

	good = json_in_known(&in, names, N_ELEMS(names));
	good &= read_words_json(rq, "subject", &n->subject);
	good &= read_words_json(rq, "description", &text);
	good &= read_priority(rq, &n->priority);
	good &= read_id(rq, "departmentId", &n->department, &ignored);
	good &= read_id(rq, "subscriptionId", &n->subscription, &ignored);
	if (good)
		n->said.text = text;
	return good;
}

static enum err
add_ticket(struct request *rq)
{
	struct ticket_new n = {
	    .contact = rq->actor.id,
	    .priority = TICKET_NORMAL,
	    .said =
		ticket_said_by(rq->tx, TICKET_BY_CUSTOMER, TICKET_BY_API, ""),
	};
	struct portal_account account;
	struct ticket_done done;
	enum err e = read_account(rq, &account);

	if (e != OK)
		return e;
	n.customer = account.customer;
	if (!read_new(rq, &n))
		return E_INPUT;
	/* to who may not see services each is one that is not there */
	e = id_is_set(&n.subscription) && !portal_may(&account, AREA_TECHNICAL)
		? ticket_no_service(rq->tx)
		: ticket_open(rq->tx, &n, &done);
	return e == OK
		   ? reply_opened(rq, &portal_tickets_noun, &done.ticket, false)
		   : e;
}

/* ---- going on ---- */

static enum err
say_there(
    struct request *rq, const struct id *ticket, const struct ticket_said *said)
{
	struct ticket_done done;
	enum err e = ticket_reply(rq->tx, ticket, said, &done);

	return e == OK ? reply_said(rq, &done.ticket, &done.message, false) : e;
}

static enum err
add_reply(struct request *rq)
{
	static const char *const names[] = {"text"};
	const struct json_in in = request_json(rq);
	struct ticket_said said =
	    ticket_said_by(rq->tx, TICKET_BY_CUSTOMER, TICKET_BY_API, "");
	struct id id;
	enum err e = own_ticket(rq, &id);

	if (e != OK)
		return e;
	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !read_words_json(rq, "text", &said.text))
		return E_INPUT;
	return say_there(rq, &id, &said);
}

static enum err
add_file(struct request *rq)
{
	struct ticket_said said =
	    ticket_said_by(rq->tx, TICKET_BY_CUSTOMER, TICKET_BY_API, "");
	struct id id;
	enum err e = own_ticket(rq, &id);

	if (e == OK)
		e = ticket_check_pace(rq->tx, "text", &said);
	if (e == OK)
		e = keep_body(rq, &said.file);
	if (e != OK)
		return e;
	said.n_files = 1;
	return say_there(rq, &id, &said);
}

static enum err
get_file(struct request *rq)
{
	struct id id;
	enum err e = own_ticket(rq, &id);

	return e == OK ? send_file(rq, &id, false) : e;
}

static enum err
no_members(struct request *rq)
{
	const struct json_in in = request_json(rq);

	return json_in_known(&in, NULL, 0) ? OK : E_INPUT;
}

static enum err
close_ticket(struct request *rq)
{
	struct id id;
	enum err e = own_ticket(rq, &id);

	if (e == OK)
		e = no_members(rq);
	if (e == OK)
		e = ticket_close(rq->tx, &id, 0);
	return e == OK ? reply_ticket(rq, &portal_tickets_noun, &id, false) : e;
}

static enum err
reopen_ticket(struct request *rq)
{
	struct id id;
	enum err e = own_ticket(rq, &id);

	if (e == OK)
		e = no_members(rq);
	if (e == OK)
		e = ticket_reopen(rq->tx, &id, 0);
	return e == OK ? reply_ticket(rq, &portal_tickets_noun, &id, false) : e;
}

static enum err
rate_ticket(struct request *rq)
{
	static const char *const names[] = {"rating", "words"};
	const struct json_in in = request_json(rq);
	const char *words;
	int64_t rating;
	struct id id;
	enum err e = own_ticket(rq, &id);

	if (e != OK)
		return e;
	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !json_in_int(&in, "rating", JSON_REQUIRED, 1, 5, &rating) ||
	    !read_words_json(rq, "words", &words))
		return E_INPUT;
	e = ticket_rate(rq->tx, &id, rating, words);
	return e == OK ? reply_ticket(rq, &portal_tickets_noun, &id, false) : e;
}

/* clang-format off */
#define PATH "/api/client/tickets"
#define ROW(method, path, body, flags, handler, name)			\
	{method, PATH path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, flags, handler, name}

const struct route help_api_routes[] = {
	ROW(GET,  "",				BODY_NONE, 0, list_tickets,  "client.tickets"),
	ROW(POST, "",				BODY_JSON, 0, add_ticket,    "client.tickets.add"),
	ROW(GET,  "/:id",			BODY_NONE, 0, get_ticket,    "client.ticket"),
	ROW(POST, "/:id/replies",		BODY_JSON, 0, add_reply,     "client.ticket.reply"),
	ROW(POST, "/:id/close",			BODY_JSON, 0, close_ticket,  "client.ticket.close"),
	ROW(POST, "/:id/reopen",		BODY_JSON, 0, reopen_ticket, "client.ticket.reopen"),
	ROW(POST, "/:id/rating",		BODY_JSON, 0, rate_ticket,   "client.ticket.rate"),
	ROW(POST, "/:id/attachments",		BODY_RAW, ROUTE_FILES, add_file, "client.ticket.attach"),
	ROW(GET,  "/:id/attachments/:fileId",	BODY_NONE, 0, get_file,	     "client.ticket.file"),
	{0}
};
/* clang-format on */
