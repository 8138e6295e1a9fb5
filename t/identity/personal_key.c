/* personal_key.c - keys that are made while passwords change are marked, too.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/personal_key.h"

#include "base/text.h"
#include "identity/api_token.h"
#include "identity/role.h"
#include "people.h"

#define RACERS 4
#define ROUNDS 20
#define KEYS   5 /* made by each racer but one */

struct race {
	struct id tenant;
	struct user person;
	struct actor actor;
	bool changes; /* the password; otherwise a key is made */
};

static enum err
race_step(struct tx *tx, void *arg)
{
	const struct race *r = arg;
	struct api_token_new n = {.name = "mine", .is_personal = true};
	char token[TOKEN_MAX];
	struct id id;

	perm_add(&n.scopes, PERM_ORDERS_READ);
	return r->changes ? user_set_password(tx, &r->person.id, "hash")
			  : api_token_add(tx, &n, &id, token);
}

static int
racer(struct db *db, int i, void *arg)
{
	struct race *race = arg;
	struct arena *a = arena_new(1 << 20);
	struct problems problems;
	struct tx tx;
	enum err e = OK;

	problems_init(&problems, a);
	tx_init(&tx, a, &problems, &race->actor, race->tenant.s);
	race->changes = i == 0;
	for (int n = 0; e == OK && n < (race->changes ? 1 : KEYS); n++)
		do
			e = tx_run(db, TX_WRITE, &tx, race_step, race);
		while (e == E_BUSY);
	arena_free(&a);
	return e == OK ? 0 : 1;
}

static int64_t
keys_where(struct testdb *t, const struct race *race, const char *what)
{
	int64_t n = -1;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, &race->tenant);
	if (db_int_(&tx, -1, &n,
		arena_printf(t->arena,
		    "SELECT count(*) FROM api_tokens k "
		    "JOIN users u ON u.tenant_id = k.tenant_id "
		    "AND u.id = k.user_id WHERE %s",
		    what),
		NULL, 0) != OK)
		bail("%s", what);
	tx_rollback(&tx);
	return n;
}

/* One changes the password once, so that no later change makes it good. */
static void
test_race(struct testdb *t)
{
	struct race race = {.tenant = testdb_tenant(t, "acme")};
	int failed = 0;

	for (int i = 0; i < ROUNDS; i++) {
		const char *email =
		    arena_printf(t->arena, "p%d@example.com", i);

		race.person = person(t, &race.tenant, email, "admin", NULL);
		race.actor = (struct actor){.kind = ACTOR_USER,
		    .tenant = race.tenant,
		    .id = race.person.id,
		    .perms = role_builtin("admin")->perms};
		failed += testdb_fork(t, RACERS, racer, &race);
	}
	is_int(failed, 0, "three make keys while one changes the password");
	is_int(keys_where(t, &race, "1 = 1"), ROUNDS * (RACERS - 1) * KEYS,
	    "every key was made");
	is_int(
	    keys_where(t, &race, "k.revoked_at IS NULL AND k.epoch <> u.epoch"),
	    0, "none of an older password is said to be good");
	is_int(keys_where(
		   t, &race, "k.ended_by IS NOT NULL AND k.epoch = u.epoch"),
	    0, "and none of the new one to have ended");
}

int
main(void)
{
	testdb_each(test_race);
	return tap_done();
}
