/* approval.c - what one person asks for and another must approve.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/approval.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/role_made.h"
#include "identity/user.h"
#include "mail/mail.h"

#define LIST_MAX 200

static const struct kind {
	const char *name, *noun;
	enum perm perm; /* that the act needs */
} kinds[APPROVAL__MAX] = {
    [APPROVAL_REFUND] = {"order.refund", "orders", PERM_PAYMENTS_REFUND},
    [APPROVAL_PAYMENT] = {"payment.refund", "payments", PERM_PAYMENTS_REFUND},
    [APPROVAL_ROLE] = {"user.role", "users", PERM_USERS_WRITE},
    [APPROVAL_INVITE] = {"user.invite", "users", PERM_USERS_WRITE},
    [APPROVAL_ROLE_CHANGE] = {"role.change", "roles", PERM_USERS_WRITE},
    [APPROVAL_SETTINGS] = {"settings.change", "tenants", PERM_SETTINGS_WRITE},
    [APPROVAL_REMOVE] = {"website.remove", "websites", PERM_WEBSITES_WRITE},
};

/* ---- asking ---- */

/* The person behind the act; E_DENIED: there is none. */
static enum err
find_asker(struct tx *tx, struct id *out)
{
	const char *user = NULL;
	enum err e = OK;

	if (tx->actor->kind == ACTOR_USER) {
		*out = tx->actor->id;
		return OK;
	}
	if (tx->actor->kind == ACTOR_TOKEN)
		e = db_text(tx, &user,
		    "SELECT user_id FROM api_tokens "
		    "WHERE tenant_id = $1 AND id = $2 "
		    "AND belongs_to = 'person'",
		    DB_ID(&tx->tenant), DB_ID(&tx->actor->id));
	if (e != OK)
		return e;
	if (user == NULL) {
		problem_add(tx->problems, "", "forbidden",
		    "A second person must approve this, and a key that is "
		    "no person's own can't ask.");
		return E_DENIED;
	}
	*out = id_of(user);
	return OK;
}

static void
hash_wish(const struct approval_wish *w, const struct id *asker,
    char hash[static TOKEN_HASH_LEN])
{
	const char *part[] = {
	    kinds[w->action].name, w->id.s, asker->s, w->json};
	struct content_hasher h;

	content_hash_begin(&h);
	for (size_t i = 0; i < N_ELEMS(part); i++)
		content_hash_add(&h, part[i], strlen(part[i]) + 1);
	content_hash_end(&h, hash);
}

static enum err
note(struct tx *tx, const char *verb, const struct id *id, const char *action,
    const struct id *noun_id)
{
	const char *detail = audit_detail(tx->arena, "action", action, "id",
	    id_is_set(noun_id) ? noun_id->s : NULL);

	return detail ? audit(tx, verb, "approvals", id, detail) : E_BUSY;
}

static enum err
tell_staff(struct tx *tx, const struct id *id)
{
	const char *once =
	    arena_printf(tx->arena, "mail/" MAIL_STAFF_APPROVAL ":%s", id->s);

	if (once == NULL)
		return E_BUSY;
	return mail_add(tx, &(struct mail){
				.template = MAIL_STAFF_APPROVAL,
				.once = once,
				.ref_name = "approvalId",
				.ref = id,
			    });
}

/* Who makes the same wish at the same moment finds this row the next time. */
static enum err
insert(struct tx *tx, const struct approval_wish *w, const struct id *asker,
    const char *hash, struct id *out)
{
	struct id id = id_new(clock_now_ms());
	int64_t n = 0;
	enum err e = db_exec_n(tx, &n,
	    "INSERT INTO approvals (tenant_id, id, action, noun, noun_id, "
	    "title, wish, wish_hash, asked_by, asked_name, expires_at, "
	    "created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) "
	    "ON CONFLICT DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(kinds[w->action].name),
	    DB_TEXT(kinds[w->action].noun), DB_ID(&w->id), DB_TEXT(w->title),
	    DB_TEXT(w->json), DB_TEXT(hash), DB_ID(asker),
	    DB_TEXT(tx->actor->name), DB_INT(tx->now + APPROVAL_LIFE_S),
	    DB_INT(tx->now));

	if (e == OK && n == 0)
		return tx_fail(tx, E_RETRY);
	if (e == OK)
		e = note(
		    tx, "approval.ask", &id, kinds[w->action].name, &w->id);
	if (e == OK)
		e = tell_staff(tx, &id);
	if (e == OK)
		*out = id;
	return e;
}

struct open_wish {
	struct id id; /* unset: there is none */
	bool is_approved, is_over;
};

static enum err
find_open(struct tx *tx, const char *hash, struct open_wish *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT id, status, expires_at FROM approvals "
	    "WHERE tenant_id = $1 AND wish_hash = $2 "
	    "AND status IN ('waiting', 'approved') " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_TEXT(hash));

	if (e != OK)
		return e;
	*out = (struct open_wish){.is_over = false};
	while (rows_next(&r)) {
		out->id = row_id(&r, 0);
		out->is_approved = str_eq(row_text(&r, 1), "approved");
		out->is_over = row_int(&r, 2) <= tx->now;
	}
	return rows_done(&r);
}

