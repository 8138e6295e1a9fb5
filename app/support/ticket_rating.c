/* ticket_rating.c - what who asked says of the answer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/desk.h"

#include "base/clock.h"
#include "base/text.h"
#include "identity/audit.h"
#include "resource/field.h"
#include "support/ticket_parts.h"

#define RATING_MAX 5
#define WORDS_MAX  1000

bool
ticket_is_rateable(const struct ticket *t)
{
	return t->status == TICKET_CLOSED && !id_is_set(&t->merged_into);
}

static bool
check(struct tx *tx, int64_t rating, const char *words, const char **words_out)
{
	static const struct field f = {
	    .api = "words", .type = FIELD_AREA, .max = WORDS_MAX};
	const struct field_reader in = {tx->arena, tx->problems, NULL};
	struct db_val v = DB_TEXT("");
	bool good = field_read(&f, &in, words ? words : "", &v);

	if (rating < 1 || rating > RATING_MAX) {
		problem_add(tx->problems, "rating", "not_in_list",
		    "Choose from 1 to %d.", RATING_MAX);
		good = false;
	}
	*words_out = good && v.type == DB_T_TEXT ? v.text : "";
	return good;
}

static enum err
keep(struct tx *tx, const struct ticket *t, int64_t rating, const char *words)
{
	const struct id id = id_new(clock_now_ms());
	const struct id nobody = {""};
	bool is_person = tx->actor->kind == ACTOR_USER;

	return db_exec(tx,
	    "INSERT INTO ticket_ratings (tenant_id, id, ticket_id, closing, "
	    "rating, words, user_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) "
	    "ON CONFLICT (tenant_id, ticket_id, closing) DO UPDATE "
	    "SET rating = excluded.rating, words = excluded.words, "
	    "user_id = excluded.user_id, updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_ID(&t->id), DB_INT(t->closings),
	    DB_INT(rating), DB_TEXT(words),
	    DB_ID(is_person ? &tx->actor->id : &nobody), DB_INT(tx->now));
}

enum err
ticket_rate(
    struct tx *tx, const struct id *ticket, int64_t rating, const char *words)
{
	const char *fit;
	struct ticket t;
	enum err e = ticket_hold(tx, ticket, 0, &t);

	if (e != OK)
		return e;
	if (!ticket_is_rateable(&t)) {
		problem_add(tx->problems, "", "conflict",
		    "Only a closed ticket can be rated.");
		return E_CONFLICT;
	}
	if (!check(tx, rating, words, &fit))
		return E_INPUT;
	e = keep(tx, &t, rating, fit);
	return e == OK ? audit(tx, "ticket.rate", "tickets", ticket,
			     audit_detail(tx->arena, "rating",
				 arena_printf(tx->arena, "%d", (int)rating)))
		       : e;
}

enum err
ticket_rating_get(
    struct tx *tx, const struct ticket *t, struct ticket_rating *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT rating, words, updated_at FROM ticket_ratings "
	    "WHERE tenant_id = $1 AND ticket_id = $2 AND closing = $3",
	    DB_ID(&tx->tenant), DB_ID(&t->id), DB_INT(t->closings));

	*out = (struct ticket_rating){.words = ""};
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	*out = (struct ticket_rating){
	    .rating = row_int(&r, 0),
	    .words = row_strdup(&r, 1),
	    .rated_at = row_int(&r, 2),
	};
	return rows_done(&r);
}

enum err
tickets_satisfaction(
    struct tx *tx, int64_t since, struct ticket_satisfaction *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT count(*), COALESCE(sum(rating), 0) FROM ticket_ratings "
	    "WHERE tenant_id = $1 AND created_at >= $2",
	    DB_ID(&tx->tenant), DB_INT(since));

	if (e != OK)
		return e;
	out->n = row_int(&r, 0);
	out->tenths =
	    out->n ? (row_int(&r, 1) * 20 + out->n) / (2 * out->n) : 0;
	return rows_done(&r);
}
