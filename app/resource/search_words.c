/* search_words.c - what is typed and what is kept, as words.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/search_parts.h"

#include <string.h>

#include "base/fold.h"
#include "base/text.h"

enum {
	WORD_MAX = 64,	/* bytes; what is longer is cut, on both sides */
	WORDS_MAX = 64, /* of an entry, unless its noun says otherwise */
	ASKED_MAX = 8,	/* of a question */
	ENDS_FIRST = 3, /* so many last digits of a number are a word */
	ENDS_LAST = 5,
	CODE_MAX = 8,
	TENANT_CODE = 4 /* last digits of its id */
};

#define JOINT_LEN (sizeof(FOLD_JOINT) - 1)

/* What all words of the kind begin with.  Other tenants may have the same:
 * that costs time, and is no door. */
struct code {
	char s[CODE_MAX];
};

static struct code
code_of(const struct id *tenant, const struct noun_found *f)
{
	struct code c = {{0}};

	assert(id_is_set(tenant));
	memcpy(c.s, tenant->s + strlen(tenant->s) - TENANT_CODE, TENANT_CODE);
	c.s[TENANT_CODE] = f->code;
	return c;
}

/* ---- one word ---- */

struct word {
	const char *s;
	size_t n;
};

/* As much of it as is kept, in whole code points. */
static struct word
cut(struct word w)
{
	if (w.n > WORD_MAX) {
		w.n = WORD_MAX;
		while (w.n > 0 && ((unsigned char)w.s[w.n] & 0xc0) == 0x80)
			w.n--;
	}
	return w;
}

static bool
is_number(struct word w)
{
	return w.n > 0 && strspn(w.s, "0123456789") >= w.n;
}

static struct word
without_zeros(struct word w)
{
	while (w.n > 1 && *w.s == '0') {
		w.s++;
		w.n--;
	}
	return w;
}

/* The next piece of a folded text, which runs to a space. */
static bool
next_piece(const char **at, struct word *out)
{
	const char *s = *at;

	while (*s == ' ')
		s++;
	*out = (struct word){s, strcspn(s, " ")};
	*at = s + out->n;
	return out->n > 0;
}

/* Behind the first joint of w; no word when there is none. */
static struct word
behind_joint(struct word w)
{
	const char *joint = memmem(w.s, w.n, FOLD_JOINT, JOINT_LEN);
	const char *next = joint ? joint + JOINT_LEN : w.s + w.n;

	return (struct word){next, w.n - (size_t)(next - w.s)};
}

/* ---- what is kept ---- */

struct keeping {
	struct buf b;
	struct code code;
	int n, max;
};

static void
keep(struct keeping *k, const char *mark, struct word w)
{
	if (w.n == 0 || k->n == k->max)
		return;
	w = cut(w);
	if (k->n++ > 0)
		buf_putc(&k->b, ' ');
	buf_puts(&k->b, k->code.s);
	buf_puts(&k->b, mark);
	buf_add(&k->b, w.s, w.n);
}

/* By its last digits it is found as they are, not as a beginning: so they have
 * a mark of their own, as has a number without its zeros. */
static void
keep_number(struct keeping *k, struct word w)
{
	struct word bare = without_zeros(w);

	if (bare.n < w.n) {
		keep(k, "", bare);
		keep(k, FOLD_JOINT, bare);
	}
	for (size_t n = ENDS_FIRST; n <= ENDS_LAST && n < bare.n; n++)
		keep(k, FOLD_JOINT, (struct word){bare.s + bare.n - n, n});
}

static void
keep_piece(struct keeping *k, struct word w)
{
	struct word last = w;

	for (; w.n > 0; w = behind_joint(w)) {
		keep(k, "", w);
		last = w;
	}
	if (is_number(last))
		keep_number(k, last);
}

static const char *
folded(struct arena *a, const char *const *text, size_t n, enum fold how)
{
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	for (size_t i = 0; i < n; i++)
		if (text[i])
			fold_add(&b, text[i], how);
	s = buf_move(a, &b);
	return s ? s : "";
}

