/* audit.c - who did what to which thing, in the transaction that did it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/audit.h"

#include "base/clock.h"
#include "base/json.h"

/* Who did it: of staff who look as a customer, the staff. */
static const struct id *
doer(const struct actor *actor)
{
	return id_is_set(&actor->behind) ? &actor->behind : &actor->id;
}

static const char *
doers_name(const struct tx *tx)
{
	const struct actor *actor = tx->actor;

	if (!id_is_set(&actor->behind))
		return actor->name;
	return arena_printf(
	    tx->arena, "%s as %s", actor->behind_name, actor->name);
}

enum err
audit(struct tx *tx, const char *action, const char *noun,
    const struct id *noun_id, const char *detail_json)
{
	const struct actor *actor = tx->actor;
	const char *name = doers_name(tx);
	struct id id = id_new(clock_now_ms());

	if (name == NULL)
		return E_BUSY;
	return db_later(tx,
	    "INSERT INTO audit_logs (tenant_id, id, actor_kind, actor_id, "
	    "actor_name, action, noun, noun_id, detail, request_id, "
	    "created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
	    DB_ID(&tx->tenant), DB_ID(&id),
	    DB_TEXT(actor_kind_name(actor->kind)), DB_ID(doer(actor)),
	    DB_TEXT(name), DB_TEXT(action), DB_TEXT(noun), DB_ID(noun_id),
	    DB_TEXT(detail_json ? detail_json : "{}"),
	    DB_TEXT(tx->request_id ? tx->request_id : ""), DB_INT(tx->now));
}

const char *
audit_detail_(struct arena *a, const char *const *names_and_texts, size_t n)
{
	struct json_out w;
	struct buf b;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	for (size_t i = 0; i + 1 < n; i += 2)
		json_str_or_null(
		    &w, names_and_texts[i], names_and_texts[i + 1]);
	json_close(&w, '}');
	return buf_move(a, &b);
}
