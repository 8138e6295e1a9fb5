/* people.c - who else looks after an account, said by who looks after all of
 * it. SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "portal/people.h"

#include "base/text.h"
#include "identity/user.h"

enum err
portal_person_add(struct tx *tx, const struct id *customer, const char *email,
    const char *name, const struct customer_rights *rights)
{
	struct user u;
	struct id id;
	enum err e = user_find(tx, email, &u);

	if (e == OK && str_eq(u.id.s, tx->actor->id.s)) {
		problem_add(tx->problems, "email", "conflict",
		    "Your own rights are changed by somebody else.");
		return E_CONFLICT;
	}
	if (e == OK && !str_eq(u.role, "customer")) {
		problem_add(tx->problems, "email", "conflict",
		    "This address can't be added. Use another one.");
		return E_CONFLICT;
	}
	if (e != OK && e != E_NOTFOUND)
		return e;
	return customer_people_add(tx, customer, email, name, rights, &id);
}

enum err
portal_person_remove(
    struct tx *tx, const struct id *customer, const struct id *user)
{
	if (str_eq(user->s, tx->actor->id.s)) {
		problem_add(tx->problems, "", "conflict",
		    "You can't take yourself away: somebody has to look after "
		    "the account.");
		return E_CONFLICT;
	}
	return customer_people_remove(tx, customer, user);
}
