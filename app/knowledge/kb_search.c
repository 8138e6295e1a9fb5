/* kb_search.c - published articles by the words in them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "knowledge/kb_search.h"

#include <string.h>

#include "base/error.h"
#include "base/fold.h"
#include "base/text.h"
#include "knowledge/kb_nouns.h"

enum { SUGGEST_WORDS = 8, SUGGEST_LETTERS = 4 };

/* ---- words that say nothing, folded ---- */

/* clang-format off */
static const char *const empty_words[] = {
	"a", "about", "after", "all", "also", "am", "an", "and", "any", "are",
	"as", "at", "be", "been", "but", "by", "can", "cannot", "could", "did",
	"do", "does", "for", "from", "get", "had", "has", "have", "hello", "help",
	"hi", "how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "my",
	"no", "not", "now", "of", "on", "or", "our", "please", "so", "some",
	"than", "thank", "thanks", "that", "the", "their", "them", "then",
	"there", "they", "this", "to", "was", "we", "were", "what", "when",
	"where", "which", "who", "why", "will", "with", "would", "you", "your",
	"aber", "als", "am", "an", "auch", "auf", "aus", "bei", "bin", "bitte",
	"danke", "das", "dass", "dem", "den", "der", "des", "die", "doch", "ein",
	"eine", "einem", "einen", "einer", "er", "es", "fuer", "fur", "haben",
	"hallo", "hat", "hilfe", "ich", "ihr", "im", "in", "ist", "kann", "koennen",
	"konnen", "man", "mein", "meine", "meinen", "meiner", "mich", "mir",
	"mit", "nach", "nicht", "noch", "oder", "sehr", "sich", "sie", "sind",
	"so", "und", "uns", "vom", "von", "war", "warum", "was", "wenn", "werden",
	"wie", "wir", "wird", "wo", "zu", "zum", "zur",
};
/* clang-format on */

static bool
is_empty_word(const char *folded)
{
	for (size_t i = 0; i < N_ELEMS(empty_words); i++)
		if (str_eq(empty_words[i], folded))
			return true;
	return false;
}

static const char *
folded(struct arena *a, const char *text)
{
	struct buf b;
	const char *s;

	buf_init(&b, 0);
	fold_add(&b, text, FOLD_PLAIN);
	s = buf_move(a, &b);
	return s ? s : "";
}

/* ---- a question, less what says nothing ---- */

struct question {
	struct arena *arena;
	struct buf words;
	size_t n;
};

/* False: that is enough of them. */
static bool
add_word(struct question *k, const char *word, size_t min_letters, size_t max)
{
	const char *plain = folded(k->arena, word);

	if (!plain[0] || is_empty_word(plain) || utf8_len(plain) < min_letters)
		return true;
	if (k->n++ > 0)
		buf_putc(&k->words, ' ');
	buf_puts(&k->words, word);
	return k->n < max;
}

/* The words of a text that mean something, with a space between. */
static const char *
meaning(struct arena *a, const char *text, size_t min_letters, size_t max)
{
	static const char between[] = " \t\r\n";
	struct question k = {.arena = a};
	bool goes_on = true;

	buf_init(&k.words, 0);
	while (goes_on && *(text += strspn(text, between))) {
		size_t n = strcspn(text, between);
		const char *word = arena_strndup(a, text, n);

		text += n;
		goes_on = word && add_word(&k, word, min_letters, max);
	}
	text = buf_move(a, &k.words);
	return text ? text : "";
}

/* ---- hits ---- */

#define IDS(x, i) DB_ID((i) < (x)->n ? &(x)->id[i] : NULL)

