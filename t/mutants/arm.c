/* arm.c - tenant predicates that can be taken away; for LD_PRELOAD.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Each `[alias.]tenant_id = ?N` and `a.tenant_id = b.tenant_id` of a statement
 * that SQLite prepares becomes `(... OR mutant(SLOT, ...))`.  mutant() says no,
 * but for slots that are taken: then it is as if the predicate were not there,
 * without preparing anything anew.  It is asked only where the predicate
 * says no and, since it holds a correlated subquery, after the other conditions
 * said yes: a slot that was never asked can't have mattered.
 *
 *	MPANEL_ARMED=FILE	what all processes share, in numbers of 64 bits:
 *		another one whenever other slots are taken; how many
 *		transactions were refused because they wrote a row of the tenant
 *		that is watched; its id, 40 bytes (empty: none); the table of
 *		the last such row, 40 bytes; then for each slot its mutant, how
 *		often it was asked, and whether it is taken.  Without it nothing
 *is changed. FILE.sql	a line for each slot: mutant, which predicate, statement
 */
#include "config.h"

#define SQLITE_ENABLE_PREUPDATE_HOOK
#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS	      8192
#define STATEMENT_MAX 65536
#define NAME	      "tenant_id"

struct slot {
	_Atomic uint64_t mutant, asked, is_taken;
};

static struct shared {
	_Atomic uint64_t version, refused;
	char watched[40], touched[40];
	struct slot slots[SLOTS];
} * shared;
static int journal = -1;

__attribute__((constructor)) static void
begin(void)
{
	const char *file = getenv("MPANEL_ARMED");
	char beside[4096];
	void *map;
	int fd;

	if (!file || (fd = open(file, O_RDWR | O_CLOEXEC)) < 0)
		return;
	snprintf(beside, sizeof(beside), "%s.sql", file);
	journal = open(beside, O_WRONLY | O_APPEND | O_CLOEXEC);
	map = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		shared = map;
}

/* ---- slots ---- */

/* FNV-1a of the statement and the place of the predicate in it. */
static uint64_t
mutant_of(const char *sql, unsigned nth)
{
	uint64_t h = 14695981039346656037U;

	for (; *sql != '\0'; sql++)
		h = (h ^ (unsigned char)*sql) * 1099511628211U;
	return (h ^ nth) * 1099511628211U;
}

static void
note(uint64_t mutant, unsigned nth, const char *sql)
{
	char line[STATEMENT_MAX + 64];
	int n = snprintf(line, sizeof(line), "%016llx\t%u\t%s\n",
	    (unsigned long long)mutant, nth, sql);

	for (char *p = line; *p != '\0'; p++)
		if (*p == '\n' && p[1] != '\0')
			*p = ' ';
	if (n > 0 && write(journal, line, (size_t)n) != n)
		abort();
}

static unsigned
slot_of(const char *sql, unsigned nth)
{
	uint64_t mutant = mutant_of(sql, nth);
	unsigned at = (unsigned)(mutant % SLOTS);

	for (;; at = (at + 1) % SLOTS) {
		uint64_t is = 0;

		if (atomic_compare_exchange_strong(
			&shared->slots[at].mutant, &is, mutant)) {
			note(mutant, nth, sql);
			return at;
		}
		if (is == mutant)
			return at;
	}
}

static void
answer(sqlite3_context *c, int n, sqlite3_value **v)
{
	struct slot *slot = &shared->slots[sqlite3_value_int(v[0])];

	(void)n;
	slot->asked++;
	sqlite3_result_int(c, slot->is_taken != 0);
}

/* ---- predicates ---- */

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *
skip_name(const char *p)
{
	while (is_word(*p))
		p++;
	return p;
}

/* Behind `[alias.]tenant_id = ?N` or `... = [alias.]NAME` at p; else NULL. */
static const char *
predicate_end(const char *p)
{
	const char *end = skip_name(p);

	if (*end == '.')
		p = end + 1, end = skip_name(p);
	if ((size_t)(end - p) != strlen(NAME) ||
	    strncmp(p, NAME, strlen(NAME)) != 0)
		return NULL;
	p = end + strspn(end, " ");
	if (*p != '=')
		return NULL;
	p += 1 + strspn(p + 1, " ");
	if (*p == '?')
		return skip_name(p + 1);
	end = skip_name(p);
	if (end == p)
		return NULL;
	return *end == '.' ? skip_name(end + 1) : end;
}

/* A column that is set, not compared. */
static bool
is_set(const char *sql, const char *p)
{
	while (p > sql && p[-1] == ' ')
		p--;
	return p > sql && (p[-1] == ',' ||
			      (p - sql >= 3 && strncmp(p - 3, "SET", 3) == 0));
}

