/* customer_notes.c - what staff write down about a customer, for each other.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "billing/customer_notes.h"

#include "base/text.h"
#include "billing/billing_nouns.h"

#define NOTE_MAX_CHARS 65536

/* clang-format off */
static const struct field fields[] = {
	{"id",		"n.id",		 FIELD_ID},
	{"text",	"n.text",	 FIELD_AREA,	SEARCH | NEW | EDIT | REQUIRED, NULL,
	 .label = "Note", .hint = "For staff only: customers never see it.", .max = NOTE_MAX_CHARS},
	{"pinned",	"n.pinned",	 FIELD_BOOL,	NEW | EDIT | DEFAULTED, NULL,
	 .label = "Keep it on top"},
	{"customerId",	"n.customer_id", FIELD_ID,	FILTER},
	{"authorId",	"n.author_id",	 FIELD_ID,	FILTER},
	{"author",	"n.author_name", FIELD_TEXT,	0, NULL, .label = "By"},
	{"version",	"n.version",	 FIELD_INT},
	{"createdAt",	"n.created_at",	 FIELD_TIME,	0, "n.id", .label = "Written"},
	{"updatedAt",	"n.updated_at",	 FIELD_TIME},
};
/* clang-format on */

/* Whoever writes it; nobody writes as another. */
static enum err
set_author(struct tx *tx, struct values *v)
{
	const struct actor *by = tx->actor;

	values_set(
	    v, "authorId", by->kind == ACTOR_USER ? DB_ID(&by->id) : DB_NULL());
	values_set(v, "author", DB_TEXT(by->name));
	return OK;
}

const struct noun customer_notes_noun = {
    .name = "customer-notes",
    .from = "customer_notes n",
    .tenant = "n.tenant_id",
    .id = "n.id",
    .alive = "n.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "note",
    .many = "Notes",
    .table = "customer_notes",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_CUSTOMERS_READ,
    .may_write = PERM_CUSTOMERS_WRITE,
    .defaults = set_author,
    .few = "what is written about one customer is not much",
};

enum err
customer_note_new(struct values *v, struct tx *tx, const struct id *customer)
{
	struct rows r;
	enum err e = noun_get(tx, &customers_noun, customer, &r);

	if (e == OK)
		e = rows_done(&r);
	if (e != OK)
		return e;
	values_new(v, tx, &customer_notes_noun, NULL);
	values_set(v, "customerId", DB_ID(customer));
	return OK;
}

bool
customer_note_may_change(const struct tx *tx, const struct id *author)
{
	return !id_is_set(author) || str_eq(author->s, tx->actor->id.s) ||
	       tx->actor->kind == ACTOR_SYSTEM ||
	       perm_has(&tx->actor->perms, PERM_USERS_WRITE);
}

static struct id
id_was(const struct values *v, const char *field)
{
	const struct db_val *val = &v->was[noun_field(v->noun, field)];

	return val->type == DB_T_NULL ? (struct id){""} : id_of(val->text);
}

enum err
customer_note_hold(struct values *v, struct tx *tx, const struct id *customer,
    const struct id *note)
{
	struct id author;
	enum err e = values_of(v, tx, &customer_notes_noun, note);

	if (e != OK)
		return e;
	if (!str_eq(id_was(v, "customerId").s, customer->s))
		return E_NOTFOUND;
	author = id_was(v, "authorId");
	if (customer_note_may_change(tx, &author))
		return OK;
	problem_add(tx->problems, "", "not_allowed",
	    "A note is changed by whoever wrote it.");
	return E_DENIED;
}

enum err
customer_note_remove(struct tx *tx, const struct id *customer,
    const struct id *note, int64_t version)
{
	struct values v;
	enum err e = customer_note_hold(&v, tx, customer, note);

	return e == OK ? noun_remove(tx, &customer_notes_noun, note, version)
		       : e;
}
