/* damage.c - a backup that is not what was written is refused.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Bits are turned where dice say, MPANEL_FAULTS=all: 20,000 of them.
 */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/schema_version.h"
#include "copies.h"
#include "picture.h"
#include "tap.h"

#define SEAL_BYTES 137

static void
test_flips(struct testdb *t)
{
	const char *file = copy_name(t, "flips");
	int n_flips = copy_is_long() ? 20000 : 150, accepted = 0, fd;
	struct picture before = picture_take(t), after;
	size_t n;
	char *text;

	copy_make(t, file);
	text = copy_load(file, &n);
	fd = open(file, O_RDWR | O_CLOEXEC);
	for (int i = 0; i < n_flips + SEAL_BYTES; i++) {
		size_t at = i < n_flips
				? copy_roll((uint32_t)n)
				: n - SEAL_BYTES + (size_t)(i - n_flips);
		char byte = (char)(text[at] ^ 1 << copy_roll(8));

		if (pwrite(fd, &byte, 1, (off_t)at) != 1)
			bail("pwrite");
		if (copy_restore(t, file) != E_DB) {
			note("byte %zu of %zu", at, n);
			accepted++;
		}
		if (pwrite(fd, &text[at], 1, (off_t)at) != 1)
			bail("pwrite");
	}
	close(fd);
	note("%d bits of %zu bytes", n_flips + SEAL_BYTES, n);
	is_int(accepted, 0, "one flipped bit is seen wherever it is");
	accepted = 0;
	for (int i = 0; i < 40; i++) {
		copy_store(file, text,
		    i < 20 ? (size_t)i * 10 : copy_roll((uint32_t)n));
		accepted += copy_restore(t, file) != E_DB;
	}
	is_int(accepted, 0, "so is a missing end");
	after = picture_take(t);
	ok(picture_same(&before, &after), "what is refused changes nothing");
	copy_store(file, text, n);
	is_int(copy_restore(t, file), OK, "and the file itself is good");
	free(text);
	picture_tear(&before);
	picture_tear(&after);
}

/* A seal as a program that knows the format would make it. */
static void
seal(const char *file, const char *payload, size_t n, const char *engine,
    int version)
{
	struct buf b;
	char hash[TOKEN_HASH_LEN];

	buf_init(&b, 64u << 20);
	buf_add(&b, payload, n);
	buf_printf(&b, "mpanel-backup 1 %-8s schema %04d bytes %020zu blake2b ",
	    engine, version, n);
	content_hash(b.data, b.len, hash);
	buf_printf(&b, "%s\n", hash);
	copy_store(file, b.data, b.len);
	buf_fini(&b);
}

static void
test_others(struct testdb *t)
{
	const char *file = copy_name(t, "others"),
		   *name = db_engine_name(t->engine),
		   *other = t->engine == DB_SQLITE ? "postgres" : "sqlite";
	size_t n;
	char *text;

	copy_make(t, file);
	text = copy_load(file, &n);
	n -= SEAL_BYTES;
	seal(file, text, n, name, DB_SCHEMA_VERSION);
	is_int(copy_restore(t, file), OK, "a seal can be made again");
	seal(file, text, n, name, DB_SCHEMA_VERSION - 1);
	is_int(copy_restore(t, file), E_DB, "an older schema is refused");
	seal(file, text, n, name, DB_SCHEMA_VERSION + 1);
	is_int(copy_restore(t, file), E_DB, "so is a newer one");
	seal(file, text, n, other, DB_SCHEMA_VERSION);
	is_int(copy_restore(t, file), E_DB, "and the other engine's");
	free(text);
}

/* The payload with everything between two marks replaced. */
static void
forge(struct testdb *t, const char *file, const char *from, const char *to,
    const char *by)
{
	size_t n;
	char *text = copy_load(file, &n), *a, *b;
	struct buf out;

	n -= SEAL_BYTES;
	text[n] = '\0';
	a = strstr(text, from);
	b = a ? strstr(a, to) : NULL;
	if (b == NULL)
		bail("no %s in the backup", from);
	a += strlen(from);
	buf_init(&out, 64u << 20);
	buf_add(&out, text, (size_t)(a - text));
	buf_puts(&out, by);
	buf_puts(&out, b);
	seal(copy_name(t, "forged"), out.data, out.len, "postgres",
	    DB_SCHEMA_VERSION);
	buf_fini(&out);
	free(text);
}

/* Files with a good seal and a bad content; only PostgreSQL's has lines. */
static void
test_forged(struct testdb *t)
{
	const char *file = copy_name(t, "whole"),
		   *forged = copy_name(t, "forged");
	struct picture before = picture_take(t), after;
	char none[TOKEN_HASH_LEN];

	content_hash("", 0, none);
	copy_make(t, file);
	forge(t, file, "COPY tenants (id, ", "name", "");
	is_int(copy_restore(t, forged), E_DB, "other columns are refused");
	forge(t, file, "COPY tenants", "COPY users", ";\n\\.\n");
	is_int(copy_restore(t, forged), E_DB, "a missing table is refused");
	forge(t, file, "COPY orders (", "\n\\.\n", "id) FROM STDIN;");
	is_int(copy_restore(t, forged), E_DB,
	    "rows that were taken out are missed");
	forge(t, file, "COPY customers (", "COPY domains",
	    arena_printf(t->arena,
		"%s) FROM STDIN;\n\\.\n-- 0 rows, blake2b %s\n",
		"tenant_id, id, name, company_name, email, phone, line1, "
		"line2, city, state, postal_code, country, tax_id, currency, "
		"credit_minor, status, user_id, version, created_at, "
		"updated_at, deleted_at",
		none));
	is_int(copy_restore(t, forged), E_DB,
	    "orders without their customers are refused by the keys");
	after = picture_take(t);
	ok(picture_same(&before, &after), "nothing has changed");
	picture_tear(&before);
	picture_tear(&after);
}

static void
test(struct testdb *t)
{
	struct shop one, two;

	copy_open_panel(t, &one, &two);
	test_flips(t);
	test_others(t);
	if (t->engine == DB_POSTGRES)
		test_forged(t);
}

int
main(void)
{
	copy_seed();
	testdb_each(test);
	return tap_done();
}
