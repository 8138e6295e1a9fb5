/* excerpt.c - where in a text are the words that were searched for?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/excerpt.h"

#include <string.h>

#include "base/fold.h"
#include "base/text.h"

enum {
	ASKED_MAX = 16, /* words, in both spellings */
	BEFORE = 80,	/* bytes before the first hit */
	WORD_BYTES = 64 /* of a word, that are looked at */
};

#define ELLIPSIS "…"

struct asked {
	struct arena *arena;
	const char *word[ASKED_MAX];
	size_t n;
};

/* ---- words ---- */

static const char *
folded(struct arena *a, const char *text, enum fold how)
{
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	fold_add(&b, text, how);
	s = buf_move(a, &b);
	return s ? s : "";
}

static void
ask(struct asked *k, const char *q, enum fold how)
{
	const char *s = folded(k->arena, q, how);

	while (*(s += strspn(s, " ")) && k->n < ASKED_MAX) {
		size_t n = strcspn(s, " ");

		k->word[k->n++] = arena_strndup(k->arena, s, n);
		s += n;
	}
}

/* The next run of what is no white space or ASCII sign, as a span of text. */
static size_t
next_word(const char *s, size_t *n_out)
{
	static const char between[] = " \t\n\r\"'()[]{}<>,;:!?*`|&=+#~^%$\\/";
	size_t from = strspn(s, between);

	*n_out = strcspn(s + from, between);
	return from;
}

static bool
begins(const struct asked *k, const char *folded)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->word[i] && str_starts(folded, k->word[i]))
			return true;
	return false;
}

static bool
is_asked(const struct asked *k, const char *s, size_t n)
{
	char word[WORD_BYTES + 1];
	struct buf b;
	bool is;

	if (n > WORD_BYTES)
		n = WORD_BYTES;
	memcpy(word, s, n);
	while (n > 0 && !utf8_valid(word, n))
		n--;
	word[n] = '\0';
	buf_init(&b, 0);
	fold_add(&b, word, FOLD_PLAIN);
	is = b.len > 0 && begins(k, buf_str(&b));
	buf_reset(&b);
	if (!is)
		fold_add(&b, word, FOLD_SPELT);
	is = is || (b.len > 0 && begins(k, buf_str(&b)));
	if (buf_starved(&b))
		arena_fail(k->arena);
	buf_fini(&b);
	return is;
}

/* ---- the piece ---- */

static size_t
first_hit(const struct asked *k, const char *text)
{
	size_t at = 0, n;

	while (text[at] && at < EXCERPT_LOOKED) {
		at += next_word(text + at, &n);
		if (n > 0 && is_asked(k, text + at, n))
			return at;
		at += n;
	}
	return 0;
}

/* Some words before it, beginning with a whole one. */
static size_t
begin_before(const char *text, size_t hit)
{
	size_t at = hit > BEFORE ? hit - BEFORE : 0;

	if (at == 0)
		return 0;
	at += strcspn(text + at, " \n");
	return at < hit ? at + 1 : hit;
}

static void
add_run(
    struct asked *k, struct excerpt *x, const char *s, size_t n, bool is_hit)
{
	const char *copy;

	if (n == 0 || x->n == EXCERPT_RUNS)
		return;
	copy = arena_strndup(k->arena, s, n);
	if (copy)
		x->run[x->n++] = (struct excerpt_run){copy, is_hit};
}

/* Where the piece ends: behind a whole word. */
static size_t
end_behind(const char *text, size_t from)
{
	size_t n = strlen(text + from), end = from + EXCERPT_BYTES;

	if (n <= EXCERPT_BYTES)
		return from + n;
	while (end > from && text[end] != ' ' && text[end] != '\n')
		end--;
	if (end > from)
		return end;
	end = from + EXCERPT_BYTES; /* one word without an end */
	while (end > from && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	return end;
}

void
excerpt_make(
    struct arena *a, const char *text, const char *q, struct excerpt *out)
{
	struct asked k = {.arena = a};
	size_t from, plain, end, at, n;

	*out = (struct excerpt){.n = 0};
	ask(&k, q, FOLD_PLAIN);
	ask(&k, q, FOLD_SPELT);
	from = plain = at = begin_before(text, first_hit(&k, text));
	end = end_behind(text, from);
	if (from > 0)
		add_run(&k, out, ELLIPSIS " ", strlen(ELLIPSIS " "), false);
	while (at < end && out->n + 3 < EXCERPT_RUNS) {
		at += next_word(text + at, &n);
		if (at + n > end || n == 0)
			break;
		if (is_asked(&k, text + at, n)) {
			add_run(&k, out, text + plain, at - plain, false);
			add_run(&k, out, text + at, n, true);
			plain = at + n;
		}
		at += n;
	}
	add_run(&k, out, text + plain, end - plain, false);
	if (text[end])
		add_run(&k, out, " " ELLIPSIS, strlen(" " ELLIPSIS), false);
}
