/* removals.c - how many websites somebody removed within the hour.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "hosting/removal.h"

#include <stdio.h>

#include "../identity/people.h"
#include "base/buf.h"
#include "base/settings.h"
#include "hosting/website.h"
#include "identity/approval.h"
#include "identity/role.h"
#include "resource/verb.h"
#include "shop.h"

#define SITES 5
#define STARTER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":29.88,"                    \
	"\"billingPeriod\":\"year\"}"

static const struct setting rules[] = {
    {"approve_refund_over", SETTING_INT, "0", 0, 1000000000, ""},
    {"approve_removals_over", SETTING_INT, "2", 0, 1000, ""},
    {"approve_role_changes", SETTING_BOOL, "no", 0, 0, ""},
    {"factor_required_roles", SETTING_TEXT, "", 0, 0, ""},
    {NULL, SETTING_TEXT, NULL, 0, 0, NULL},
};
static struct settings *machine;
static const struct field why_fields[] = {
    {"reason", "reason", FIELD_TEXT, NEW, NULL, .label = "Reason", .max = 9},
};
static const struct noun why = VERB_ARGS("reason", why_fields);

static void
open_sites(struct shop *s, struct testdb *t, const char *slug,
    struct id site[static SITES])
{
	struct order_taken taken;

	shop_open(s, t, slug);
	for (int i = 0; i < SITES; i++) {
		const char *name =
		    arena_printf(t->arena, "%s%d.example.com", slug, i);
		const char *body =
		    shop_body(s, arena_printf(t->arena, "pi_%s%d", slug, i),
			"a@b.test", STARTER, name);

		if (shop_take(s, body, NULL, &taken) != OK)
			bail("%s", name);
		site[i] = id_of(shop_text(s,
		    "SELECT id FROM websites "
		    "WHERE tenant_id = $1 AND domain = $2",
		    DB_TEXT(name)));
	}
}

static struct actor
somebody(struct shop *s, const char *email)
{
	struct user u = person(s->t, &s->tenant, email, "editor", NULL);
	struct actor a = {.kind = ACTOR_USER, .tenant = s->tenant, .id = u.id};

	snprintf(a.name, sizeof(a.name), "%s", email);
	a.perms = role_builtin("editor")->perms;
	return a;
}

/* What the rule says of these; true: they are removed. */
static bool
removes(struct shop *s, const struct actor *who, const struct id *ids, size_t n)
{
	bool is_done[SITES] = {false};
	struct verb_many m = {.id = ids, .n = n, .is_done = is_done};
	struct values args;
	struct tx tx;

	testdb_begin(s->t, &tx, TX_WRITE, &s->tenant);
	tx.actor = who;
	values_new(&args, &tx, &why, "USD");
	m.tx = &tx;
	m.machine = machine;
	m.args = &args;
	if (removal_look(&m) != OK)
		bail("no look");
	for (size_t i = 0; i < n && !id_is_set(&m.waiting); i++)
		if (!is_done[i] && website_remove(&tx, &ids[i], "old") != OK)
			bail("not removed");
	if (tx_commit(&tx) != OK)
		bail("no commit");
	return !id_is_set(&m.waiting);
}

static void
test_hour(struct testdb *t)
{
	struct id site[SITES];
	struct actor ann, bob;
	struct shop s;

	open_sites(&s, t, "acme", site);
	ann = somebody(&s, "ann@example.com");
	bob = somebody(&s, "bob@example.com");
	ok(removes(&s, &ann, &site[0], 1), "one is removed");
	clock_freeze(SHOP_NOW + 1800);
	ok(!removes(&s, &ann, &site[1], 2), "two more within the hour wait");
	ok(removes(&s, &ann, &site[1], 1), "one more is removed");
	ok(!removes(&s, &ann, &site[2], 1), "but no third");
	ok(removes(&s, &ann, &site[1], 1), "what is gone needs nobody");
	clock_freeze(SHOP_NOW + 3599);
	ok(!removes(&s, &ann, &site[2], 1), "nor at the end of the hour");
	clock_freeze(SHOP_NOW + 3600);
	ok(!removes(&s, &ann, &site[2], 2), "after it, one counts still");
	ok(removes(&s, &ann, &site[2], 1), "and one is removed");
	ok(removes(&s, &bob, &site[3], 2), "another person is counted apart");
	ok(shop_is_sound(&s), "all is sound");
}

/* Ids are of one company, but nobody shall have to trust in that here. */
static void
test_companies(struct testdb *t)
{
	struct id mine[SITES], theirs[SITES];
	struct shop acme, other;
	struct actor ann, eve;

	open_sites(&acme, t, "acme", mine);
	open_sites(&other, t, "other", theirs);
	ann = somebody(&acme, "ann@example.com");
	eve = somebody(&other, "ann@example.com");
	ok(removes(&acme, &ann, mine, 2), "as many as one may");
	ok(removes(&other, &eve, theirs, 2), "of each company");
	ok(!removes(&other, &eve, &theirs[2], 1), "and no more");
}

int
main(void)
{
	struct buf complaint;

	buf_init(&complaint, 0);
	if (settings_load(rules, NULL, &machine, &complaint) != OK)
		bail("%s", buf_str(&complaint));
	buf_fini(&complaint);
	testdb_each(test_hour);
	testdb_each(test_companies);
	settings_free(&machine);
	return tap_done();
}
