/* api_token.c - tokens of programs: scoped, expiring, bound to a tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/api_token.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/text.h"
#include "identity/address_rule.h"
#include "identity/audit.h"
#include "identity/factor.h"
#include "identity/role.h"
#include "identity/user.h"

#define SHOWN_CHARS 8 /* of the token, in lists */
/* Fits struct actor whole, so that no character is cut. */
#define NAME_MAX_BYTES 120

/* ---- making ---- */

/* What is the company's outlives whoever makes it, as settings do. */
static enum err
check_maker(const struct tx *tx, const struct api_token_new *n)
{
	const struct actor *a = tx->actor;

	if (a->kind != ACTOR_USER)
		return OK;
	if (!n->is_personal && !perm_has(&a->perms, PERM_SETTINGS_WRITE))
		return E_DENIED;
	return perms_within(&n->scopes, &a->perms) ? OK : E_DENIED;
}

static enum err
check_new(struct tx *tx, const struct api_token_new *n)
{
	size_t before = tx->problems->n;
	struct ranges ranges;

	if (!utf8_valid(n->name, strlen(n->name)) ||
	    !text_is_printable(n->name) || strlen(n->name) > NAME_MAX_BYTES)
		problem_add(tx->problems, "name", "bad_format",
		    "A name is printable text of at most %d bytes.",
		    NAME_MAX_BYTES);
	if (n->scopes.bits[0] == 0)
		problem_add(tx->problems, "scopes", "required",
		    "A token without a scope can do nothing.");
	if (n->is_enroll && !id_is_set(&n->server))
		problem_add(tx->problems, "serverId", "required",
		    "An enroll token is for one server.");
	if (n->addresses && ranges_parse(n->addresses, &ranges) != OK)
		problem_add(tx->problems, "addresses", "bad_format",
		    "These are addresses and ranges like 192.0.2.0/24, "
		    "separated by commas; at most 32.");
	if (n->expires_at != 0 && n->expires_at <= tx->now)
		problem_add(tx->problems, "expiresAt", "out_of_range",
		    "This moment has passed.");
	if (tx->problems->n != before)
		return E_INPUT;
	return check_maker(tx, n);
}

static const char *
name_of(struct arena *a, const struct api_token_new *n, const char *scopes)
{
	return n->name[0] || !scopes ? n->name
				     : arena_strndup(a, scopes, NAME_MAX_BYTES);
}

/* A node does not stop when the person who enrolled it goes. */
static struct db_val
maker_of(const struct tx *tx, const struct api_token_new *n)
{
	if (tx->actor->kind != ACTOR_USER || id_is_set(&n->server))
		return DB_NULL();
	return DB_ID(&tx->actor->id);
}

/* Its epoch.  Whoever was signed out after the request was let in makes no key
 * that would outlive it. */
static enum err
lock_maker(struct tx *tx, int64_t *epoch_out)
{
	const struct actor *a = tx->actor;
	struct user u;
	int64_t epoch = 0;
	enum err e = factor_lock(tx, &a->id, &u);

	if (e == OK && id_is_set(&a->session))
		e = db_int(tx, -1, &epoch,
		    "SELECT epoch FROM sessions "
		    "WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
		    DB_ID(&tx->tenant), DB_ID(&a->session));
	else if (e == OK)
		epoch = u.epoch;
	if (e == OK && (epoch != u.epoch || !u.is_active)) {
		problem_add(tx->problems, "", "forbidden",
		    "You were signed out meanwhile.");
		e = E_DENIED;
	}
	if (e == OK)
		*epoch_out = epoch;
	return e;
}

