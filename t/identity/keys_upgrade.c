/* keys_upgrade.c - keys of before 0015 are of the person who made them, or of
 * the company.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdio.h>

#include "../fault/steps.h"
#include "base/text.h"
#include "identity/api_token.h"
#include "people.h"
#include "store/migrate.h"
#include "store/schema_version.h"

#define BEFORE 14 /* the last step that knows one sort of key only */

static struct id acme, ada, gone;

static void
migrate(struct testdb *t, int version)
{
	struct db *owner = testdb_open(t->owner_url);
	char dir[512];
	int applied;

	snprintf(dir, sizeof(dir), "%s/steps-%d", t->dir, version);
	steps_make(dir, version);
	if (migrate_to(owner, dir, "mpanel_app", version, &applied) != OK)
		bail("no schema %d", version);
	steps_remove(dir);
	db_close(&owner);
}

static void
must(enum err e)
{
	if (e != OK)
		bail("a row of before: %d", e);
}

static void
put_person(struct testdb *t)
{
	struct tx tx;

	acme = id_new(clock_now_ms());
	ada = id_new(clock_now_ms());
	gone = id_new(clock_now_ms());
	testdb_begin(t, &tx, TX_WRITE, &acme);
	must(db_exec(&tx,
	    "INSERT INTO tenants (id, slug, name, created_at, updated_at) "
	    "VALUES ($1, 'acme', 'Acme', 1, 1)",
	    DB_ID(&acme)));
	must(db_exec(&tx,
	    "INSERT INTO users (tenant_id, id, email, role, epoch, "
	    "created_at, updated_at) "
	    "VALUES ($1, $2, 'ada@example.com', 'admin', 7, 1, 1)",
	    DB_ID(&acme), DB_ID(&ada)));
	must(tx_commit(&tx));
}

/* A key for orders and money, as it was written then. */
static void
put_key(struct testdb *t, const char *token, struct db_val maker)
{
	struct id id = id_new(clock_now_ms());
	char hash[TOKEN_HASH_LEN];
	struct tx tx;

	token_hash(token, hash);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	must(db_exec(&tx,
	    "INSERT INTO api_tokens (token_hash, id, tenant_id, name, prefix, "
	    "scopes, user_id, created_at, updated_at) "
	    "VALUES ($1, $2, $3, 'old', 'mpk_', "
	    "'orders:read,orders:intake', $4, 1, 1)",
	    DB_TEXT(hash), DB_ID(&id), DB_ID(&acme), maker));
	must(tx_commit(&tx));
}

static enum err
look(struct testdb *t, const char *token, struct actor *actor)
{
	int64_t used;
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_READ, NULL);
	e = api_token_actor(&tx, token, "192.0.2.7", actor, &used);
	tx_rollback(&tx);
	return e;
}

static void
test_upgrade(struct testdb *t)
{
	struct actor actor;
	struct tx tx;

	migrate(t, BEFORE);
	put_person(t);
	put_key(t, "mpk_of-ada", DB_ID(&ada));
	put_key(t, "mpk_of-nobody", DB_NULL());
	put_key(t, "mpk_of-who-is-gone", DB_ID(&gone));
	migrate(t, DB_SCHEMA_VERSION);

	is_int(look(t, "mpk_of-ada", &actor), OK, "a person's key is good");
	ok(perm_has(&actor.perms, PERM_ORDERS_READ) &&
		!perm_has(&actor.perms, PERM_ORDERS_INTAKE),
	    "for what the person may");
	is_int(look(t, "mpk_of-nobody", &actor), OK, "one that stood alone");
	ok(perm_has(&actor.perms, PERM_ORDERS_INTAKE), "still does");
	is_int(look(t, "mpk_of-who-is-gone", &actor), E_NOTFOUND,
	    "one of a person that there is not stays dead");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_password(&tx, &ada, "hash"), OK, "another password");
	is_int(tx_commit(&tx), OK, "committed");
	is_int(look(t, "mpk_of-ada", &actor), E_NOTFOUND,
	    "ends the person's key, as one that is made today");
	is_int(look(t, "mpk_of-nobody", &actor), OK, "and not the company's");
}

int
main(void)
{
	testdb_each_empty(test_upgrade);
	return tap_done();
}
