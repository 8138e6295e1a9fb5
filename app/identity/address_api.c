/* address_api.c - address rules for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/address_api.h"

#include "base/text.h"
#include "face/list_api.h"
#include "identity/address_rule.h"

#define RULES	 "/api/admin/address-rules"
#define TEXT_MAX 256

static void
put_rule(struct json_out *w, const struct address_rule *r)
{
	json_open(w, NULL, '{');
	json_str(w, "id", r->id.s);
	json_str(w, "effect", r->is_deny ? "deny" : "allow");
	json_str(w, "range", r->range);
	json_str_or_null(w, "userId", id_is_set(&r->user) ? r->user.s : NULL);
	json_str(w, "note", r->note);
	json_time(w, "createdAt", r->created_at);
	json_close(w, '}');
}

static enum err
reply_rules(struct request *rq, int status)
{
	const struct address_rule *list;
	struct json_out *w;
	size_t n;
	enum err e = address_rules_list(rq->tx, &list, &n);

	if (e != OK)
		return e;
	w = reply_items(rq, status);
	for (size_t i = 0; i < n; i++)
		put_rule(w, &list[i]);
	reply_items_end(w, n);
	return OK;
}

static enum err
list_rules(struct request *rq)
{
	enum err e = query_known(rq, NULL, 0);

	return e == OK ? reply_rules(rq, 200) : e;
}

static bool
read_rule(struct request *rq, struct address_rule_new *n)
{
	static const char *const names[] = {
	    "effect", "range", "userId", "note"};
	static const char *const effects[] = {"allow", "deny"};
	struct json_in in = request_json(rq);
	const char *user = NULL;
	int effect = 0;
	bool good = json_in_known(&in, names, N_ELEMS(names));

	good &= json_in_enum(
	    &in, "effect", JSON_REQUIRED, effects, N_ELEMS(effects), &effect);
	good &= json_in_text(&in, "range", JSON_REQUIRED, TEXT_MAX, &n->range);
	good &= json_in_text(&in, "userId", JSON_OPTIONAL, TEXT_MAX, &user);
	good &= json_in_text(&in, "note", JSON_OPTIONAL, TEXT_MAX, &n->note);
	if (good && user && !id_valid(user)) {
		problem_add(
		    &rq->problems, "userId", "bad_format", "This is no id.");
		good = false;
	}
	if (good && user)
		n->user = id_of(user);
	n->is_deny = effect == 1;
	return good;
}

static enum err
add_rule(struct request *rq)
{
	struct address_rule_new n = {.range = NULL};
	struct id id;
	enum err e = read_rule(rq, &n) ? OK : E_INPUT;

	if (e == OK)
		e = address_rule_add(rq->tx, &n, rq->client, &id);
	return e == OK ? reply_rules(rq, 201) : e;
}

static enum err
remove_rule(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = address_rule_remove(rq->tx, &id, rq->client);
	return e == OK ? reply_rules(rq, 200) : e;
}

/* clang-format off */
const struct route address_api_routes[] = {
	{ GET,    RULES,        POOL_UI, AUTH_API, PERM_SETTINGS_READ,  BODY_NONE,
	  0, list_rules,  "address_rules.list" },
	{ POST,   RULES,        POOL_UI, AUTH_API, PERM_SETTINGS_WRITE, BODY_JSON,
	  0, add_rule,    "address_rules.add" },
	{ DELETE, RULES "/:id", POOL_UI, AUTH_API, PERM_SETTINGS_WRITE, BODY_NONE,
	  0, remove_rule, "address_rules.remove" },
	{ 0 },
};
/* clang-format on */