static enum err
insert(struct tx *tx, const struct api_token_new *n, struct id *id_out,
    char token_out[static TOKEN_MAX])
{
	struct id id = id_new(clock_now_ms());
	const char *scopes = perms_print(tx->arena, &n->scopes);
	char token[TOKEN_MAX], hash[TOKEN_HASH_LEN];
	int64_t epoch = 0;
	enum err e = n->is_personal ? lock_maker(tx, &epoch) : OK;

	if (e != OK)
		return e;
	token_new(API_TOKEN_PREFIX, token);
	token_hash(token, hash);
	e = db_exec(tx,
	    "INSERT INTO api_tokens (token_hash, id, tenant_id, name, prefix, "
	    "kind, scopes, server_id, addresses, user_id, expires_at, "
	    "belongs_to, epoch, created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $14)",
	    DB_TEXT(hash), DB_ID(&id), DB_ID(&tx->tenant),
	    DB_TEXT(name_of(tx->arena, n, scopes)),
	    DB_TEXT(arena_strndup(tx->arena, token, SHOWN_CHARS)),
	    DB_TEXT(n->is_enroll ? "enroll" : "api"), DB_TEXT(scopes),
	    DB_ID(&n->server), DB_TEXT(n->addresses ? n->addresses : ""),
	    maker_of(tx, n), DB_TIME(n->expires_at),
	    DB_TEXT(n->is_personal ? "person" : "company"),
	    n->is_personal ? DB_INT(epoch) : DB_NULL(), DB_INT(tx->now));
	if (e != OK)
		return e;
	*id_out = id;
	memcpy(token_out, token, TOKEN_MAX);
	return OK;
}

enum err
api_token_add(struct tx *tx, const struct api_token_new *n, struct id *id_out,
    char token_out[static TOKEN_MAX])
{
	char token[TOKEN_MAX];
	struct id id;
	enum err e;

	assert(!n->is_personal || (tx->actor->kind == ACTOR_USER &&
				      !id_is_set(&n->server) && !n->is_enroll));
	e = check_new(tx, n);
	if (e == OK)
		e = insert(tx, n, &id, token);
	if (e == OK)
		e = audit(tx, "token.add", "api_tokens", &id, NULL);
	if (e != OK)
		return e;
	*id_out = id;
	memcpy(token_out, token, TOKEN_MAX);
	return OK;
}

/* ---- using ---- */

/* The set of a stored list; what no longer exists is left out. */
static struct perm_set
stored_scopes(const char *list)
{
	struct perm_set s = {{0}};

	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++) {
		const char *name = perm_name((enum perm)p);
		size_t n = strlen(name);

		for (const char *at = list; (at = strstr(at, name)); at += n)
			if ((at == list || at[-1] == ',') &&
			    (at[n] == '\0' || at[n] == ','))
				perm_add(&s, (enum perm)p);
	}
	return s;
}

/* What a token's row says beside who holds it. */
struct holding {
	struct id person; /* whose it is; unset: the company's */
	int64_t epoch;
	const char *addresses;
	int64_t used_at;
	bool is_platform;
};

static enum err
read_holder(
    struct tx *tx, const char *token, struct actor *actor, struct holding *out)
{
	char hash[TOKEN_HASH_LEN];
	struct rows r;
	enum err e;

	token_hash(token, hash);
	e = db_one(tx, &r,
	    "SELECT k.id, k.tenant_id, k.server_id, k.name, k.scopes, "
	    "k.last_used_at, t.kind, CASE WHEN k.belongs_to = 'person' "
	    "THEN k.user_id END, k.addresses, k.epoch "
	    "FROM api_tokens k "
	    "JOIN tenants t ON t.id = k.tenant_id "
	    "WHERE k.token_hash = $1 AND k.kind = 'api' "
	    "AND k.revoked_at IS NULL "
	    "AND (k.expires_at IS NULL OR k.expires_at > $2) "
	    "AND t.status = 'active'",
	    DB_TEXT(hash), DB_INT(tx->now));
	if (e != OK)
		return e;
	actor->id = row_id(&r, 0);
	actor->tenant = row_id(&r, 1);
	actor->server = row_id(&r, 2);
	actor->kind = id_is_set(&actor->server) ? ACTOR_SERVER : ACTOR_TOKEN;
	snprintf(actor->name, sizeof(actor->name), "%s", row_text(&r, 3));
	actor->perms = stored_scopes(row_text(&r, 4));
	*out = (struct holding){
	    .used_at = row_int(&r, 5),
	    .is_platform = str_eq(row_text(&r, 6), "platform"),
	    .person = row_id(&r, 7),
	    .addresses = row_strdup(&r, 8),
	    .epoch = row_int(&r, 9),
	};
	return rows_done(&r);
}

