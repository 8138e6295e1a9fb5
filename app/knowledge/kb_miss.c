/* kb_miss.c - what was searched for and not found.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "knowledge/kb_miss.h"

#include <string.h>

#include "base/clock.h"
#include "base/fold.h"
#include "base/text.h"

enum { WORDS_MAX = 6, LETTERS_MIN = 2, BYTES_MAX = 30 };

struct word {
	const char *s;
	size_t n;
};

/* No joint (a name of a computer, an address), no digit, not long. */
static bool
is_plain(struct word w)
{
	if (w.n < LETTERS_MIN || w.n > BYTES_MAX ||
	    memmem(w.s, w.n, FOLD_JOINT, strlen(FOLD_JOINT)))
		return false;
	for (size_t i = 0; i < w.n; i++)
		if (w.s[i] >= '0' && w.s[i] <= '9')
			return false;
	return true;
}

static int
order(struct word a, struct word b)
{
	int c = memcmp(a.s, b.s, a.n < b.n ? a.n : b.n);

	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

/* At its place among those before, once. */
static size_t
insert(struct word *list, size_t n, struct word w)
{
	size_t at = 0;

	while (at < n && order(list[at], w) < 0)
		at++;
	if (n == WORDS_MAX || (at < n && order(list[at], w) == 0))
		return n;
	memmove(list + at + 1, list + at, (n - at) * sizeof(*list));
	list[at] = w;
	return n + 1;
}

const char *
kb_miss_words(struct arena *a, const char *q)
{
	struct word list[WORDS_MAX + 1];
	struct buf b, words;
	const char *s;
	size_t n = 0;

	buf_init(&b, 0);
	buf_init(&words, 0);
	fold_add(&b, q, FOLD_PLAIN);
	s = buf_str(&b);
	while (*(s += strspn(s, " "))) {
		struct word w = {s, strcspn(s, " ")};

		if (is_plain(w))
			n = insert(list, n, w);
		s += w.n;
	}
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&words, ' ');
		buf_add(&words, list[i].s, list[i].n);
	}
	if (buf_starved(&b))
		arena_fail(a);
	buf_fini(&b);
	s = buf_move(a, &words);
	return s ? s : "";
}

enum err
kb_miss_note(struct tx *tx, const char *words)
{
	struct id id = id_new(clock_now_ms());
	char day[11], last[11];
	enum err e;

	if (!words[0])
		return OK;
	date_iso(tx->now, day);
	date_add_days(day, -KB_MISSES_DAYS, last);
	e = db_exec(tx,
	    "DELETE FROM kb_misses WHERE tenant_id = $1 AND day < $2",
	    DB_ID(&tx->tenant), DB_TEXT(last));
	if (e != OK)
		return e;
	/* a new one only while the day has room */
	return db_exec(tx,
	    "INSERT INTO kb_misses (tenant_id, id, day, words, times, "
	    "created_at, updated_at) "
	    "SELECT $1, $2, $3, $4, 1, $5, $5 WHERE EXISTS ("
	    "SELECT 1 FROM kb_misses WHERE tenant_id = $1 AND day = $3 "
	    "AND words = $4) OR $6 > (SELECT count(*) FROM kb_misses "
	    "WHERE tenant_id = $1 AND day = $3) "
	    "ON CONFLICT (tenant_id, day, words) DO UPDATE "
	    "SET times = kb_misses.times + 1, updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(day), DB_TEXT(words),
	    DB_INT(tx->now), DB_INT((int64_t)KB_MISSES_A_DAY));
}
