/* fold.c - text as it is searched for: words without case and accents.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/fold.h"

#include <string.h>

#include "base/text.h"

enum kind { LETTER, SPACE, JOINT, NOTHING };

struct span {
	uint32_t first, last;
};

/* ---- letters ---- */

/* The plain letter of each code point of a block; '*' has none. */
static const struct block {
	uint32_t first;
	const char *plain;
} blocks[] = {
    {0x00c0, "aaaaaa*ceeeeiiiidnooooo*ouuuuy**aaaaaa*ceeeeiiiidnooooo*ouuuuy*y"
	     "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii**jjkkkllllll*"
	     "*llnnnnnnnnnoooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzz"
	     "s"},
    {0x0180, "b*****************f*************oo*************uu**************"
	     "**************aaiioouuuuuuuuuu*aaaa****ggkkoooo**j***gg**nnaa***"
	     "*aaaaeeeeiiiioooorrrruuuusstt**hh******aaeeooooooooyy"},
    {0x1e00, "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
	     "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
	     "wwwwwwwwwwxxxxyyzzzzzzhtwy*s****aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
	     "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy"},
};

/* What one letter is written as in several, or in another alphabet. */
static const struct {
	uint32_t letter;
	const char *text;
} spelled[] = {
    {0x00aa, "a"},
    {0x00b5, "μ"},
    {0x00ba, "o"},
    {0x00c6, "ae"},
    {0x00de, "th"},
    {0x00df, "ss"},
    {0x00e6, "ae"},
    {0x00fe, "th"},
    {0x0132, "ij"},
    {0x0133, "ij"},
    {0x0152, "oe"},
    {0x0153, "oe"},
    {0x1e9e, "ss"},
    {0x0386, "α"},
    {0x0388, "ε"},
    {0x0389, "η"},
    {0x038a, "ι"},
    {0x038c, "ο"},
    {0x038e, "υ"},
    {0x038f, "ω"},
    {0x0390, "ι"},
    {0x03aa, "ι"},
    {0x03ab, "υ"},
    {0x03ac, "α"},
    {0x03ad, "ε"},
    {0x03ae, "η"},
    {0x03af, "ι"},
    {0x03b0, "υ"},
    {0x03c2, "σ"},
    {0x03ca, "ι"},
    {0x03cb, "υ"},
    {0x03cc, "ο"},
    {0x03cd, "υ"},
    {0x03ce, "ω"},
    {0x0401, "е"},
    {0x0451, "е"},
    {0x0622, "ا"},
    {0x0623, "ا"},
    {0x0625, "ا"},
    {0x0629, "ه"},
    {0x0649, "ي"},
};

/* As German and the languages of the north are written without their keys. */
static const struct {
	uint32_t letter;
	const char *text;
} spelt[] = {
    {0x00c4, "ae"}, {0x00c5, "aa"}, {0x00d6, "oe"}, {0x00d8, "oe"},
    {0x00dc, "ue"}, {0x00e4, "ae"}, {0x00e5, "aa"}, {0x00f6, "oe"},
    {0x00f8, "oe"}, {0x00fc, "ue"},
    {0x0308, "e"}, /* a diaeresis that comes behind its letter */
};

/* Capitals that stand so far before their small letters. */
static const struct {
	struct span capitals;
	uint32_t to_small;
} cases[] = {
    {{0x0391, 0x03a9}, 32},
    {{0x0400, 0x040f}, 80},
    {{0x0410, 0x042f}, 32},
    {{0x0531, 0x0556}, 48},
};

/* ---- what is no letter ---- */

/* Marks above and below letters, and what nobody sees. */
static const struct span nothing[] = {
    {0x00ad, 0x00ad},
    {0x0300, 0x036f},
    {0x0483, 0x0489},
    {0x0591, 0x05bd},
    {0x05bf, 0x05bf},
    {0x05c1, 0x05c2},
    {0x05c4, 0x05c5},
    {0x05c7, 0x05c7},
    {0x0610, 0x061a},
    {0x061c, 0x061c},
    {0x0640, 0x0640},
    {0x064b, 0x065f},
    {0x0670, 0x0670},
    {0x200b, 0x200f},
    {0x202a, 0x202e},
    {0x2060, 0x206f},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
};

