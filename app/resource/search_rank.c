/* search_rank.c - the best of the rows that match what was typed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The engines' own ranking reads all rows that have a word, however many.  Here
 * the newest matches are judged, so that a search costs the same in a large
 * house, and ranks alike on both engines.  Whole numbers: thousandths.
 */
#include "config.h"
#include "resource/search_parts.h"

#include <string.h>

#include "base/fold.h"
#include "base/text.h"

enum {
	ASKED_MAX = 8,
	PER_WORD = 20,	    /* rows of one word, where any will do */
	LONG_WORDS = 300,   /* an ordinary text */
	TITLE = 1000 * 1000 /* more than all that a text can get */
};

/* One row that matches. */
struct row {
	struct id id;
	int64_t score;
	unsigned has, has_title; /* a bit for each word */
};

struct ranking {
	struct tx *tx;
	const struct noun_found *titles, *texts;
	const char *word[ASKED_MAX]; /* as they were typed */
	int64_t rarity[ASKED_MAX];   /* 1000: as common as can be */
	size_t n_words;
	struct row *row;
	size_t n_rows, max_rows;
};

/* ---- which ---- */

static struct row *
row_of(struct ranking *k, const struct id *id)
{
	for (size_t i = 0; i < k->n_rows; i++)
		if (str_eq(k->row[i].id.s, id->s))
			return &k->row[i];
	if (k->n_rows == k->max_rows)
		return NULL;
	k->row[k->n_rows] = (struct row){.id = *id};
	return &k->row[k->n_rows++];
}

static enum err
add_matches(struct ranking *k, const struct noun_found *f, const char *q,
    int64_t at_most, int64_t *n_out)
{
	struct sql s;
	struct rows r;
	enum err e;

	sql_init(&s);
	search_select(&s, k->tx, f, q, at_most, false);
	*n_out = 0;
	if ((e = sql_query(k->tx, &r, &s)) != OK)
		return e;
	while (rows_next(&r)) {
		struct id id = row_id(&r, 0);

		(void)row_of(k, &id);
		++*n_out;
	}
	return rows_done(&r);
}

/* Those that have all. */
static enum err
find_all(struct ranking *k, const char *q)
{
	int64_t n;
	enum err e = add_matches(k, k->titles, q, RANK_TITLES, &n);

	return e == OK ? add_matches(k, k->texts, q, RANK_TEXTS, &n) : e;
}

/* What has few rows is what was meant. */
static int64_t
rarity_of(int64_t n)
{
	int64_t weight = 1000;

	for (; n > 0 && n < PER_WORD; n *= 2)
		weight += 1000;
	return n > 0 ? weight : 0;
}

static enum err
find_any(struct ranking *k)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < k->n_words; i++) {
		int64_t n, ignored;

		e = add_matches(k, k->texts, k->word[i], PER_WORD, &n);
		if (e == OK)
			e = add_matches(
			    k, k->titles, k->word[i], PER_WORD, &ignored);
		k->rarity[i] = rarity_of(n);
	}
	return e;
}

/* ---- how good ---- */

/* A word that was asked for, as it is kept. */
struct form {
	const char *plain, *spelt;
	size_t n_plain, n_spelt;
};

static struct form
form_of(struct ranking *k, const struct noun_found *f, const char *word)
{
	struct form w = {0};

	w.plain =
	    search_word(k->tx->arena, &k->tx->tenant, f, word, FOLD_PLAIN);
	w.spelt =
	    search_word(k->tx->arena, &k->tx->tenant, f, word, FOLD_SPELT);
	w.n_plain = strlen(w.plain);
	w.n_spelt = strlen(w.spelt);
	return w;
}

/* How often, in halves: a beginning is half a word. */
static int64_t
count_in(const char *words, const struct form *w)
{
	int64_t halves = 0;

	while (*words) {
		size_t n = strcspn(words, " ");

		if (n >= w->n_plain &&
		    strncmp(words, w->plain, w->n_plain) == 0)
			halves += n == w->n_plain ? 2 : 1;
		else if (n >= w->n_spelt &&
			 strncmp(words, w->spelt, w->n_spelt) == 0)
			halves += n == w->n_spelt ? 2 : 1;
		words += n;
		words += *words == ' ';
	}
	return halves;
}

static int64_t
count_words(const char *words)
{
	int64_t n = *words != '\0';

	for (; *words; words++)
		n += *words == ' ';
	return n;
}

/* BM25's part of one word, k1 = 1.2 and b = 0.75; at most 2200. */
static int64_t
weight_of(int64_t halves, int64_t length)
{
	int64_t bend = 300 + 900 * length / LONG_WORDS; /* k1(1-b+b*l/avg) */

	return halves == 0 ? 0 : 2200 * 500 * halves / (500 * halves + bend);
}