static enum err
close_open(struct tx *tx, const struct id *id, const char *status)
{
	return db_must(tx,
	    "UPDATE approvals SET status = $3, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status IN ('waiting', 'approved')",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(status), DB_INT(tx->now));
}

static enum err
use_up(struct tx *tx, const struct approval_wish *w, const struct id *id)
{
	enum err e = close_open(tx, id, "used");

	return e == OK
		   ? note(tx, "approval.use", id, kinds[w->action].name, &w->id)
		   : e;
}

enum err
approval_need(struct tx *tx, const struct approval_wish *w, bool *granted_out,
    struct id *waiting_out)
{
	char hash[TOKEN_HASH_LEN];
	struct open_wish open;
	struct id asker;
	enum err e;

	*granted_out = tx->actor->kind == ACTOR_SYSTEM;
	if (*granted_out)
		return OK;
	e = find_asker(tx, &asker);
	if (e != OK)
		return e;
	hash_wish(w, &asker, hash);
	e = find_open(tx, hash, &open);
	if (e == OK && open.is_approved && !open.is_over) {
		*granted_out = true;
		return use_up(tx, w, &open.id);
	}
	if (e == OK && open.is_over) {
		e = close_open(tx, &open.id, "expired");
		open.id = (struct id){""};
	}
	if (e == OK && !id_is_set(&open.id))
		e = insert(tx, w, &asker, hash, &open.id);
	if (e == OK)
		*waiting_out = open.id;
	return e;
}

/* ---- reading ---- */

struct db_val
approval_allowed(const struct tx *tx, enum approval_action a)
{
	return DB_TEXT(
	    perm_has(&tx->actor->perms, kinds[a].perm) ? kinds[a].name : "");
}

static enum approval_action
action_of(const char *name)
{
	int a = 0;

	while (a < APPROVAL__MAX && !str_eq(kinds[a].name, name))
		a++;
	return (enum approval_action)a;
}

/* $2: now; $3 to $10: the acting person, and the names of what they may do. */
#define COLUMNS                                                                \
	"id, action, noun, noun_id, title, wish, "                             \
	"CASE WHEN status IN ('waiting', 'approved') AND expires_at <= $2 "    \
	"THEN 'expired' ELSE status END AS state, "                            \
	"asked_by, asked_name, decided_by, decided_name, decided_at, "         \
	"expires_at, created_at "
#define VISIBLE                                                                \
	"AND (asked_by = $3 OR action IN ($4, $5, $6, $7, $8, $9, $10)) "
#define VISIBLE_TO(tx)                                                         \
	DB_ID(&(tx)->actor->id), approval_allowed((tx), APPROVAL_REFUND),      \
	    approval_allowed((tx), APPROVAL_ROLE),                             \
	    approval_allowed((tx), APPROVAL_INVITE),                           \
	    approval_allowed((tx), APPROVAL_ROLE_CHANGE),                      \
	    approval_allowed((tx), APPROVAL_SETTINGS),                         \
	    approval_allowed((tx), APPROVAL_PAYMENT),                          \
	    approval_allowed((tx), APPROVAL_REMOVE)

static struct approval
read_row(const struct tx *tx, const struct rows *r)
{
	struct approval a = {
	    .id = row_id(r, 0),
	    .action = action_of(row_text(r, 1)),
	    .action_name = row_strdup(r, 1),
	    .noun = row_strdup(r, 2),
	    .noun_id = row_id(r, 3),
	    .title = row_strdup(r, 4),
	    .wish = row_strdup(r, 5),
	    .status = row_strdup(r, 6),
	    .asked_by = row_id(r, 7),
	    .asked_name = row_strdup(r, 8),
	    .decided_by = row_id(r, 9),
	    .decided_name = row_strdup(r, 10),
	    .decided_at = row_int(r, 11),
	    .expires_at = row_int(r, 12),
	    .created_at = row_int(r, 13),
	};
	bool waits = a.status && str_eq(a.status, "waiting");

	a.is_mine = str_eq(a.asked_by.s, tx->actor->id.s);
	a.may_approve = waits && !a.is_mine && a.action < APPROVAL__MAX &&
			perm_has(&tx->actor->perms, kinds[a.action].perm);
	a.may_refuse = waits && (a.is_mine || a.may_approve);
	return a;
}

enum err
approval_get(struct tx *tx, const struct id *id, struct approval *out)
{
	struct approval a;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT " COLUMNS "FROM approvals "
	    "WHERE tenant_id = $1 AND id = $11 " VISIBLE,
	    DB_ID(&tx->tenant), DB_INT(tx->now), VISIBLE_TO(tx), DB_ID(id));

	if (e != OK)
		return e;
	a = read_row(tx, &r);
	e = rows_done(&r);
	if (e == OK)
		*out = a;
	return e;
}

