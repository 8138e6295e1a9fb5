/* account_change_api.c - new passwords: checked and hashed outside of any
 * transaction, set in one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "identity/account_change_api.h"

#include <stdio.h>

#include "identity/account.h"
#include "identity/account_link.h"
#include "identity/login_api.h"
#include "identity/password.h"

/* ---- what may be chosen ---- */

static enum err
check_and_hash(struct request *rq, const struct user *u, const char *password,
    const char *field, char hash[static 128])
{
	const struct password_context about = {
	    .email = u->email, .name = u->name, .company = rq->tenant_name};

	if (!password_acceptable(&rq->problems, field, password, &about))
		return E_INPUT;
	return password_hash(password, hash);
}

/* ---- by a link ---- */

struct choice {
	const char *token, *hash;
	struct session_from from;
	struct user user;
};

static enum err
find_link(struct tx *tx, void *arg)
{
	struct choice *c = arg;

	return account_link_find(tx, LINK_PASSWORD, c->token, &c->user);
}

static enum err
take_link(struct tx *tx, void *arg)
{
	struct choice *c = arg;

	return account_choose_password(
	    tx, c->token, c->hash, &c->from, &c->user);
}

enum err
account_choose(struct request *rq, const char *token, const char *password,
    const char *field, struct user *out)
{
	char hash[128];
	struct choice c = {
	    .token = token, .hash = hash, .from = login_from(rq)};
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	e = tx_run(rq->db, TX_READ, &tx, find_link, &c);
	if (e == OK)
		e = check_and_hash(rq, &c.user, password, field, hash);
	if (e != OK)
		return e;
	/* Whoever has the link acts. */
	rq->actor.kind = ACTOR_USER;
	rq->actor.id = c.user.id;
	snprintf(rq->actor.name, sizeof(rq->actor.name), "%s", c.user.email);
	request_tx(rq, &tx);
	e = tx_run(rq->db, TX_WRITE, &tx, take_link, &c);
	if (e == OK)
		*out = c.user;
	return e;
}

/* ---- by the old one ---- */

static enum err
set(struct request *rq, const struct user *u, const char *hash,
    struct login_next *next_out)
{
	struct session_from from = login_from(rq);
	struct user now;
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	e = tx_begin(rq->db, TX_WRITE, &tx);
	if (e == OK)
		e = account_change_password(&tx, u, hash, &from, &now);
	if (e == OK)
		e = login_go_on(rq, &tx, now.has_factor, next_out);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

enum err
account_change(struct request *rq, const struct password_change *c,
    struct login_next *next_out)
{
	struct user u;
	char hash[128];
	enum err e = login_confirm(rq, c->old_password, &u);

	if (e == E_DENIED) {
		problem_add(&rq->problems, c->old_field, "not_allowed",
		    "This is not your password.");
		return E_INPUT;
	}
	if (e == OK)
		e = check_and_hash(rq, &u, c->new_password, c->new_field, hash);
	return e == OK ? set(rq, &u, hash, next_out) : e;
}