static void
arm(const char *sql, char *dst, size_t size)
{
	const char *p = sql, *end;
	unsigned nth = 0;
	size_t n = 0;

	while (*p != '\0' && n + 256 < size) {
		bool starts = p == sql || !(is_word(p[-1]) || p[-1] == '.');

		end = starts && is_word(*p) ? predicate_end(p) : NULL;
		if (end && (size_t)(end - p) < 200 && !is_set(sql, p)) {
			n += (size_t)snprintf(dst + n, size - n,
			    "(%.*s OR mutant(%u, (SELECT %.*s)))",
			    (int)(end - p), p, slot_of(sql, nth++),
			    (int)(strcspn(p, " =")), p);
			p = end;
		} else {
			dst[n++] = *p++;
		}
	}
	dst[n] = '\0';
}

/* ---- what is written ---- */

static bool is_touched;

static bool
is_watched(sqlite3_value *v)
{
	return sqlite3_value_type(v) == SQLITE_TEXT &&
	       strcmp((const char *)sqlite3_value_text(v), shared->watched) ==
		   0;
}

static bool
is_written(sqlite3 *conn, int what, int i)
{
	sqlite3_value *v;

	return (what != SQLITE_INSERT &&
		   sqlite3_preupdate_old(conn, i, &v) == SQLITE_OK &&
		   is_watched(v)) ||
	       (what != SQLITE_DELETE &&
		   sqlite3_preupdate_new(conn, i, &v) == SQLITE_OK &&
		   is_watched(v));
}

static void
look(void *arg, sqlite3 *conn, int what, const char *base, const char *table,
    sqlite3_int64 from, sqlite3_int64 to)
{
	(void)arg, (void)base, (void)from, (void)to;
	if (shared->watched[0] == '\0')
		return;
	for (int i = 0; i < sqlite3_preupdate_count(conn); i++) {
		if (!is_written(conn, what, i))
			continue;
		is_touched = true;
		snprintf(shared->touched, sizeof(shared->touched), "%s", table);
	}
}

static int
refuse(void *arg)
{
	(void)arg;
	if (!is_touched)
		return 0;
	shared->refused++;
	return 1;
}

static void
forget(void *arg)
{
	(void)arg;
	is_touched = false;
}

/* ---- the calls ---- */

/* By the names that programs are linked with. */
#define STANDS_FOR(name) __asm__(name) __attribute__((visibility("default")))

int armed_open(const char *path, sqlite3 **out, int flags, const char *vfs)
    STANDS_FOR("sqlite3_open_v2");
int armed_control(sqlite3 *conn, const char *base, int what, void *out)
    STANDS_FOR("sqlite3_file_control");
int armed_prepare(sqlite3 *conn, const char *sql, int n, unsigned flags,
    sqlite3_stmt **out, const char **tail) STANDS_FOR("sqlite3_prepare_v3");

int
armed_open(const char *path, sqlite3 **out, int flags, const char *vfs)
{
	__typeof__(&armed_open) real = dlsym(RTLD_NEXT, "sqlite3_open_v2");
	int code = real(path, out, flags, vfs);

	if (code != SQLITE_OK || !shared)
		return code;
	sqlite3_preupdate_hook(*out, look, NULL);
	sqlite3_commit_hook(*out, refuse, NULL);
	sqlite3_rollback_hook(*out, forget, NULL);
	return sqlite3_create_function(
	    *out, "mutant", 2, SQLITE_UTF8, NULL, answer, NULL, NULL);
}

/* Counts are remembered by this number: another mutant, other counts. */
int
armed_control(sqlite3 *conn, const char *base, int what, void *out)
{
	__typeof__(&armed_control) real =
	    dlsym(RTLD_NEXT, "sqlite3_file_control");
	int code = real(conn, base, what, out);

	if (shared && what == SQLITE_FCNTL_DATA_VERSION)
		*(uint32_t *)out ^= (uint32_t)shared->version;
	return code;
}

/* What is armed ends where the statement does, and so does its tail. */
int
armed_prepare(sqlite3 *conn, const char *sql, int n, unsigned flags,
    sqlite3_stmt **out, const char **tail)
{
	static char armed[STATEMENT_MAX];
	__typeof__(&armed_prepare) real =
	    dlsym(RTLD_NEXT, "sqlite3_prepare_v3");

	if (!shared || n >= 0 || !strstr(sql, NAME) ||
	    strlen(sql) > sizeof(armed) / 2)
		return real(conn, sql, n, flags, out, tail);
	arm(sql, armed, sizeof(armed));
	return real(conn, armed, n, flags, out, tail);
}