static const struct span spaces[] = {
    {0x0080, 0x00a9},
    {0x00ab, 0x00b4},
    {0x00b6, 0x00b9},
    {0x00bb, 0x00bf},
    {0x00d7, 0x00d7},
    {0x00f7, 0x00f7},
    {0x037e, 0x037e},
    {0x0387, 0x0387},
    {0x05be, 0x05be},
    {0x05c0, 0x05c0},
    {0x05c3, 0x05c3},
    {0x05f3, 0x05f4},
    {0x060c, 0x060d},
    {0x061b, 0x061f},
    {0x066a, 0x066d},
    {0x06d4, 0x06d4},
    {0x2000, 0x205f},
    {0x2e00, 0x2e7f},
    {0x3000, 0x3003},
    {0x3008, 0x3020},
    {0x30fb, 0x30fb},
    {0xfd3e, 0xfd3f},
    {0xfe10, 0xfe6f},
};

static bool
is_in(uint32_t c, const struct span *span, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= span[i].first && c <= span[i].last)
			return true;
	return false;
}

static bool
is_plain(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* U+FF01 to U+FF5E are ASCII in full width, and two alphabets have digits of
 * their own. */
static uint32_t
ascii_of(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xff01 - '!';
	else if (c >= 0x0660 && c <= 0x0669)
		c -= 0x0660 - '0';
	else if (c >= 0x06f0 && c <= 0x06f9)
		c -= 0x06f0 - '0';
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static enum kind
kind_of(uint32_t c)
{
	if (is_plain(c))
		return LETTER;
	if (c < 0x80)
		return c != 0 && strchr("@.-_/:", (int)c) ? JOINT : SPACE;
	if (c == 0x2010 || c == 0x2011) /* hyphens */
		return JOINT;
	if (is_in(c, nothing, N_ELEMS(nothing)))
		return NOTHING;
	return is_in(c, spaces, N_ELEMS(spaces)) ? SPACE : LETTER;
}

/* ---- out ---- */

static const char *
spelling(uint32_t c, enum fold how)
{
	for (size_t i = 0; how == FOLD_SPELT && i < N_ELEMS(spelt); i++)
		if (spelt[i].letter == c)
			return spelt[i].text;
	for (size_t i = 0; i < N_ELEMS(spelled); i++)
		if (spelled[i].letter == c)
			return spelled[i].text;
	return NULL;
}

static char
plain_letter(uint32_t c)
{
	for (size_t i = 0; i < N_ELEMS(blocks); i++)
		if (c >= blocks[i].first &&
		    c - blocks[i].first < strlen(blocks[i].plain))
			return blocks[i].plain[c - blocks[i].first];
	return '*';
}

/* The small letter of a capital of two bytes; both are below U+0800. */
static bool
add_small(struct buf *b, uint32_t c)
{
	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		if (!is_in(c, &cases[i].capitals, 1))
			continue;
		c += cases[i].to_small;
		buf_putc(b, (char)(0xc0 | c >> 6));
		buf_putc(b, (char)(0x80 | (c & 0x3f)));
		return true;
	}
	return false;
}

/* c is what s[0..n) means. */
static void
add_letter(struct buf *b, uint32_t c, const char *s, size_t n, enum fold how)
{
	const char *text;
	char plain;

	if (c < 0x80)
		buf_putc(b, (char)c);
	else if ((text = spelling(c, how)) != NULL)
		buf_puts(b, text);
	else if ((plain = plain_letter(c)) != '*')
		buf_putc(b, plain);
	else if (!add_small(b, c))
		buf_add(b, s, n);
}

void
fold_add(struct buf *b, const char *s, enum fold how)
{
	const char *between = b->len > 0 ? " " : "";
	size_t n = strlen(s), step;

	for (; n > 0; s += step, n -= step) {
		uint32_t c = 0;
		enum kind kind;

		step = utf8_step(s, n, &c);
		if (step == 0)
			step = 1; /* no UTF-8: between words */
		c = ascii_of(c);
		kind = kind_of(c);
		if (how == FOLD_SPELT && c == 0x0308)
			kind = LETTER;
		if (kind == JOINT && b->len > 0 && !between[0])
			between = FOLD_JOINT;
		else if ((kind == JOINT || kind == SPACE) && b->len > 0)
			between = " ";
		if (kind != LETTER)
			continue;
		buf_puts(b, between);
		between = "";
		add_letter(b, c, s, step, how);
	}
}
