/* people.h - a tenant with people, for the tests of identity/.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_PEOPLE_H
#define MPANEL_T_PEOPLE_H

#include "base/clock.h"
#include "base/secret.h"
#include "identity/user.h"
#include "tap.h"
#include "testdb.h"

#define PASSWORD "correct horse battery"

/* A user of the tenant; password NULL: none. */
static struct user __attribute__((unused))
person(struct testdb *t, const struct id *tenant, const char *email,
    const char *role, const char *password)
{
	char hash[128];
	struct user_new n = {.email = email, .role = role};
	struct user u;
	struct tx tx;

	if (password && password_hash(password, hash) != OK)
		bail("password_hash");
	n.password_hash = password ? hash : NULL;
	testdb_begin(t, &tx, TX_WRITE, tenant);
	if (user_add(&tx, &n, &u) != OK || tx_commit(&tx) != OK)
		bail("user_add %s", email);
	return u;
}

static int64_t __attribute__((unused))
count(struct testdb *t, const struct id *tenant, const char *action)
{
	int64_t n = -1;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_int(&tx, 0, &n,
		"SELECT count(*) FROM audit_logs "
		"WHERE tenant_id = $1 AND action = $2",
		DB_ID(tenant), DB_TEXT(action)) != OK)
		bail("count");
	tx_rollback(&tx);
	return n;
}

#endif
