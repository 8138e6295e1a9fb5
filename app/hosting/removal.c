/* removal.c - removing websites, where a second person may be needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "hosting/removal.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "hosting/website_parts.h"
#include "identity/approval.h"
#include "identity/company_rules.h"

#define WINDOW_S 3600

/* ---- how many ---- */

/* Two at once would not count each other. */
static enum err
hold_company(struct tx *tx)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id FROM tenants WHERE id = $1 " SQL_FOR_CHANGE,
	    DB_ID(&tx->tenant));

	return e == OK ? rows_done(&r) : e;
}

/* Whose act it is: who made the acting key, also one of the company, or there
 * would be no end of keys; that key where nobody is known. */
static enum err
find_person(struct tx *tx, struct id *out)
{
	const char *maker = NULL;
	enum err e = OK;

	if (tx->actor->kind == ACTOR_TOKEN)
		e = db_text(tx, &maker,
		    "SELECT user_id FROM api_tokens "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&tx->actor->id));
	if (e == OK)
		*out = maker ? id_of(maker) : tx->actor->id;
	return e;
}

/* Those that the person, and any key of their making, has removed within the
 * hour, at most `max`: by audit_logs_removals. */
static enum err
count_recent(struct tx *tx, int64_t max, int64_t *n_out)
{
	struct id who;
	enum err e = find_person(tx, &who);

	if (e != OK)
		return e;
	return db_int(tx, 0, n_out,
	    "SELECT COUNT(*) FROM (SELECT 1 FROM audit_logs l "
	    "WHERE l.tenant_id = $1 AND l.action = 'website.remove' "
	    "AND l.created_at > $2 AND (l.actor_id = $3 OR l.actor_id IN ("
	    "SELECT k.id FROM api_tokens k WHERE k.tenant_id = $1 "
	    "AND k.user_id = $3)) LIMIT $4) AS recent",
	    DB_ID(&tx->tenant), DB_INT(tx->now - WINDOW_S), DB_ID(&who),
	    DB_INT(max));
}

/* Sites that are neither gone nor going, and the names of all. */
static enum err
look_at_sites(struct verb_many *m, const char **domain, bool *any_left_out)
{
	struct website w;
	const char *next;

	*any_left_out = false;
	for (size_t i = 0; i < m->n; i++) {
		enum err e = website_get(m->tx, &m->id[i], &w);

		if (e == OK)
			e = website_will_be(m->tx, &w, &next);
		m->wrong = i;
		if (e != OK)
			return e;
		domain[i] = w.domain;
		m->is_done[i] = str_eq(next, "removed");
		*any_left_out |= !m->is_done[i];
	}
	return OK;
}

/* ---- asking ---- */

static const char *
title_of(const struct verb_many *m, const char *const *domain)
{
	char number[24];

	if (m->n == 1)
		return approval_title(
		    m->tx->arena, APPROVAL_SAYS_REMOVE_ONE, domain[0], NULL);
	snprintf(number, sizeof(number), "%zu", m->n);
	return approval_title(m->tx->arena, APPROVAL_SAYS_REMOVE, number, NULL);
}

/* Those that are gone stay a part of it: otherwise it would be another wish as
 * soon as somebody else had removed one of them. */
static const char *
wish_of(const struct verb_many *m, const char *const *domain)
{
	const struct verb_call c = {m->tx, m->id[0], m->args, m->machine};
	struct json_out w;
	struct buf b;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_open(&w, "websites", '[');
	for (size_t i = 0; i < m->n; i++) {
		json_open(&w, NULL, '{');
		json_str(&w, "id", m->id[i].s);
		json_str(&w, "domain", domain[i]);
		json_close(&w, '}');
	}
	json_close(&w, ']');
	json_str(&w, "reason", verb_arg(&c, "reason"));
	json_close(&w, '}');
	return buf_move(m->tx->arena, &b);
}

static enum err
need(struct verb_many *m, const char *const *domain)
{
	struct approval_wish wish = {
	    .action = APPROVAL_REMOVE,
	    .title = title_of(m, domain),
	    .json = wish_of(m, domain),
	};
	bool granted;

	if (!wish.title || !wish.json)
		return E_BUSY;
	return approval_need(m->tx, &wish, &granted, &m->waiting);
}

enum err
removal_look(struct verb_many *m)
{
	const char **domain = arena_array(m->tx->arena, m->n, sizeof(*domain));
	bool any_left = false;
	int64_t recent = 0;
	struct company_rules rules;
	enum err e;

	if (!domain)
		return E_BUSY;
	e = company_rules_get(m->tx, m->machine, &rules);
	if (e == OK && rules.removals_over > 0)
		e = hold_company(m->tx);
	if (e == OK)
		e = look_at_sites(m, domain, &any_left);
	if (e != OK || !any_left || rules.removals_over == 0)
		return e;
	e = count_recent(m->tx, rules.removals_over, &recent);
	/* Also those that went meanwhile, so that what was approved for them
	 * is used up. */
	if (e == OK && recent + (int64_t)m->n > rules.removals_over)
		e = need(m, domain);
	return e;
}
