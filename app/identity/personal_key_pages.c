/* personal_key_pages.c - which keys end, said before it is done.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/personal_key_pages.h"

#include "base/reader.h"
#include "face/show.h"

static const char *
personal(struct request *rq, int64_t n)
{
	return show_plural(
	    rq->arena, n, "personal API key", "personal API keys");
}

void
keys_put(struct request *rq, struct view *v, int64_t n)
{
	view_text(v, "keys", n > 0 ? personal(rq, n) : NULL);
}

enum err
keys_put_of(struct request *rq, struct view *v, const struct id *user)
{
	struct key_count n;
	enum err e = keys_count(rq->tx, user, &n);

	if (e == OK)
		keys_put(rq, v, n.personal);
	return e;
}

enum err
keys_ask(
    struct request *rq, struct view *ask, const struct id *user, bool is_last)
{
	struct key_count n;
	struct view *points;
	enum err e = keys_count(rq->tx, user, &n);

	if (!is_last)
		n.company = 0;
	if (e != OK || n.personal + n.company == 0)
		return e;
	points = view_list(view_object(ask, "points"), "items");
	if (n.personal > 0)
		ask_point(points,
		    say_with(rq->arena, "Ends for good: %s of this person.",
			personal(rq, n.personal)));
	if (n.company > 0)
		ask_point(points,
		    say_with(rq->arena,
			"Made by this person and still good: %s. A copy works "
			"until you revoke it under API keys.",
			show_plural(rq->arena, n.company, "key of the company",
			    "keys of the company")));
	return OK;
}