/* Of all that were found, in one statement. */
static enum err
ask_articles(struct tx *tx, const struct search_best *b, struct rows *r)
{
	_Static_assert(RANKED_MAX == 20, "as many $n as there are ids");
	return db_query(tx, r,
	    "SELECT a.id, a.title, a.slug, c.name, a.language, "
	    "a.published_at, a.plain FROM kb_articles a "
	    "JOIN kb_categories c ON c.tenant_id = a.tenant_id "
	    "AND c.id = a.category_id "
	    "WHERE a.tenant_id = $1 AND a.status = 'published' "
	    "AND a.deleted_at IS NULL AND a.id IN ($2, $3, $4, $5, $6, $7, $8, "
	    "$9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
	    DB_ID(&tx->tenant), IDS(b, 0), IDS(b, 1), IDS(b, 2), IDS(b, 3),
	    IDS(b, 4), IDS(b, 5), IDS(b, 6), IDS(b, 7), IDS(b, 8), IDS(b, 9),
	    IDS(b, 10), IDS(b, 11), IDS(b, 12), IDS(b, 13), IDS(b, 14),
	    IDS(b, 15), IDS(b, 16), IDS(b, 17), IDS(b, 18), IDS(b, 19));
}

static struct kb_hit
read_hit(struct tx *tx, const struct rows *r, const char *q)
{
	struct kb_hit h = {
	    .id = row_id(r, 0),
	    .title = row_strdup(r, 1),
	    .slug = row_strdup(r, 2),
	    .category = row_strdup(r, 3),
	    .language = row_strdup(r, 4),
	    .published_at = row_int(r, 5),
	};

	excerpt_make(tx->arena, row_text(r, 6), q, &h.excerpt);
	return h;
}

/* In the order of the ids.  One that was taken back a moment ago is not there
 * (nor is its entry, a moment later). */
static enum err
read_hits(struct tx *tx, const struct search_best *best, const char *q,
    size_t limit, struct kb_hits *out)
{
	struct kb_hit *hit = arena_array(tx->arena, RANKED_MAX, sizeof(*hit));
	struct rows r;
	size_t n = 0;
	enum err e = hit ? OK : E_BUSY;

	if (e != OK || best->n == 0)
		return e;
	if ((e = ask_articles(tx, best, &r)) != OK)
		return e;
	while (n < RANKED_MAX && rows_next(&r))
		hit[n++] = read_hit(tx, &r, q);
	for (size_t i = 0; i < best->n && out->n < limit; i++)
		for (size_t k = 0; k < n; k++)
			if (str_eq(hit[k].id.s, best->id[i].s))
				out->hit[out->n++] = hit[k];
	out->more = best->more;
	return rows_done(&r);
}

static enum err
find(struct tx *tx, const char *q, bool any_word, size_t limit,
    struct kb_hits *out)
{
	struct search_best best;
	enum err e = search_ranked(
	    tx, kb_titles_noun.found, kb_public_noun.found, q, any_word, &best);

	return e == OK ? read_hits(tx, &best, q, limit, out) : e;
}

enum err
kb_search(struct tx *tx, const char *q, struct kb_hits *out)
{
	const char *asked = meaning(tx->arena, q, 1, SIZE_MAX);
	enum err e;

	*out = (struct kb_hits){.n = 0};
	if (!asked[0])
		asked = q; /* "how to" is all that was typed */
	e = find(tx, asked, false, RANKED_MAX, out);
	if (e != OK || out->n > 0)
		return e;
	e = find(tx, asked, true, KB_SUGGESTED, out);
	out->is_near = out->n > 0;
	out->more = false;
	return e;
}

enum err
kb_suggest(struct tx *tx, const char *text, size_t limit, struct kb_hits *out)
{
	const char *asked;
	size_t n = strlen(text);

	if (n > KB_SUGGEST_MAX) {
		n = KB_SUGGEST_MAX;
		while (((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	*out = (struct kb_hits){.n = 0};
	text = arena_strndup(tx->arena, text, n);
	if (!text)
		return E_BUSY;
	asked = meaning(tx->arena, text, SUGGEST_LETTERS, SUGGEST_WORDS);
	return asked[0] ? find(tx, asked, true,
			      limit < RANKED_MAX ? limit : RANKED_MAX, out)
			: OK;
}