static void
judge(struct ranking *k, struct row *row, bool is_title, const char *words,
    const struct form *form)
{
	int64_t length = is_title ? LONG_WORDS : count_words(words);

	for (size_t i = 0; i < k->n_words; i++) {
		int64_t halves = count_in(words, &form[i]);

		if (halves == 0)
			continue;
		row->has |= 1U << i;
		row->score += weight_of(halves, length) * k->rarity[i] / 1000;
		if (!is_title)
			continue;
		row->has_title |= 1U << i;
		row->score += TITLE;
	}
}

/* The words of some rows, which as many statements as needed ask for. */
static enum err
judge_some(struct ranking *k, const struct noun_found *f, size_t from,
    size_t until, const struct form *form)
{
	struct sql s;
	struct rows r;
	enum err e;

	sql_init(&s);
	sql_lit(&s, "SELECT row_id, words FROM search_entries "
		    "WHERE tenant_id = ");
	sql_val(&s, DB_ID(&k->tx->tenant));
	sql_lit(&s, " AND kind = ");
	sql_val(&s, DB_TEXT(f->kind));
	sql_lit(&s, " AND row_id IN (");
	for (size_t i = from; i < until; i++) {
		if (i > from)
			sql_lit(&s, ", ");
		sql_val(&s, DB_ID(&k->row[i].id));
	}
	sql_lit(&s, ")");
	if ((e = sql_query(k->tx, &r, &s)) != OK)
		return e;
	while (rows_next(&r)) {
		struct id id = row_id(&r, 0);

		judge(k, row_of(k, &id), f == k->titles, row_text(&r, 1), form);
	}
	return rows_done(&r);
}

static enum err
judge_all(struct ranking *k, const struct noun_found *f)
{
	enum { AT_ONCE = 100 };
	struct form form[ASKED_MAX];
	enum err e = OK;

	for (size_t i = 0; i < k->n_words; i++)
		form[i] = form_of(k, f, k->word[i]);
	for (size_t i = 0; e == OK && i < k->n_rows; i += AT_ONCE)
		e = judge_some(k, f, i,
		    i + AT_ONCE < k->n_rows ? i + AT_ONCE : k->n_rows, form);
	return e;
}

/* ---- the best ---- */

/* One word of many says little, unless it is in the title. */
static bool
is_enough(const struct ranking *k, const struct row *row)
{
	return row->has_title != 0 || (row->has & (row->has - 1)) != 0 ||
	       (k->n_words == 1 && row->has != 0);
}

static bool
is_better(const struct row *a, const struct row *b)
{
	if (a->score != b->score)
		return a->score > b->score;
	return strcmp(a->id.s, b->id.s) > 0; /* the newer */
}

static void
pick(struct ranking *k, bool any_word, struct search_best *out)
{
	out->n = 0;
	out->more = false;
	for (;;) {
		struct row *best = NULL;

		for (size_t i = 0; i < k->n_rows; i++) {
			struct row *row = &k->row[i];

			if (row->score < 0 || (any_word && !is_enough(k, row)))
				continue;
			if (!best || is_better(row, best))
				best = row;
		}
		out->more = best && out->n == RANKED_MAX;
		if (!best || out->more)
			return;
		out->id[out->n++] = best->id;
		best->score = -1;
	}
}

static void
read_words(struct ranking *k, const char *q)
{
	struct arena *a = k->tx->arena;
	const char *space = " \t\n\r";

	while (*(q += strspn(q, space)) && k->n_words < ASKED_MAX) {
		size_t n = strcspn(q, space);
		const char *word = arena_strndup(a, q, n);

		q += n;
		if (word && search_has_word(a, word)) {
			k->rarity[k->n_words] = 1000;
			k->word[k->n_words++] = word;
		}
	}
}

enum err
search_ranked(struct tx *tx, const struct noun_found *titles,
    const struct noun_found *texts, const char *q, bool any_word,
    struct search_best *out)
{
	struct ranking k = {.tx = tx, .titles = titles, .texts = texts};
	enum err e;

	*out = (struct search_best){.n = 0};
	read_words(&k, q);
	if (k.n_words == 0)
		return OK;
	k.max_rows =
	    any_word ? k.n_words * 2 * PER_WORD : RANK_TITLES + RANK_TEXTS;
	k.row = arena_array(tx->arena, k.max_rows, sizeof(*k.row));
	if (!k.row)
		return E_BUSY;
	e = any_word ? find_any(&k) : find_all(&k, q);
	if (e == OK)
		e = judge_all(&k, titles);
	if (e == OK)
		e = judge_all(&k, texts);
	if (e == OK)
		pick(&k, any_word, out);
	return e;
}
