/* state.c - what is in a database, as two numbers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

#define ARENA_BYTES (4u << 20)

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t
hash(uint64_t h, const void *p, size_t n)
{
	const uint8_t *byte = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ byte[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t
hash_text(uint64_t h, const char *s)
{
	return hash(h, s, strlen(s) + 1);
}

static uint64_t
hash_row(const struct rows *r, const char *table)
{
	uint64_t h = hash_text(UINT64_C(0xcbf29ce484222325), table);

	for (int i = 0; i < row_width(r); i++) {
		const char *p = "null";
		size_t n = 0;

		if (!row_is_null(r, i))
			p = row_blob(r, i, &n);
		h = hash(h, &n, sizeof(n));
		h = hash(h, p, n);
	}
	return h;
}

/* Rows are added up, so that their order does not matter. */
static enum err
read_table(struct tx *tx, const char *name, struct state *s)
{
	const char *sql = arena_printf(tx->arena, "SELECT * FROM %s", name);
	struct rows r;
	uint64_t n = 0;
	enum err e = db_query_(tx, &r, sql, NULL, 0);

	while (e == OK && rows_next(&r)) {
		s->content += hash_row(&r, name);
		n++;
	}
	s->shape += hash(hash_text(0, name), &n, sizeof(n));
	return rows_done(&r);
}

static enum err
read_all(struct tx *tx, struct state *s)
{
	struct rows r;
	enum err e =
	    db_query(tx, &r, "SELECT type, name, sql FROM sqlite_master");

	while (e == OK && rows_next(&r)) {
		uint64_t h = hash_row(&r, "schema");

		s->content += h;
		s->shape += h;
		if (strcmp(row_text(&r, 0), "table") == 0)
			e = read_table(tx, row_text(&r, 1), s);
	}
	rows_done(&r);
	return e;
}

enum err
state_read(struct db *db, struct state *out)
{
	struct arena *a = arena_new(ARENA_BYTES);
	struct state s = {0, 0};
	struct tx tx;
	enum err e;

	tx_init(&tx, a, NULL, NULL, NULL);
	e = tx_begin(db, TX_READ, &tx);
	if (e == OK)
		e = read_all(&tx, &s);
	if (e == OK)
		e = tx.err;
	tx_rollback(&tx);
	arena_free(&a);
	if (e == OK)
		*out = s;
	return e;
}

static bool
says(struct tx *tx, const char *sql, const char *want)
{
	const char *text = NULL;

	if (db_text_(tx, &text, sql, NULL, 0) != OK)
		return false;
	if (want == NULL ? text == NULL
			 : text != NULL && strcmp(text, want) == 0)
		return true;
	if (text == NULL)
		text = "(nothing)";
	note("%s: %.*s", sql, (int)strcspn(text, "\n"), text);
	return false;
}

bool
state_is_sound(struct db *db)
{
	struct arena *a = arena_new(ARENA_BYTES);
	struct tx tx;
	bool good;

	tx_init(&tx, a, NULL, NULL, NULL);
	good = tx_begin(db, TX_READ, &tx) == OK &&
	       says(&tx, "PRAGMA integrity_check", "ok") &&
	       says(&tx, "PRAGMA foreign_key_check", NULL);
	tx_rollback(&tx);
	arena_free(&a);
	return good;
}
