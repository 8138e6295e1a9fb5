/* list_cursor.c - where a page begins, as text that is safe in an address.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Hex of a direction ('>' or '<'), the sort value, a NUL and the id.
 */
#include "config.h"

#include "resource/list.h"

#include <string.h>

#include "base/text.h"
#include "resource/select.h"

enum { CURSOR_MAX = 512 };

bool
list_read_cursor(struct list *l, struct arena *a, const char *value)
{
	size_t n = strlen(value) / 2, split;
	char *raw = n > 0 && n < CURSOR_MAX ? arena_alloc(a, n + 1) : NULL;

	if (!raw || !hex_decode(value, raw, n))
		return false;
	split = strnlen(raw + 1, n - 1);
	if ((raw[0] != '>' && raw[0] != '<') || split + 2 > n ||
	    strlen(raw + split + 2) != n - split - 2 ||
	    !utf8_valid(raw + 1, split) || !id_valid(raw + split + 2))
		return false;
	l->backwards = raw[0] == '<';
	l->after_value = raw + 1;
	l->after_id = raw + split + 2;
	return true;
}

const char *
list_cursor_of(
    struct arena *a, const char *sort, const char *id, bool backwards)
{
	size_t n = strlen(sort), m = strlen(id);
	char *raw = arena_alloc(a, n + m + 2);
	char *hex = arena_alloc(a, 2 * (n + m + 2) + 1);

	if (!raw || !hex)
		return NULL;
	raw[0] = backwards ? '<' : '>';
	memcpy(raw + 1, sort, n + 1);
	memcpy(raw + n + 2, id, m);
	hex_encode(hex, raw, n + m + 2);
	return hex;
}

const char *
list_cursor(const struct rows *r, bool backwards)
{
	return list_cursor_of(r->tx->arena, row_text(r, NOUN_SORT),
	    row_text(r, NOUN_ID), backwards);
}