/* What its person may do today is the most that it may. */
static enum err
limit_to_person(struct tx *tx, const struct holding *h, struct actor *actor)
{
	struct perm_set perms = {{0}};
	struct user person;
	enum err e = user_get(tx, &h->person, &person);

	if (e == OK && (!person.is_active || person.epoch != h->epoch))
		e = E_NOTFOUND;
	if (e == OK) {
		e = role_perms(tx, person.role, h->is_platform, &perms);
		if (e == E_NOTFOUND) /* a role that is gone gives nothing */
			e = OK;
	}
	for (size_t i = 0; i < N_ELEMS(perms.bits); i++)
		actor->perms.bits[i] &= perms.bits[i];
	return e;
}

/* People and address rules are of the token's tenant, which may not be the
 * host's.  Agents come from wherever their nodes stand. */
static enum err
look_in_tenant(struct tx *tx, const struct holding *h, const char *client,
    struct actor *actor)
{
	struct id before = tx->tenant;
	enum err e = OK;

	if (actor->kind == ACTOR_SERVER)
		return OK;
	tx_set_tenant(tx, &actor->tenant);
	if (id_is_set(&h->person))
		e = limit_to_person(tx, h, actor);
	if (e == OK)
		e = address_rules_check(tx, &h->person, client);
	tx_set_tenant(tx, &before);
	return e == E_DENIED ? E_NOTFOUND : e;
}

static bool
is_good_from(const char *addresses, const char *client)
{
	struct ranges r;

	return addresses[0] == '\0' ||
	       (ranges_parse(addresses, &r) == OK && ranges_have(&r, client));
}

enum err
api_token_actor(struct tx *tx, const char *token, const char *client,
    struct actor *actor_out, int64_t *used_out)
{
	struct actor actor = {.role = "token"};
	struct holding h;
	enum err e = read_holder(tx, token, &actor, &h);

	if (e != OK)
		return e;
	if (h.addresses == NULL)
		return E_BUSY;
	if (!is_good_from(h.addresses, client))
		return E_NOTFOUND;
	if (!h.is_platform)
		perms_drop_platform(&actor.perms);
	e = look_in_tenant(tx, &h, client, &actor);
	if (e != OK)
		return e;
	*actor_out = actor;
	*used_out = h.used_at;
	return OK;
}

enum err
api_token_tenant(struct tx *tx, const char *token, struct id *tenant_out)
{
	char hash[TOKEN_HASH_LEN];
	const char *tenant;
	enum err e;

	token_hash(token, hash);
	e = db_text(tx, &tenant,
	    "SELECT tenant_id FROM api_tokens WHERE token_hash = $1",
	    DB_TEXT(hash));
	if (e != OK)
		return e;
	if (tenant == NULL)
		return E_NOTFOUND;
	*tenant_out = id_of(tenant);
	return OK;
}

enum err
api_token_touch(struct tx *tx, const struct id *id)
{
	return db_exec(tx,
	    "UPDATE api_tokens SET last_used_at = $2 "
	    "WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
	    DB_ID(id), DB_INT(tx->now));
}

/* ---- enrolling ---- */

/* Taking it and finding it are one statement: of two who come at once, one
 * gets a row. */
