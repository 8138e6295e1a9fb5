/* settings.c - who changes a company's settings keeps nobody else waiting.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "tenancy/tenant_settings.h"

#include "base/fact.h"
#include "tap.h"
#include "tenancy/tenant.h"
#include "testdb.h"

const struct fact_hearer fact_hearers[] = {{.hear = NULL}};
noun_auditor *const noun_note = NULL;
noun_witness *const noun_changed_by = NULL;

/* With a connection of its own, which does not wait long. */
static enum err
elsewhere(struct testdb *t, const struct id *id, enum err (*act)(struct tx *))
{
	struct db *own = t->db;
	struct tx tx;
	enum err e;

	t->db = testdb_open(t->url);
	if (db_script(t->db, "SET lock_timeout = '300ms'") != OK)
		bail("lock_timeout");
	testdb_begin(t, &tx, TX_WRITE, id);
	e = act(&tx);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	db_close(&t->db);
	t->db = own;
	return e;
}

static enum err
refer(struct tx *tx)
{
	return tenant_add_host(tx, "new.acme.test");
}

static enum err
hold(struct tx *tx)
{
	struct tenant_settings *s =
	    ARENA_NEW(tx->arena, struct tenant_settings);

	return s ? tenant_settings_hold(s, tx) : E_BUSY;
}

static void
test_held(struct testdb *t)
{
	struct id id = testdb_tenant(t, "acme");
	struct tx tx;

	if (t->engine == DB_SQLITE)
		return; /* there is one writer */
	testdb_begin(t, &tx, TX_WRITE, &id);
	is_int(hold(&tx), OK, "the settings are held");
	is_int(elsewhere(t, &id, refer), OK,
	    "rows of the company are made meanwhile");
	is_int(elsewhere(t, &id, hold), E_BUSY,
	    "but who wants to change them too waits");
	tx_rollback(&tx);
}

int
main(void)
{
	testdb_each(test_held);
	return tap_done();
}
