/* copies.c - a panel to be backed up, and what is done with its backups.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "copies.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "dice.h"
#include "tap.h"

#define ORDERS 20

static struct dice dice;

uint32_t
copy_roll(uint32_t sides)
{
	return dice_roll(&dice, sides);
}

bool
copy_is_long(void)
{
	const char *s = getenv("MPANEL_FAULTS");

	return s != NULL && strcmp(s, "all") == 0;
}

void
copy_seed(void)
{
	uint64_t seed = dice_seed();

	note("MPANEL_SEED=%" PRIu64, seed);
	dice = dice_new(seed);
}

const char *
copy_name(struct testdb *t, const char *what)
{
	return arena_printf(t->arena, "%s/%s", t->dir, what);
}

void
copy_place(struct shop *s, const char *intent)
{
	struct order_taken taken;
	const char *body =
	    shop_body(s, intent, arena_printf(s->t->arena, "%s@b.test", intent),
		SHOP_ITEMS, arena_printf(s->t->arena, "%s.test", intent));

	if (shop_take(s, body, NULL, &taken) != OK)
		bail("%s is not placed", intent);
}

static void
place_many(struct shop *s, const char *prefix, int n)
{
	for (int i = 0; i < n; i++)
		copy_place(s, arena_printf(s->t->arena, "%s%d", prefix, i));
}

/* Whatever a format of lines could stumble over. */
static void
add_odd_rows(struct shop *s)
{
	char all[512];
	struct id id = id_new(clock_now_ms());

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	if (shop_exec(s,
		"UPDATE customers SET name = $2, company_name = $3, "
		"line1 = $4, line2 = $5 WHERE tenant_id = $1",
		DB_TEXT("a\tb\nc\\.\n\\.\n\\N"), DB_TEXT("\\."), DB_TEXT("\\N"),
		DB_TEXT("\xc3\xbc\r\n\xf0\x9f\x98\x80")) != OK ||
	    shop_exec(s,
		"INSERT INTO intake_refusals (tenant_id, id, http_status, "
		"reasons, body, body_bytes, body_hash, created_at, "
		"updated_at) VALUES ($1, $2, 422, '[]', $3, 512, 'x', 1, 1)",
		DB_ID(&id), DB_BLOB(all, sizeof(all))) != OK)
		bail("odd rows");
}

void
copy_open_panel(struct testdb *t, struct shop *one, struct shop *two)
{
	shop_open(one, t, "one");
	shop_open(two, t, "two");
	testdb_tenant(t, "empty");
	place_many(one, "a", ORDERS);
	place_many(two, "b", ORDERS / 2);
	shop_work(one, &one->server);
	add_odd_rows(two);
}

enum err
copy_restore(struct testdb *t, const char *file)
{
	struct db *owner = testdb_open(t->owner_url);
	enum err e = db_restore(owner, file);

	db_close(&owner);
	return e;
}

void
copy_make(struct testdb *t, const char *file)
{
	int64_t bytes;

	unlink(file);
	if (db_backup(t->db, file, &bytes) != OK)
		bail("no backup");
}

char *
copy_load(const char *file, size_t *n_out)
{
	FILE *f = fopen(file, "re");
	struct stat st;
	char *text;

	if (f == NULL || fstat(fileno(f), &st) != 0)
		bail("%s", file);
	*n_out = (size_t)st.st_size;
	text = malloc(*n_out + 1);
	if (text == NULL || fread(text, 1, *n_out, f) != *n_out)
		bail("%s", file);
	text[*n_out] = '\0';
	fclose(f);
	return text;
}

void
copy_store(const char *file, const char *text, size_t n)
{
	FILE *f = fopen(file, "we");

	if (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0)
		bail("%s", file);
}