static bool
is_same(struct word a, struct word b)
{
	return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

const char *
search_words(struct arena *a, const struct id *tenant,
    const struct noun_found *f, const char *const *text, size_t n)
{
	const char *plain = folded(a, text, n, FOLD_PLAIN);
	const char *spelt = folded(a, text, n, FOLD_SPELT);
	struct keeping k = {.code = code_of(tenant, f),
	    .max = f->words > 0 ? f->words : WORDS_MAX};
	struct word w, other;
	const char *words;

	buf_init(&k.b, 0);
	while (k.n < k.max && next_piece(&plain, &w)) {
		keep_piece(&k, w);
		if (next_piece(&spelt, &other) && !is_same(w, other))
			keep_piece(&k, other);
	}
	words = buf_move(a, &k.b);
	return words ? words : "";
}

bool
search_has_word(struct arena *a, const char *text)
{
	const char *s = folded(a, &text, 1, FOLD_PLAIN);
	struct word w;

	return next_piece(&s, &w);
}

const char *
search_word(struct arena *a, const struct id *tenant,
    const struct noun_found *f, const char *text, enum fold how)
{
	const char *s = folded(a, &text, 1, how), *kept;
	struct code code = code_of(tenant, f);
	struct word w;

	if (!next_piece(&s, &w))
		return "";
	w = cut(w);
	kept = arena_printf(a, "%s%.*s", code.s, (int)w.n, w.s);
	return kept ? kept : "";
}

/* ---- what is asked ---- */

/* How the engines write a beginning, a whole word, and what stands between. */
static const struct {
	const char *open, *beginning, *whole, *and, * or ;
} words_of[DB_ENGINE__MAX] = {
    [DB_SQLITE] = {"\"", "\" *", "\"", " AND ", " OR "},
    [DB_POSTGRES] = {"'", "':*", "'", " & ", " | "},
};

struct asking {
	struct buf b;
	struct code code;
	enum db_engine engine;
	bool cuts;    /* beginnings to SEARCH_LETTERS ... */
	bool has_cut; /* ... and one was longer */
};

static struct word
first_letters(struct asking *k, struct word w)
{
	size_t letters = 0;

	for (size_t i = 0; i < w.n; i++)
		if (((unsigned char)w.s[i] & 0xc0) != 0x80 &&
		    letters++ == SEARCH_LETTERS) {
			k->has_cut = true;
			w.n = i;
		}
	return w;
}

/* A folded word has no quote in it. */
static void
ask(struct asking *k, const char *mark, struct word w, bool whole)
{
	w = cut(w);
	if (k->cuts && !whole)
		w = first_letters(k, w);
	buf_puts(&k->b, words_of[k->engine].open);
	buf_puts(&k->b, k->code.s);
	buf_puts(&k->b, mark);
	buf_add(&k->b, w.s, w.n);
	buf_puts(&k->b,
	    whole ? words_of[k->engine].whole : words_of[k->engine].beginning);
}

static void
ask_or(struct asking *k, const char *mark, struct word w, bool whole)
{
	buf_puts(&k->b, words_of[k->engine].or);
	ask(k, mark, w, whole);
}

static void
ask_piece(struct asking *k, struct word w, struct word spelt)
{
	struct word bare = without_zeros(w);

	buf_putc(&k->b, '(');
	ask(k, "", w, false);
	if (!is_same(w, spelt))
		ask_or(k, "", spelt, false);
	if (is_number(w) && bare.n < w.n)
		ask_or(k, FOLD_JOINT, bare, true);
	else if (is_number(w) && w.n >= ENDS_FIRST && w.n <= ENDS_LAST)
		ask_or(k, FOLD_JOINT, w, true);
	buf_putc(&k->b, ')');
}

/* The question, in k->b; false: there is no word in it. */
static bool
ask_all(struct asking *k, struct arena *a, const char *q)
{
	const char *plain = folded(a, &q, 1, FOLD_PLAIN);
	const char *spelt = folded(a, &q, 1, FOLD_SPELT);
	struct word w, other;
	int n = 0;

	buf_init(&k->b, 0);
	while (n < ASKED_MAX && next_piece(&plain, &w)) {
		if (!next_piece(&spelt, &other))
			other = w;
		if (n++ > 0)
			buf_puts(&k->b, words_of[k->engine].and);
		ask_piece(k, w, other);
	}
	return n > 0;
}

const char *
search_question(struct arena *a, enum db_engine engine, const struct id *tenant,
    const struct noun_found *f, const char *q)
{
	struct asking k = {.code = code_of(tenant, f), .engine = engine};

	if (ask_all(&k, a, q))
		return buf_move(a, &k.b);
	buf_fini(&k.b);
	return NULL;
}

const char *
search_question_cut(struct arena *a, const struct id *tenant,
    const struct noun_found *f, const char *q)
{
	struct asking k = {
	    .code = code_of(tenant, f), .engine = DB_SQLITE, .cuts = true};

	if (ask_all(&k, a, q) && k.has_cut)
		return buf_move(a, &k.b);
	buf_fini(&k.b);
	return NULL;
}
