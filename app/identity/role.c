/* role.c - sets of permissions with a name.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/role.h"

#include <string.h>

#include "base/text.h"

#define P(name)	   (UINT64_C(1) << PERM_##name)
#define PLATFORM   P(PLATFORM_TENANTS)
#define EVERYTHING ((UINT64_C(1) << PERM__MAX) - (UINT64_C(1) << 1))
/* What only programs and customers do. */
#define NOT_STAFF (P(ORDERS_INTAKE) | P(TASKS_WORK) | P(PORTAL_USE))
#define READING                                                                \
	(P(DASHBOARD_READ) | P(ORDERS_READ) | P(CUSTOMERS_READ) |              \
	    P(SUBSCRIPTIONS_READ) | P(INVOICES_READ) | P(PAYMENTS_READ) |      \
	    P(PRODUCTS_READ) | P(TASKS_READ) | P(SERVERS_READ) |               \
	    P(WEBSITES_READ) | P(DOMAINS_READ) | P(TICKETS_READ) |             \
	    P(KB_READ) | P(STATUS_READ))

/* clang-format off */
const struct role builtin_roles[] = {
	{ "super_admin", "Owner", "Everything within the company.",
	  {{ EVERYTHING }} },
	{ "admin", "Administrator", "Everything that staff do.",
	  {{ EVERYTHING & ~NOT_STAFF }} },
	{ "editor", "Editor", "Customers, orders, products and services; no money, no staff.",
	  {{ READING | P(ORDERS_WRITE) | P(CUSTOMERS_WRITE) | P(SUBSCRIPTIONS_WRITE)
	     | P(PRODUCTS_WRITE) | P(TASKS_WRITE) | P(WEBSITES_WRITE) | P(DOMAINS_WRITE)
	     | P(TICKETS_WRITE) | P(KB_WRITE) | P(STATUS_WRITE) }} },
	{ "support", "Support", "Sees what customers have, answers them and puts failed work right.",
	  {{ READING | P(TASKS_WRITE) | P(WEBSITES_WRITE) | P(TICKETS_WRITE) | P(KB_WRITE) | P(STATUS_WRITE) }} },
	{ "customer", "Customer", "The client portal.",
	  {{ P(PORTAL_USE) }} },
	{ NULL, NULL, NULL, {{ 0 }} },
};

static const struct alias {
	const char *other, *name;
} aliases[] = {
	{ "owner", "super_admin" },
	{ "client", "customer" },
};
/* clang-format on */

_Static_assert(PERM__UNSET == 0, "EVERYTHING leaves out the first bit");
_Static_assert(PERM__MAX < 64, "EVERYTHING shifts by PERM__MAX");

const struct role *
role_builtin(const char *name)
{
	for (size_t i = 0; i < N_ELEMS(aliases); i++)
		if (str_eq(aliases[i].other, name))
			name = aliases[i].name;
	for (const struct role *r = builtin_roles; r->name; r++)
		if (str_eq(r->name, name))
			return r;
	return NULL;
}

void
perms_drop_platform(struct perm_set *s)
{
	s->bits[0] &= ~PLATFORM;
}

bool
perms_within(const struct perm_set *part, const struct perm_set *whole)
{
	return (part->bits[0] & ~whole->bits[0]) == 0;
}

/* A permission that a later version took away is not there any more. */
static void
add_known(struct perm_set *s, const char *name, size_t n, bool *known_out)
{
	char word[64];
	enum perm p;

	*known_out = false;
	if (n >= sizeof(word))
		return;
	memcpy(word, name, n);
	word[n] = '\0';
	if (perm_find(word, &p)) {
		perm_add(s, p);
		*known_out = true;
	}
}

void
perms_known(const char *list, struct perm_set *out)
{
	struct perm_set s = {{0}};

	while (*(list += strspn(list, ", ")) != '\0') {
		size_t n = strcspn(list, ", ");
		bool known;

		add_known(&s, list, n, &known);
		list += n;
	}
	*out = s;
}

/* The made role of that name.  The list was checked when it was written. */
static enum err
made_role(struct tx *tx, const char *name, struct perm_set *out)
{
	const char *list;
	enum err e = db_text(tx, &list,
	    "SELECT permissions FROM roles "
	    "WHERE tenant_id = $1 AND name = $2",
	    DB_ID(&tx->tenant), DB_TEXT(name));

	if (e != OK)
		return e;
	if (list == NULL)
		return E_NOTFOUND;
	perms_known(list, out);
	return OK;
}

enum err
role_hold(struct tx *tx, const char *name)
{
	const char *ignored;

	if (role_builtin(name) != NULL)
		return OK;
	return db_text(tx, &ignored,
	    "SELECT id FROM roles "
	    "WHERE tenant_id = $1 AND name = $2 " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_TEXT(name));
}

enum err
role_perms(
    struct tx *tx, const char *name, bool is_platform, struct perm_set *out)
{
	const struct role *r = role_builtin(name);
	struct perm_set s;

	if (r != NULL) {
		s = r->perms;
	} else {
		enum err e = made_role(tx, name, &s);

		if (e != OK)
			return e;
	}
	if (!is_platform)
		perms_drop_platform(&s);
	*out = s;
	return OK;
}

/* A company's own list is kept as JSON. */
#define BETWEEN_ROLES ", []\""

/* Names that mean the same (owner, super_admin) are the same in the list. */
static bool
list_has(const char *list, const struct role *role)
{
	while (*(list += strspn(list, BETWEEN_ROLES)) != '\0') {
		size_t n = strcspn(list, BETWEEN_ROLES);
		char word[32];

		if (n < sizeof(word)) {
			memcpy(word, list, n);
			word[n] = '\0';
			if (role_builtin(word) == role)
				return true;
		}
		list += n;
	}
	return false;
}

enum err
role_needs_factor(struct tx *tx, const char *name, const char *list, bool *out)
{
	const struct role *r = role_builtin(name);
	int64_t needs = 0;
	enum err e = OK;

	if (r != NULL)
		needs = list && list_has(list, r);
	else
		e = db_int(tx, 0, &needs,
		    "SELECT needs_factor FROM roles "
		    "WHERE tenant_id = $1 AND name = $2",
		    DB_ID(&tx->tenant), DB_TEXT(name));
	if (e == OK)
		*out = needs != 0;
	return e;
}

enum err
perms_parse(struct problems *p, const char *field, const char *list,
    struct perm_set *out)
{
	struct perm_set s = {{0}};
	size_t before = p->n;

	while (*(list += strspn(list, ", ")) != '\0') {
		size_t n = strcspn(list, ", ");
		bool known;

		add_known(&s, list, n, &known);
		if (!known)
			problem_add(p, field, "not_in_list",
			    "There is no permission %.*s.",
			    n > 64 ? 64 : (int)n, list);
		list += n;
	}
	if (p->n == before && s.bits[0] == 0)
		problem_add(
		    p, field, "required", "Name at least one permission.");
	if (p->n != before)
		return E_INPUT;
	*out = s;
	return OK;
}

char *
perms_print(struct arena *a, const struct perm_set *s)
{
	size_t size = 1, at = 0;
	char *list;

	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++)
		if (perm_has(s, (enum perm)p))
			size += strlen(perm_name((enum perm)p)) + 1;
	list = arena_alloc(a, size);
	for (int p = PERM__UNSET + 1; list && p < PERM__MAX; p++) {
		const char *name = perm_name((enum perm)p);
		size_t n = strlen(name);

		if (!perm_has(s, (enum perm)p))
			continue;
		if (at > 0)
			list[at++] = ',';
		memcpy(list + at, name, n);
		at += n;
	}
	return list;
}
