/* address_rule.c - from where the people of a company may come.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/address_rule.h"

#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/user.h"

#define RULES_MAX  500
#define RANGE_MAX  64
#define NOTE_CHARS 200

/* ---- looking ---- */

/* What the rules of one owner say so far. */
struct verdict {
	bool is_denied, has_allowed, is_allowed;
};

static void
judge(struct verdict *v, const char *effect, const char *range,
    const char *client)
{
	struct ranges r;
	bool fits = ranges_parse(range, &r) == OK && ranges_have(&r, client);

	if (str_eq(effect, "deny")) {
		v->is_denied |= fits;
	} else {
		v->has_allowed = true;
		v->is_allowed |= fits;
	}
}

static bool
passes(const struct verdict *v)
{
	return !v->is_denied && (!v->has_allowed || v->is_allowed);
}

enum err
address_rules_check(struct tx *tx, const struct id *user, const char *client)
{
	struct verdict company = {false}, own = {false};
	struct rows r;
	bool any = false;
	enum err e = db_query(tx, &r,
	    "SELECT effect, range, CASE WHEN user_id IS NULL THEN 1 ELSE 0 END "
	    "FROM address_rules "
	    "WHERE tenant_id = $1 AND (user_id IS NULL OR user_id = $2)",
	    DB_ID(&tx->tenant), DB_ID(user));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		any = true;
		judge(row_int(&r, 2) ? &company : &own, row_text(&r, 0),
		    row_text(&r, 1), client);
	}
	e = rows_done(&r);
	if (e != OK || !any)
		return e;
	return address_is_valid(client) && passes(&company) && passes(&own)
		   ? OK
		   : E_DENIED;
}

/* ---- changing ---- */

static enum err
check_new(struct tx *tx, const struct address_rule_new *n)
{
	size_t before = tx->problems->n;
	struct ranges r;

	if (strlen(n->range) > RANGE_MAX || ranges_parse(n->range, &r) != OK ||
	    r.n != 1)
		problem_add(tx->problems, "range", "bad_format",
		    "This is an address or a range like 192.0.2.0/24.");
	if (n->note && utf8_len(n->note) > NOTE_CHARS)
		problem_add(tx->problems, "note", "too_long",
		    "A note has at most %d characters.", NOTE_CHARS);
	return tx->problems->n == before ? OK : E_INPUT;
}

static enum err
count(struct tx *tx)
{
	int64_t n;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM address_rules WHERE tenant_id = $1",
	    DB_ID(&tx->tenant));

	if (e != OK || n < RULES_MAX)
		return e;
	problem_add(tx->problems, "", "too_large",
	    "There are %d rules already.", RULES_MAX);
	return E_INPUT;
}

/* Nobody saws off the branch they sit on. */
static enum err
keep_self_in(struct tx *tx, const char *client)
{
	enum err e;

	if (tx->actor->kind != ACTOR_USER)
		return OK;
	e = address_rules_check(tx, &tx->actor->id, client);
	if (e != E_DENIED)
		return e;
	problem_add(tx->problems, "range", "conflict",
	    "This would shut you out yourself: you are at %s.", client);
	return E_CONFLICT;
}

static enum err
note_change(struct tx *tx, const char *action, const struct id *id,
    const char *effect, const char *range)
{
	const char *detail =
	    audit_detail(tx->arena, "effect", effect, "range", range);

	return detail ? audit(tx, action, "address_rules", id, detail) : E_BUSY;
}

static enum err
insert(struct tx *tx, const struct address_rule_new *n, struct id *id)
{
	const char *effect = n->is_deny ? "deny" : "allow";
	enum err e;

	*id = id_new(clock_now_ms());
	e = db_exec(tx,
	    "INSERT INTO address_rules (tenant_id, id, user_id, effect, range, "
	    "note, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
	    DB_ID(&tx->tenant), DB_ID(id), DB_ID(&n->user), DB_TEXT(effect),
	    DB_TEXT(n->range), DB_TEXT(n->note ? n->note : ""),
	    DB_INT(tx->now));
	return e == OK ? note_change(tx, "address.add", id, effect, n->range)
		       : e;
}

enum err
address_rule_add(struct tx *tx, const struct address_rule_new *n,
    const char *client, struct id *out)
{
	struct user u = {.role = NULL};
	struct id id;
	enum err e = check_new(tx, n);

	if (e == OK)
		e = count(tx);
	if (e == OK && id_is_set(&n->user))
		e = user_check_above(tx, &n->user, &u);
	if (e == OK)
		e = insert(tx, n, &id);
	if (e == OK)
		e = keep_self_in(tx, client);
	if (e == OK)
		*out = id;
	return e;
}

enum err
address_rule_remove(struct tx *tx, const struct id *id, const char *client)
{
	const char *effect, *range;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "DELETE FROM address_rules WHERE tenant_id = $1 AND id = $2 "
	    "RETURNING effect, range",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	effect = row_strdup(&r, 0);
	range = row_strdup(&r, 1);
	e = rows_done(&r);
	if (e == OK)
		e = effect && range
			? note_change(tx, "address.remove", id, effect, range)
			: E_BUSY;
	return e == OK ? keep_self_in(tx, client) : e;
}

enum err
address_rules_list(
    struct tx *tx, const struct address_rule **list_out, size_t *n_out)
{
	struct address_rule *list =
	    arena_array(tx->arena, RULES_MAX, sizeof(*list));
	size_t n = 0;
	struct rows r;
	enum err e;

	if (list == NULL)
		return E_BUSY;
	e = db_query(tx, &r,
	    "SELECT a.id, a.user_id, a.effect, a.range, a.note, u.email, "
	    "a.created_at FROM address_rules a "
	    "LEFT JOIN users u ON u.tenant_id = a.tenant_id "
	    "AND u.id = a.user_id "
	    "WHERE a.tenant_id = $1 "
	    "ORDER BY CASE WHEN a.user_id IS NULL THEN 0 ELSE 1 END, a.id "
	    "LIMIT $2",
	    DB_ID(&tx->tenant), DB_INT(RULES_MAX));
	while (e == OK && n < RULES_MAX && rows_next(&r))
		list[n++] = (struct address_rule){
		    .id = row_id(&r, 0),
		    .user = row_id(&r, 1),
		    .is_deny = str_eq(row_text(&r, 2), "deny"),
		    .range = row_strdup(&r, 3),
		    .note = row_strdup(&r, 4),
		    .email = row_strdup(&r, 5),
		    .created_at = row_int(&r, 6),
		};
	if (e == OK)
		e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = n;
	}
	return e;
}