enum err
approvals_list(struct tx *tx, const struct approval **list_out, size_t *n_out)
{
	struct approval *list = arena_array(tx->arena, LIST_MAX, sizeof(*list));
	size_t n = 0;
	struct rows r;
	enum err e;

	if (list == NULL)
		return E_BUSY;
	e = db_query(tx, &r,
	    "SELECT " COLUMNS "FROM approvals "
	    "WHERE tenant_id = $1 " VISIBLE
	    "ORDER BY CASE WHEN status = 'waiting' AND expires_at > $2 "
	    "THEN 0 ELSE 1 END, id DESC LIMIT $11",
	    DB_ID(&tx->tenant), DB_INT(tx->now), VISIBLE_TO(tx),
	    DB_INT(LIST_MAX));
	if (e != OK)
		return e;
	while (n < LIST_MAX && rows_next(&r))
		list[n++] = read_row(tx, &r);
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = n;
	}
	return e;
}

/* ---- deciding ---- */

/* Nobody gives by another's hand what they could not give themselves. */
static enum err
check_role(struct tx *tx, const struct approval *a)
{
	json_t *o = json_own(tx->arena, a->wish);
	const char *role = json_string_value(json_object_get(o, "role"));
	struct user u = {.role = NULL};
	enum err e = E_INPUT;

	if (role && a->action == APPROVAL_ROLE)
		e = user_check_role(tx, &a->noun_id, role, &u, &role);
	else if (role)
		e = user_check_gives(tx, role);
	json_decref(o);
	return e;
}

static enum err
refuse_stale(struct tx *tx)
{
	problem_add(tx->problems, "", "conflict",
	    "The role was changed or removed meanwhile: this has to be asked "
	    "for again.");
	return E_CONFLICT;
}

/* As if the acting person made the change. */
static enum err
check_widening(struct tx *tx, const struct approval *a)
{
	json_t *o = json_own(tx->arena, a->wish);
	const json_t *list = json_object_get(o, "permissions");
	int64_t version = json_integer_value(json_object_get(o, "version"));
	struct perm_set perms = {{0}};
	struct role_wish wish = {.perms = &perms, .needs_factor = -1};
	struct role_made was, now;
	enum perm p;
	enum err e = o ? OK : E_BUSY;

	for (size_t i = 0; i < json_array_size(list); i++)
		if (perm_find(json_string_value(json_array_get(list, i)), &p))
			perm_add(&perms, p);
	json_decref(o);
	if (e == OK)
		e = role_made_check(tx, &a->noun_id, &wish, &was, &now);
	if (e == E_NOTFOUND || (e == OK && was.version != version))
		return refuse_stale(tx);
	return e;
}

static enum err
check_act(struct tx *tx, const struct approval *a)
{
	if (a->action == APPROVAL_REFUND || a->action == APPROVAL_PAYMENT ||
	    a->action == APPROVAL_SETTINGS || a->action == APPROVAL_REMOVE)
		return OK;
	return a->action == APPROVAL_ROLE_CHANGE ? check_widening(tx, a)
						 : check_role(tx, a);
}

static enum err
refuse_own(struct tx *tx)
{
	problem_add(tx->problems, "", "forbidden",
	    "You have asked for this yourself: somebody else decides.");
	return E_DENIED;
}

static enum err
check_decision(struct tx *tx, const struct approval *a, bool is_approved)
{
	if (tx->actor->kind != ACTOR_USER || id_is_set(&tx->actor->behind))
		return E_DENIED;
	if (!str_eq(a->status, "waiting")) {
		problem_add_words(tx->problems, "", "conflict",
		    "This does not wait any more, it is %s.", a->status);
		return E_CONFLICT;
	}
	if (!is_approved)
		return a->may_refuse ? OK : E_DENIED;
	if (a->is_mine)
		return refuse_own(tx);
	if (!a->may_approve)
		return E_DENIED;
	return check_act(tx, a);
}

enum err
approval_decide(struct tx *tx, const struct id *id, bool is_approved)
{
	struct approval a = {.status = ""};
	enum err e = approval_get(tx, id, &a);

	if (e == OK && a.status == NULL)
		e = E_BUSY;
	if (e == OK)
		e = check_decision(tx, &a, is_approved);
	if (e == OK)
		e = db_must(tx,
		    "UPDATE approvals SET status = $3, decided_by = $4, "
		    "decided_name = $5, decided_at = $6, expires_at = $7, "
		    "updated_at = $6 "
		    "WHERE tenant_id = $1 AND id = $2 AND status = 'waiting'",
		    DB_ID(&tx->tenant), DB_ID(id),
		    DB_TEXT(is_approved ? "approved" : "refused"),
		    DB_ID(&tx->actor->id), DB_TEXT(tx->actor->name),
		    DB_INT(tx->now), DB_INT(tx->now + APPROVAL_LIFE_S));
	if (e != OK)
		return e;
	return note(tx, is_approved ? "approval.approve" : "approval.refuse",
	    id, a.action_name, &a.noun_id);
}
