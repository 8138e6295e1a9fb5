/* add.c - what mail_add() writes, and what it keeps to itself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <unistd.h>

#include "base/fact.h"
#include "base/secret.h"
#include "mail/mail_parts.h"
#include "jobs/outbox.h"
#include "tap.h"
#include "testbox.h"
#include "testdb.h"

const struct fact_hearer fact_hearers[] = {{.hear = NULL}};

#define LINK "/reset-password?token=mpt_only-for-your-eyes"

static const struct mail reset = {
    .template = MAIL_RESET,
    .once = "reset:1",
    .to = "obrien@example.com",
    .name = "O'Brien & S\xc3\xb6hne <GmbH>",
    .lang = "de-AT",
    .link = LINK,
    .expires_hours = 2,
    .where = "192.0.2.7",
};

static enum err
add(struct testdb *t, const struct id *tenant, const struct mail *m)
{
	struct tx tx;
	enum err e;

	problems_init(&t->problems, t->arena);
	testdb_begin(t, &tx, TX_WRITE, tenant);
	e = mail_add(&tx, m);
	if (e == OK)
		return tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

/* The only row of the tenant's outbox. */
static struct outbox_row
only_row(struct testdb *t, const struct id *tenant)
{
	struct outbox_row row = {0};
	const char *id = NULL;
	struct id of;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_text(&tx, &id, "SELECT id FROM outbox WHERE tenant_id = $1",
		DB_ID(tenant)) != OK ||
	    !id)
		bail("no row");
	of = id_of(id);
	if (outbox_get(&tx, &of, &row) != OK)
		bail("no row");
	tx_rollback(&tx);
	return row;
}

static int64_t
count(struct testdb *t, const struct id *tenant, const char *sql)
{
	int64_t n = -1;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_int(&tx, -1, &n, sql, DB_ID(tenant)) != OK)
		bail("cannot count");
	tx_rollback(&tx);
	return n;
}

static void
test_row(struct testdb *t)
{
	struct id tenant = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct outbox_row row;
	struct mail_words w;
	const char *bare;

	is_int(add(t, &tenant, &reset), OK, "a mail is added");
	is_int(add(t, &tenant, &reset), OK, "and once more");
	is_int(count(t, &tenant,
		   "SELECT COUNT(*) FROM queue WHERE tenant_id = $1"),
	    1, "one key is one mail");
	row = only_row(t, &tenant);
	is_str(row.template, "mail/reset", "over its template");
	is_str(row.recipient, "obrien@example.com", "to its recipient");
	ok(!strstr(row.payload, "token") && !strstr(row.payload, "only-for"),
	    "the database cannot read the link");
	is_int(
	    mail_words_read(t->arena, &tenant, row.dedupe_key, row.payload, &w),
	    OK, "we can read the words");
	is_str(w.link, LINK, "with the link");
	is_str(w.name, reset.name, "the name is as it was");
	is_str(mail_lang(w.lang), "de", "in a language that we have");
	is_int(w.expires_hours, 2, "with its hours");
	ok(w.code == NULL && w.what == NULL, "what was not given is absent");
	is_int(
	    mail_words_read(t->arena, &other, row.dedupe_key, row.payload, &w),
	    E_DENIED, "under another tenant the link stays shut");
	is_int(mail_words_read(t->arena, &tenant, "reset:2", row.payload, &w),
	    E_DENIED, "and in another row");
	bare = mail_payload_bare(t->arena, row.payload);
	is_int(mail_words_read(t->arena, &tenant, row.dedupe_key, bare, &w), OK,
	    "it can be forgotten");
	ok(w.link == NULL && w.name != NULL, "the link alone");
}

static void
test_refused(struct testdb *t)
{
	static const struct {
		const char *to, *name, *why;
	} bad[] = {
	    {"", "A", "nobody"},
	    {"no address", "A", "no address"},
	    {"a@example.com\r\nBcc: b@example.com", "A", "two lines"},
	    {"a@example.com", "A\r\nBcc: b@example.com", "a name of two lines"},
	    {"a@example.com", "A\x1b[31m", "a name with an escape"},
	    {"a@example.com,b@example.com", "A", "two addresses"},
	};
	struct id tenant = testdb_tenant(t, "acme");
	struct mail m = reset;

	for (size_t i = 0; i < N_ELEMS(bad); i++) {
		m.to = bad[i].to;
		m.name = bad[i].name;
		ok(add(t, &tenant, &m) == E_INPUT && t->problems.n == 1,
		    "refused %zu: %s", i, bad[i].why);
	}
	is_int(count(t, &tenant,
		   "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1"),
	    0, "nothing is kept of them");
}

static void
test_alert(struct testdb *t)
{
	struct id tenant = testdb_tenant(t, "acme");
	struct mail m = {
	    .template = MAIL_STAFF_REVIEW,
	    .once = "mail/staff-review:1",
	    .ref_name = "orderId",
	    .ref = &tenant,
	};

	is_int(add(t, &tenant, &m), OK, "an alert has no address");
	m.to = "a@example.com";
	m.once = "mail/staff-review:2";
	is_int(add(t, &tenant, &m), E_INPUT, "and takes none");
}

static void
test_all(struct testdb *t)
{
	mail_use_box(test_box());
	test_row(t);
}

int
main(void)
{
	testdb_each(test_all);
	testdb_each(test_refused);
	testdb_each(test_alert);
	is_str(mail_lang(NULL), "en", "no language is English");
	is_str(mail_lang("fr"), "en", "one that we lack too");
	is_str(mail_lang("e"), "en", "half a word is none");
	is_str(mail_lang("den"), "en", "more than a word is none");
	return tap_done();
}