static enum err
take_enroll(struct tx *tx, const char *token, struct api_token_new *out)
{
	char hash[TOKEN_HASH_LEN];
	struct rows r;
	enum err e;

	token_hash(token, hash);
	e = db_one(tx, &r,
	    "UPDATE api_tokens "
	    "SET revoked_at = $3, last_used_at = $3, updated_at = $3 "
	    "WHERE token_hash = $1 AND tenant_id = $2 AND kind = 'enroll' "
	    "AND revoked_at IS NULL "
	    "AND (expires_at IS NULL OR expires_at > $3) "
	    "RETURNING name, scopes, server_id",
	    DB_TEXT(hash), DB_ID(&tx->tenant), DB_INT(tx->now));
	if (e != OK)
		return e;
	*out = (struct api_token_new){
	    .name = row_strdup(&r, 0),
	    .scopes = stored_scopes(row_text(&r, 1)),
	    .server = row_id(&r, 2),
	};
	return rows_done(&r);
}

enum err
api_token_enroll(struct tx *tx, const char *enroll_token, struct id *server_out,
    char token_out[static TOKEN_MAX])
{
	char token[TOKEN_MAX];
	struct api_token_new n;
	struct id id;
	enum err e = take_enroll(tx, enroll_token, &n);

	if (e == OK)
		e = n.name ? insert(tx, &n, &id, token) : E_BUSY;
	if (e == OK)
		e = audit(tx, "token.enroll", "api_tokens", &id, NULL);
	if (e != OK)
		return e;
	*server_out = n.server;
	memcpy(token_out, token, TOKEN_MAX);
	return OK;
}

/* ---- listing and revoking ---- */

static void
read_row(const struct rows *r, const struct id *tenant, struct api_token *t)
{
	*t = (struct api_token){
	    .id = row_id(r, 0),
	    .tenant = *tenant,
	    .server = row_id(r, 1),
	    .name = row_strdup(r, 2),
	    .prefix = row_strdup(r, 3),
	    .scopes = row_strdup(r, 4),
	    .is_enroll = str_eq(row_text(r, 5), "enroll"),
	    .expires_at = row_int(r, 6),
	    .revoked_at = row_int(r, 7),
	    .last_used_at = row_int(r, 8),
	    .created_at = row_int(r, 9),
	    .addresses = row_strdup(r, 10),
	    .is_personal = str_eq(row_text(r, 11), "person"),
	    .has_ended = !row_is_null(r, 12),
	};
}

enum err
api_token_list(struct tx *tx, const struct api_token **list_out, size_t *n_out)
{
	struct api_token *list;
	int64_t n;
	size_t i = 0;
	struct rows r;
	enum err e = db_int(tx, 0, &n,
	    "SELECT count(*) FROM api_tokens WHERE tenant_id = $1",
	    DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	list = arena_array(tx->arena, (size_t)n + 1, sizeof(*list));
	if (list == NULL)
		return E_BUSY;
	e = db_query(tx, &r,
	    "SELECT id, server_id, name, prefix, scopes, kind, expires_at, "
	    "revoked_at, last_used_at, created_at, addresses, belongs_to, "
	    "ended_by "
	    "FROM api_tokens "
	    "WHERE tenant_id = $1 "
	    "ORDER BY id DESC "
	    "LIMIT $2",
	    DB_ID(&tx->tenant), DB_INT(n));
	while (e == OK && rows_next(&r))
		read_row(&r, &tx->tenant, &list[i++]);
	e = rows_done(&r);
	if (e == OK) {
		*list_out = list;
		*n_out = i;
	}
	return e;
}

enum err
api_token_revoke(struct tx *tx, const struct id *id)
{
	int64_t changed;
	enum err e = db_exec_n(tx, &changed,
	    "UPDATE api_tokens SET revoked_at = $3, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));

	if (e == OK && changed == 0)
		return E_NOTFOUND;
	return e == OK ? audit(tx, "token.revoke", "api_tokens", id, NULL) : e;
}

enum err
api_token_revoke_server(struct tx *tx, const struct id *server)
{
	return db_exec(tx,
	    "UPDATE api_tokens SET revoked_at = $3, updated_at = $3 "
	    "WHERE tenant_id = $1 AND server_id = $2 AND revoked_at IS NULL",
	    DB_ID(&tx->tenant), DB_ID(server), DB_INT(tx->now));
}
