/* rating_pages.c - whether all is well, asked once a ticket is closed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/support_pages.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "support/desk.h"

/* From the best. */
static const char *const words[] = {
    "Very well", "Quite well", "All right", "Not well", "Badly"};

const char *
rating_word(int64_t rating)
{
	assert(rating >= 1 && rating <= (int64_t)N_ELEMS(words));
	return say(words[(int64_t)N_ELEMS(words) - rating]);
}

enum err
put_rating(struct request *rq, const struct ticket *t, const char *path,
    struct view *root)
{
	struct view *v, *fields, *choices;
	struct ticket_rating r;
	const char *typed;
	enum err e;

	if (!ticket_is_rateable(t))
		return OK;
	if ((e = ticket_rating_get(rq->tx, t, &r)) != OK)
		return e;
	v = view_object(root, "rating");
	view_textf(v, "action", "%s/rate", path);
	view_flag(v, "isThere", r.rating != 0);
	typed = form_typed(
	    rq, "rating", arena_printf(rq->arena, "%d", (int)r.rating));
	fields = view_list(v, "fields");
	field_choices(fields, "rating", "How did we help you?", &choices);
	form_error(rq, view_last(fields), "rating");
	for (int i = (int)N_ELEMS(words); i >= 1; i--) {
		const char *value = arena_printf(rq->arena, "%d", i);

		choice_add(
		    choices, value, rating_word(i), str_eq(typed, value));
	}
	words_field(rq, fields, "words", "In your words", r.words, 3);
	return OK;
}

enum err
rate_typed(struct request *rq, const struct id *ticket)
{
	int64_t rating = 0;

	if (!str_to_i64(form_typed(rq, "rating", ""), 1,
		(int64_t)N_ELEMS(words), &rating))
		rating = 0;
	return ticket_rate(rq->tx, ticket, rating, form_typed(rq, "words", ""));
}
