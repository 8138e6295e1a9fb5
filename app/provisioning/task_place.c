/* task_place.c - tasks that waited for a server get one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/task_parts.h"

#include "base/json.h"

enum { AT_ONCE = 64 };

/* The payload as it was, with what has been decided since. */
static const char *
place_payload(struct tx *tx, const char *was, const struct task_place *p)
{
	json_t *payload = json_own(tx->arena, was);
	const char *text = NULL;

	if (payload &&
	    json_object_set_new(
		payload, "server", json_string(p->server_name)) == 0 &&
	    json_object_set_new(payload, "domain", json_string(p->domain)) == 0)
		text = json_canonical(tx->arena, payload);
	json_decref(payload);
	return text;
}

static enum err
place(struct tx *tx, const struct id *id, const struct task_place *p)
{
	struct task_row t;
	const char *payload;
	enum err e = task_load(tx, id, &t);

	if (e != OK)
		return e;
	payload = place_payload(tx, t.payload, p);
	if (!payload)
		return tx_fail(tx, E_BUSY);
	e = db_exec(tx,
	    "UPDATE provisioning_tasks SET server_id = $3, payload = $4, "
	    "placement = $5, due_at = $6, version = version + 1, "
	    "updated_at = $6 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_ID(&p->server), DB_TEXT(payload),
	    DB_TEXT(p->why), DB_INT(tx->now));
	t.server = p->server;
	t.payload = payload;
	return e == OK ? task_event(tx, &t, "placed", p->why) : e;
}

/* Some of them, and how many. */
static enum err
place_some(struct tx *tx, const struct id *website, const struct task_place *p,
    size_t *n_out)
{
	struct id id[AT_ONCE];
	struct rows r;
	size_t n = 0;
	enum err e = db_query(tx, &r,
	    "SELECT id FROM provisioning_tasks WHERE tenant_id = $1 "
	    "AND server_id IS NULL AND website_id = $2 "
	    "ORDER BY id LIMIT $3 " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(website), DB_INT((int64_t)AT_ONCE));

	if (e != OK)
		return e;
	while (rows_next(&r) && n < AT_ONCE)
		id[n++] = row_id(&r, 0);
	e = rows_done(&r);
	for (size_t i = 0; i < n && e == OK; i++)
		e = place(tx, &id[i], p);
	*n_out = n;
	return e;
}

/* Also those that are cancelled: they can be tried again. */
enum err
task_place(struct tx *tx, const struct id *website, const struct task_place *p)
{
	size_t n = AT_ONCE;
	enum err e = OK;

	/* what is placed is not found again */
	while (e == OK && n == AT_ONCE)
		e = place_some(tx, website, p, &n);
	return e;
}
