/* platform.c - what the platform's people do to companies.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/platform.h"

#include "base/clock.h"
#include "base/text.h"
#include "identity/account.h"
#include "identity/audit.h"
#include "identity/role.h"

/* ---- both logs ---- */

/* tx belongs to the company; afterwards it is `home`'s.  detail: NULL for
 * none. */
static enum err
note(struct tx *tx, const struct id *home, const char *action,
    const char *detail)
{
	struct id company = tx->tenant;
	enum err e = audit(tx, action, "tenants", &company, detail);

	tx_set_tenant(tx, home);
	if (e != OK || str_eq(home->s, company.s))
		return e;
	return audit(tx, action, "tenants", &company, detail);
}

/* Go on as the company, if there is such a one. */
static enum err
enter(struct tx *tx, const struct id *id)
{
	struct tenant t;
	enum err e = tenant_get(tx, id, &t);

	if (e == OK)
		tx_set_tenant(tx, id);
	return e;
}

/* ---- making ---- */

/* Problems of the owner are told from those of the company. */
static void
name_problems(struct tx *tx, size_t from)
{
	static const char *const names[][2] = {{"email", "ownerEmail"},
	    {"firstName", "ownerFirstName"}, {"lastName", "ownerLastName"}};

	for (size_t i = from; i < problems_kept(tx->problems); i++)
		for (size_t k = 0; k < N_ELEMS(names); k++)
			if (str_eq(tx->problems->item[i].field, names[k][0]))
				tx->problems->item[i].field = names[k][1];
}

static struct user_new
first_person(const struct platform_owner *owner)
{
	return (struct user_new){
	    .email = owner->email,
	    .first_name = owner->first_name,
	    .last_name = owner->last_name,
	    .role = "super_admin",
	};
}

/* Nobody is above the first person of a company: who may make it gives rights
 * there that need not be one's own here. */
static enum err
invite_owner(struct tx *tx, const struct platform_owner *owner)
{
	const struct actor *actor = tx->actor;
	const struct user_new n = first_person(owner);
	struct actor maker = *actor;
	struct id id;
	enum err e;

	maker.perms = role_builtin(n.role)->perms;
	tx->actor = &maker;
	e = account_invite(tx, &n, &id);
	tx->actor = actor;
	return e;
}

/* All that is wrong, before anything is written. */
static enum err
check(struct tx *tx, const struct tenant_new *n,
    const struct platform_owner *owner)
{
	const struct user_new person = first_person(owner);
	size_t before = problems_kept(tx->problems);
	struct tenant_new named = *n;
	enum err e;

	user_check(tx->problems, &person);
	name_problems(tx, before);
	if (!n->host || n->host[0] == '\0') {
		problem_add(tx->problems, "host", "required",
		    "Its people come in by a host name of its own.");
		named.host = NULL;
	}
	e = tenant_check_new(tx, &named);
	return e == OK && problems_kept(tx->problems) > before ? E_INPUT : e;
}

static enum err
make(struct tx *tx, const struct id *home, const struct tenant_new *n,
    const struct platform_owner *owner)
{
	enum err e = tenant_add(tx, n);

	if (e == OK)
		e = invite_owner(tx, owner);
	if (e == OK)
		e = note(tx, home, "tenant.add",
		    audit_detail(tx->arena, "owner", owner->email));
	/* somebody else has taken it since the check, which says so anew */
	return e == E_CONFLICT ? E_RETRY : e;
}

enum err
platform_add(struct tx *tx, const struct tenant_new *n,
    const struct platform_owner *owner, struct id *out)
{
	struct id home = tx->tenant, id = id_new(clock_now_ms());
	enum err e = check(tx, n, owner);

	if (e != OK)
		return e;
	tx_set_tenant(tx, &id);
	e = make(tx, &home, n, owner);
	tx_set_tenant(tx, &home);
	if (e == OK)
		*out = id;
	return e;
}

/* ---- changing ---- */

static enum err
change_state(struct tx *tx, const struct id *home, int active)
{
	struct id company = tx->tenant;
	enum err e = tenant_set_active(tx, &company, active == 1);

	if (e == OK)
		e = note(tx, home,
		    active == 1 ? "tenant.resume" : "tenant.suspend", NULL);
	tx_set_tenant(tx, &company);
	return e;
}

static enum err
change_texts(
    struct tx *tx, const struct id *home, const struct tenant_change *c)
{
	struct id company = tx->tenant;
	enum err e = tenant_change(tx, c);

	if (e == OK)
		e = note(tx, home, "tenant.update", NULL);
	tx_set_tenant(tx, &company);
	return e;
}

enum err
platform_change(
    struct tx *tx, const struct id *id, const struct platform_change *c)
{
	struct id home = tx->tenant;
	enum err e = enter(tx, id);

	if (e == OK && c->changes_tenant)
		e = change_texts(tx, &home, &c->tenant);
	if (e == OK && c->active >= 0)
		e = change_state(tx, &home, c->active);
	tx_set_tenant(tx, &home);
	return e;
}

/* ---- hosts ---- */

enum err
platform_add_host(struct tx *tx, const struct id *id, const char *host)
{
	struct id home = tx->tenant;
	enum err e = enter(tx, id);

	if (e == OK)
		e = tenant_add_host(tx, host);
	if (e == OK)
		e = note(tx, &home, "tenant.host",
		    audit_detail(tx->arena, "host", host));
	tx_set_tenant(tx, &home);
	return e;
}

enum err
platform_drop_host(
    struct tx *tx, const struct id *id, const char *host, const char *here)
{
	struct id home = tx->tenant;
	enum err e = enter(tx, id);

	if (e == OK && str_eq(host, here) && str_eq(home.s, id->s)) {
		problem_add(tx->problems, "host", "not_allowed",
		    "You came by this host name. Come by another one first.");
		e = E_CONFLICT;
	}
	if (e == OK)
		e = tenant_drop_host(tx, host);
	if (e == OK)
		e = note(tx, &home, "tenant.host_drop",
		    audit_detail(tx->arena, "host", host));
	tx_set_tenant(tx, &home);
	return e;
}

enum err
platform_hosts(struct tx *tx, const struct id *id, const char *const **list_out,
    size_t *n_out)
{
	struct id home = tx->tenant;
	enum err e = enter(tx, id);

	if (e == OK)
		e = tenant_hosts(tx, list_out, n_out);
	tx_set_tenant(tx, &home);
	return e;
}
