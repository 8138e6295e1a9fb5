/* tokens_api.c - tokens of programs, made and revoked by programs of people.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Only a person makes a token, whose session has passed what signing in asks
 * for: a token that could make others would outlive its own end.  Unless it is
 * said to be the company's, it is that person's and ends with their sessions.
 */
#include "config.h"
#include "identity/tokens_api.h"

#include "base/text.h"
#include "face/list_api.h"
#include "identity/api_token.h"
#include "identity/role.h"

#define TEXT_MAX  1024
#define DAYS_MAX  3650
#define DAY_S	  86400
#define SCOPE_MAX 64

/* clang-format off */
static const struct field fields[] = {
	{"id",		"k.id",		  FIELD_ID,   0,	       NULL},
	{"name",	"k.name",	  FIELD_TEXT, SEARCH,	       "k.name"},
	{"prefix",	"k.prefix",	  FIELD_TEXT, FILTER | SEARCH, NULL},
	{"type",	"k.kind",	  FIELD_WORD, FILTER,	       NULL},
	{"scopes",	"k.scopes",	  FIELD_TEXT, 0,	       NULL},
	{"addresses",	"k.addresses",	  FIELD_TEXT, 0,	       NULL},
	{"serverId",	"k.server_id",	  FIELD_ID,   FILTER,	       NULL},
	{"userId",	"k.user_id",	  FIELD_ID,   FILTER,	       NULL},
	{"belongsTo",	"k.belongs_to",	  FIELD_WORD, FILTER,	       NULL},
	{"endedBy",	"k.ended_by",	  FIELD_WORD, FILTER,	       NULL},
	{"expiresAt",	"k.expires_at",	  FIELD_TIME, 0,	       NULL},
	{"revokedAt",	"k.revoked_at",	  FIELD_TIME, 0,	       NULL},
	{"lastUsedAt",	"k.last_used_at", FIELD_TIME, 0,	       NULL},
	{"createdAt",	"k.created_at",	  FIELD_TIME, 0,	       "k.id"},
};
/* clang-format on */

const struct noun tokens_noun = {
    .name = "api_tokens",
    .from = "api_tokens k",
    .tenant = "k.tenant_id",
    .id = "k.id",
    .few = "a company has few keys",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};

static enum err
list_tokens(struct request *rq)
{
	return list_api(rq, &tokens_noun, NULL, NULL);
}

static enum err
get_token(struct request *rq)
{
	return detail_api(rq, &tokens_noun);
}

/* ---- making ---- */

enum { PERSON, COMPANY };

static const char *const sorts[] = {[PERSON] = "person", [COMPANY] = "company"};

static bool
read_scopes(const struct json_in *in, struct perm_set *out)
{
	const json_t *list;
	bool good =
	    json_in_array(in, "scopes", JSON_REQUIRED, 1, SCOPE_MAX, &list);

	for (size_t i = 0; good && i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));
		enum perm p;

		if (word && perm_find(word, &p)) {
			perm_add(out, p);
			continue;
		}
		problem_add(in->problems,
		    arena_printf(in->arena, "scopes[%zu]", i), "not_in_list",
		    "There is no such permission.");
		good = false;
	}
	return good;
}

static bool
read_new(struct request *rq, struct api_token_new *n)
{
	static const char *const names[] = {
	    "name", "scopes", "belongsTo", "addresses", "expiresInDays"};
	struct json_in in = request_json(rq);
	int64_t days = 0;
	int sort = PERSON;
	bool good = json_in_known(&in, names, N_ELEMS(names));

	good &= json_in_text(&in, "name", JSON_REQUIRED, TEXT_MAX, &n->name);
	good &= json_in_text(
	    &in, "addresses", JSON_OPTIONAL, TEXT_MAX, &n->addresses);
	good &= json_in_int(
	    &in, "expiresInDays", JSON_OPTIONAL, 1, DAYS_MAX, &days);
	good &= json_in_enum(
	    &in, "belongsTo", JSON_OPTIONAL, sorts, N_ELEMS(sorts), &sort);
	good &= read_scopes(&in, &n->scopes);
	n->is_personal = sort == PERSON;
	n->expires_at = days ? rq->now + days * DAY_S : 0;
	return good;
}

static enum err
make_token(struct request *rq)
{
	struct api_token_new n = {.name = NULL};
	char token[TOKEN_MAX];
	struct json_out *w;
	struct id id;
	enum err e = read_new(rq, &n) ? OK : E_INPUT;

	if (e == OK)
		e = api_token_add(rq->tx, &n, &id, token);
	if (e != OK)
		return e;
	w = reply_json(rq, 201);
	json_open(w, NULL, '{');
	json_str(w, "id", id.s);
	json_str(w, "name", n.name);
	json_str(w, "belongsTo", sorts[n.is_personal ? PERSON : COMPANY]);
	json_str(w, "token", token);
	json_time(w, "expiresAt", n.expires_at);
	json_close(w, '}');
	return OK;
}

static enum err
revoke_token(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = api_token_revoke(rq->tx, &id);
	return e == OK ? noun_reply(rq, &tokens_noun, &id) : e;
}

/* clang-format off */
#define TOKENS "/api/admin/api-tokens"

const struct route tokens_api_routes[] = {
	{ GET,    TOKENS,        POOL_UI, AUTH_API,     PERM_SETTINGS_READ,  BODY_NONE,
	  0,            list_tokens,  "tokens.list" },
	{ POST,   TOKENS,        POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE, BODY_JSON,
	  ROUTE_SECRET, make_token,   "tokens.make" },
	{ GET,    TOKENS "/:id", POOL_UI, AUTH_API,     PERM_SETTINGS_READ,  BODY_NONE,
	  0,            get_token,    "tokens.get" },
	{ DELETE, TOKENS "/:id", POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE, BODY_NONE,
	  0,            revoke_token, "tokens.revoke" },
	{ 0 },
};
/* clang-format on */
