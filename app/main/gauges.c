/* gauges.c - what waits, over all tenants, for /api/metrics.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/gauges.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	ARENA_MAX = 1024 * 1024,
	TENANTS_MAX = 1000 /* more are not looked at: a scrape stays short */
};

/* clang-format off */
static const struct gauge {
	const char *name, *help;
	const char *label, *value; /* NULL: without */
	const char *sql;           /* $1 is the tenant */
} gauges[] = {
	{ "tasks", "Provisioning tasks that wait, run or failed", "status", "pending",
	  "SELECT count(*) FROM provisioning_tasks WHERE tenant_id = $1 AND status = 'pending'" },
	{ "tasks", NULL, "status", "in_progress",
	  "SELECT count(*) FROM provisioning_tasks WHERE tenant_id = $1 AND status = 'in_progress'" },
	{ "tasks", NULL, "status", "failed",
	  "SELECT count(*) FROM provisioning_tasks WHERE tenant_id = $1 AND status = 'failed'" },
	{ "orders_waiting", "Orders that wait for Stripe or for staff", "status", "verifying",
	  "SELECT count(*) FROM orders WHERE tenant_id = $1 AND status = 'verifying'" },
	{ "orders_waiting", NULL, "status", "review",
	  "SELECT count(*) FROM orders WHERE tenant_id = $1 AND status = 'review'" },
	{ "refused_intakes_open", "Refused intakes that nobody has decided", NULL, NULL,
	  "SELECT count(*) FROM intake_refusals WHERE tenant_id = $1 AND status = 'open'" },
	{ "outbox_pending", "Outbox rows that are not done", NULL, NULL,
	  "SELECT count(*) FROM outbox WHERE tenant_id = $1 AND status = 'pending'" },
	{ "audit_faults", "What the last check of the audit log found", NULL, NULL,
	  "SELECT findings FROM audit_checks WHERE tenant_id = $1" },
	{ "outbox_dead", "Outbox rows that were given up", NULL, NULL,
	  "SELECT count(*) FROM outbox WHERE tenant_id = $1 AND status = 'dead'" },
	{ "mails", "Mails that wait, are being sent, may have been, were, or were given up", "status", "pending",
	  "SELECT count(*) FROM outbox WHERE tenant_id = $1 AND kind = 'mail' AND status = 'pending'" },
	{ "mails", NULL, "status", "sending",
	  "SELECT count(*) FROM outbox WHERE tenant_id = $1 AND kind = 'mail' AND status = 'sending'" },
	{ "mails", NULL, "status", "maybe_sent",
	  "SELECT count(*) FROM outbox WHERE tenant_id = $1 AND kind = 'mail' AND status = 'maybe_sent'" },
	{ "mails", NULL, "status", "sent",
	  "SELECT count(*) FROM outbox WHERE tenant_id = $1 AND kind = 'mail' AND status = 'done'" },
	{ "mails", NULL, "status", "dead",
	  "SELECT count(*) FROM outbox WHERE tenant_id = $1 AND kind = 'mail' AND status = 'dead'" },
};
/* clang-format on */

struct reading {
	struct db *db;
	struct arena *arena;
	struct problems problems;
	struct actor actor;
	int64_t total[N_ELEMS(gauges)];
};

static enum err
begin(struct reading *r, const char *tenant, struct tx *tx)
{
	tx_init(tx, r->arena, &r->problems, &r->actor, tenant);
	return tx_begin(r->db, TX_READ, tx);
}

static enum err
all_tenants(struct reading *r, struct id *id, size_t *n_out)
{
	struct tx tx;
	struct rows rows;
	size_t n = 0;
	enum err e = begin(r, NULL, &tx);

	if (e != OK)
		return e;
	e = db_query(&tx, &rows, "SELECT id FROM tenants ORDER BY id");
	while (e == OK && n < TENANTS_MAX && rows_next(&rows))
		id[n++] = row_id(&rows, 0);
	if (e == OK)
		e = rows_done(&rows);
	tx_rollback(&tx);
	*n_out = n;
	return e;
}

static enum err
count_tenant(struct reading *r, const struct id *tenant)
{
	struct tx tx;
	int64_t n;
	enum err e = begin(r, tenant->s, &tx);

	for (size_t i = 0; e == OK && i < N_ELEMS(gauges); i++) {
		e = db_int(&tx, 0, &n, gauges[i].sql, DB_ID(tenant));
		if (e == OK)
			r->total[i] += n;
	}
	tx_rollback(&tx);
	return e;
}

static void
print(const struct reading *r, struct buf *out)
{
	for (size_t i = 0; i < N_ELEMS(gauges); i++) {
		const struct gauge *g = &gauges[i];

		if (g->help)
			buf_printf(out,
			    "# HELP mpanel_%s %s.\n# TYPE mpanel_%s gauge\n",
			    g->name, g->help, g->name);
		if (g->label)
			buf_printf(out, "mpanel_%s{%s=\"%s\"} %" PRId64 "\n",
			    g->name, g->label, g->value, r->total[i]);
		else
			buf_printf(out, "mpanel_%s %" PRId64 "\n", g->name,
			    r->total[i]);
	}
}

void
gauges_write(struct db *db, struct buf *out)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct id *id = calloc(TENANTS_MAX, sizeof(*id));
	size_t n = 0;
	enum err e = E_SYS;

	if (!r || !id || !(r->arena = arena_new(ARENA_MAX)))
		goto out;
	r->db = db;
	r->actor.kind = ACTOR_SYSTEM;
	snprintf(r->actor.name, sizeof(r->actor.name), "metrics");
	problems_init(&r->problems, r->arena);
	e = all_tenants(r, id, &n);
	for (size_t i = 0; e == OK && i < n; i++)
		e = count_tenant(r, &id[i]);
	if (e == OK)
		print(r, out);
out:
	if (r)
		arena_free(&r->arena);
	free(r);
	free(id);
}
