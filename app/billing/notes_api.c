/* notes_api.c - notes on customers for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "billing/notes_api.h"

#include "base/text.h"
#include "billing/billing_nouns.h"
#include "billing/customer_notes.h"
#include "face/list_api.h"
#include "face/noun_faces.h"

static enum err
list_notes(struct request *rq)
{
	return sublist_api(
	    rq, &customers_noun, &customer_notes_noun, "customerId");
}

static enum err
add_note(struct request *rq)
{
	struct id customer, note;
	struct values v;
	enum err e = path_id(rq, "id", &customer);

	if (e == OK)
		e = customer_note_new(&v, rq->tx, &customer);
	if (e == OK)
		e = noun_take_json(rq, &v, NULL, 0);
	if (e == OK)
		e = noun_add(&v, &note);
	return e == OK ? noun_reply_made(rq, &customer_notes_noun, &note) : e;
}

static enum err
both_ids(struct request *rq, struct id *customer, struct id *note)
{
	enum err e = path_id(rq, "id", customer);

	return e == OK ? path_id(rq, "noteId", note) : e;
}

/* Of that customer and of no other. */
static enum err
get_note(struct request *rq)
{
	int field =
	    NOUN_FIELDS + noun_field(&customer_notes_noun, "customerId");
	struct id customer, note;
	struct rows r;
	bool is_theirs;
	enum err e = both_ids(rq, &customer, &note);

	if (e == OK)
		e = noun_get(rq->tx, &customer_notes_noun, &note, &r);
	if (e != OK)
		return e;
	is_theirs = str_eq(row_text(&r, field), customer.s);
	if ((e = rows_done(&r)) != OK)
		return e;
	return is_theirs ? noun_reply(rq, &customer_notes_noun, &note)
			 : E_NOTFOUND;
}

static enum err
change_note(struct request *rq)
{
	struct id customer, note;
	struct values v;
	enum err e = both_ids(rq, &customer, &note);

	if (e == OK)
		e = customer_note_hold(&v, rq->tx, &customer, &note);
	if (e == OK)
		e = noun_take_json(rq, &v, NULL, 0);
	if (e == OK)
		e = noun_change(&v);
	return e == OK ? noun_reply(rq, &customer_notes_noun, &note) : e;
}

static enum err
remove_note(struct request *rq)
{
	struct id customer, note;
	int64_t version;
	enum err e = noun_take_version(rq, &version);

	if (e == OK)
		e = both_ids(rq, &customer, &note);
	if (e == OK)
		e = customer_note_remove(rq->tx, &customer, &note, version);
	if (e == OK)
		reply_success(rq, 200);
	return e;
}

/* clang-format off */
#define NOTES "/api/admin/customers/:id/notes"
#define NOTE  NOTES "/:noteId"
const struct route notes_api_routes[] = {
	{GET,	 NOTES, POOL_UI, AUTH_API, PERM_CUSTOMERS_READ,  BODY_NONE, 0, list_notes,  "customers.notes"},
	{POST,	 NOTES, POOL_UI, AUTH_API, PERM_CUSTOMERS_WRITE, BODY_JSON, 0, add_note,    "customers.notes.add"},
	{GET,	 NOTE,	POOL_UI, AUTH_API, PERM_CUSTOMERS_READ,  BODY_NONE, 0, get_note,    "customers.notes.get"},
	{PATCH,	 NOTE,	POOL_UI, AUTH_API, PERM_CUSTOMERS_WRITE, BODY_JSON, 0, change_note, "customers.notes.change"},
	{DELETE, NOTE,	POOL_UI, AUTH_API, PERM_CUSTOMERS_WRITE, BODY_NONE, 0, remove_note, "customers.notes.remove"},
	{0}
};
/* clang-format on */
