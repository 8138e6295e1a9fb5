/* due.c - clockwork over rows whose day has come, a transaction for each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "jobs/due.h"

#include "base/log.h"

enum { AT_ONCE = 100 };

struct found {
	const struct due *due;
	struct id id[AT_ONCE];
	size_t n;
};

struct one {
	const struct due *due;
	const struct id *id;
};

static enum err
find(struct tx *tx, void *arg)
{
	struct found *f = arg;

	return f->due->find(tx, f->id, AT_ONCE, &f->n);
}

static enum err
run(struct tx *tx, void *arg)
{
	const struct one *one = arg;

	return one->due->run(tx, one->id);
}

enum err
due_work(struct work *w, const struct due *due)
{
	struct found *f = ARENA_NEW(w->arena, struct found);
	enum err first = OK, e;

	if (!f)
		return E_BUSY;
	f->due = due;
	e = work_do(w, TX_READ, find, f);
	if (e != OK)
		return e;
	for (size_t i = 0; i < f->n && !work_is_stopping(); i++) {
		e = work_do(w, TX_WRITE, run, &(struct one){due, &f->id[i]});
		if (e == OK || e == due->later)
			continue;
		log_event(LOG_ERROR, due->event, LOG_S(due->noun, f->id[i].s),
		    LOG_S("error", err_info(e)->code));
		first = first == OK ? e : first;
	}
	return first;
}
