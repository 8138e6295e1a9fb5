/* flow.c - a mail's way from its row to a server that may not be there.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * t/e2e/mail.t has a real server; here the state is looked at in between.
 */
#include "config.h"

#include <unistd.h>

#include "base/clock.h"
#include "jobs/work.h"
#include "mail/mail_alert.h"
#include "mail/mail_compose.h"
#include "mail/mail_verbs.h"
#include "mail/mail_work.h"
#include "port.h"
#include "shop.h"
#include "tap.h"
#include "testbox.h"

static struct settings *settings;

static const struct setting table[] = {
    {"base_url", SETTING_TEXT, "https://panel.example.com", 0, 0, "-"},
    {"default_tenant", SETTING_TEXT, "", 0, 0, "-"},
    {"template_dir", SETTING_PATH, "", 0, 0, "-"},
    {"dev", SETTING_BOOL, "no", 0, 0, "-"},
    {"mail_from", SETTING_TEXT, "panel@example.test", 0, 0, "-"},
    {"smtp_url", SETTING_SECRET, "", 0, 0, "-"},
    {"smtp_needs_tls", SETTING_BOOL, "no", 0, 0, "-"},
    {"smtp_ca_file", SETTING_PATH, "", 0, 0, "-"},
    {"smtp_timeout_s", SETTING_INT, "1", 1, 240, "-"},
    {"mail_max_age_h", SETTING_INT, "72", 1, 8760, "-"},
    {.name = NULL},
};

static void
put(const char *name, const char *value)
{
	struct buf complaint;

	buf_init(&complaint, 0);
	if (settings_put(settings, name, value, &complaint) != OK)
		bail("%s: %s", name, buf_str(&complaint));
	buf_fini(&complaint);
}

static void
set_up(struct testdb *t, struct shop *s)
{
	char text[4096];

	shop_open(s, t, "acme");
	snprintf(text, sizeof(text), "%s/templates", testdb_src());
	put("template_dir", text);
	put("smtp_url", "");
	put("mail_from", "panel@example.test");
	mail_use_box(test_box());
}

/* A port that nobody listens on. */
static void
point_nowhere(void)
{
	char url[64];
	int port, fd = port_listen(&port);

	close(fd);
	snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", port);
	put("smtp_url", url);
}

static void
work(struct shop *s)
{
	static const struct work_kind kinds[] = {
	    {"mail", MAIL_ATTEMPTS, MAIL_LEASE_S, mail_work, mail_is_possible},
	    {.kind = NULL}};
	static const struct clockwork no_clock[] = {{.name = NULL}};
	const struct work_config c = {
	    .settings = settings,
	    .kinds = kinds,
	    .clock = no_clock,
	    .once = true,
	};

	if (work_run(s->t->db, &c) != OK)
		bail("work_run");
}

static enum err
add_mail(struct tx *tx, void *arg)
{
	return mail_add(tx, arg);
}

static struct mail
reset_mail(void)
{
	return (struct mail){
	    .template = MAIL_RESET,
	    .once = "reset:1",
	    .to = "ada@example.com",
	    .link = "/reset-password?token=mpt_secret",
	    .expires_hours = 2,
	    .where = "192.0.2.1",
	};
}

static void
add(struct shop *s, struct mail m)
{
	if (shop_run(s, add_mail, &m) != OK)
		bail("mail_add: %s", shop_code(s));
}

static struct id
only_mail(struct shop *s)
{
	return id_of(shop_text(s, "SELECT CAST(id AS TEXT) FROM outbox "
				  "WHERE tenant_id = $1 AND kind = 'mail'"));
}

static const char *
column(struct shop *s, const char *what)
{
	return shop_text(
	    s, arena_printf(s->t->arena,
		   "SELECT CAST(%s AS TEXT) FROM outbox WHERE tenant_id = $1 "
		   "ORDER BY id",
		   what));
}

static int64_t
count(struct shop *s, const char *from)
{
	return shop_int(
	    s, arena_printf(s->t->arena, "SELECT COUNT(*) FROM %s", from));
}

static enum err
resend(struct tx *tx, void *arg)
{
	return mail_resend(tx, arg);
}

static enum err
stop(struct tx *tx, void *arg)
{
	return mail_stop(tx, arg);
}

/* ---- composing ---- */

struct composed {
	struct id id;
	struct mail_letter letter;
	const char *complaint;
};

static enum err
compose(struct tx *tx, void *arg)
{
	struct composed *c = arg;
	struct mail_row row;
	enum err e = mail_row_get(tx, &c->id, &row);

	return e == OK
		   ? mail_compose(tx, settings, &row, &c->letter, &c->complaint)
		   : e;
}

static void
test_compose(struct testdb *t)
{
	struct composed c = {.complaint = ""};
	struct shop s;

	set_up(t, &s);
	add(&s, reset_mail());
	c.id = only_mail(&s);
	is_int(shop_run(&s, compose, &c), OK, "a row becomes a letter");
	ok(strstr(c.letter.bytes,
	       "https://panel.example.com/reset-password?token=3Dmpt_secret"),
	    "with its link behind the address of the settings");
	is_str(c.letter.helo, "panel.example.com", "we go by that name");
	is_str(c.letter.from, "panel@example.test", "and send from here");
	ok(strstr(c.letter.bytes, c.id.s), "the id is the row's");
	put("mail_from", "");
	is_int(shop_run(&s, compose, &c), E_BUSY, "without a sender it waits");
	if (shop_exec(&s, "UPDATE tenants SET sender_email = 'me@acme.test', "
			  "sender_name = 'Acme' WHERE id = $1") != OK)
		bail("no sender");
	is_int(shop_run(&s, compose, &c), OK, "a tenant may have its own");
	ok(strstr(c.letter.bytes, "From: \"Acme\"\r\n <me@acme.test>"),
	    "by its name");
	shop_set(&s, "supportPhone", "+49 40 555 0100");
	shop_set(&s, "supportHours", "9 <to> 17");
	is_int(shop_run(&s, compose, &c), OK, "it says how it is reached");
	ok(strstr(c.letter.bytes, "Telephone: +49 40 555 0100") &&
		strstr(c.letter.bytes, "We are there: 9 <to> 17"),
	    "by which telephone and when");
	ok(strstr(c.letter.bytes, "&lt;to&gt;"), "in both parts");
	put("base_url", "");
	is_int(
	    shop_run(&s, compose, &c), E_BUSY, "without an address it waits");
	ok(strstr(c.complaint, "base_url"), "and says for which setting");
	put("base_url", "https://panel.example.com");
}

/* ---- sending ---- */

static void
test_way(struct testdb *t)
{
	struct shop s;
	struct id id;

	set_up(t, &s);
	add(&s, reset_mail());
	id = only_mail(&s);
	work(&s);
	is_str(column(&s, "status"), "pending", "without a server it waits");
	is_str(column(&s, "attempts"), "0", "and nothing is tried");
	point_nowhere();
	work(&s);
	is_str(column(&s, "status"), "pending", "nobody there: it waits");
	is_str(column(&s, "attempts"), "1", "after one attempt");
	is_str(shop_text(&s, "SELECT state FROM mail_attempts "
			     "WHERE tenant_id = $1"),
	    "later", "that is noted");
	is_int(shop_run(&s, resend, &id), E_CONFLICT,
	    "what waits is not sent again");
	is_int(shop_run(&s, stop, &id), OK, "it can be stopped");
	is_str(column(&s, "status"), "cancelled", "and is");
	ok(!strstr(column(&s, "payload"), "link"), "its link is forgotten");
	is_int(count(&s, "queue WHERE tenant_id = $1"), 0, "nothing waits");
	is_int(shop_run(&s, stop, &id), E_CONFLICT, "once");
	is_int(shop_run(&s, resend, &id), E_CONFLICT,
	    "without its link it cannot be sent again");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* As a worker leaves it that is killed in the middle of the text. */
static void
test_doubt(struct testdb *t)
{
	struct shop s;
	struct id id;

	set_up(t, &s);
	point_nowhere();
	add(&s, reset_mail());
	id = only_mail(&s);
	if (shop_exec(&s, "UPDATE outbox SET status = 'sending' "
			  "WHERE tenant_id = $1") != OK)
		bail("no crash");
	work(&s);
	is_str(column(&s, "status"), "maybe_sent",
	    "a mail found half sent may have been sent");
	is_int(count(&s, "mail_attempts WHERE tenant_id = $1"), 0,
	    "it is not tried");
	clock_freeze(SHOP_NOW + 100000);
	work(&s);
	is_int(count(&s, "mail_attempts WHERE tenant_id = $1"), 0,
	    "not later either");
	is_int(shop_run(&s, resend, &id), OK, "but staff may say so");
	is_str(column(&s, "status"), "pending", "then it waits");
	work(&s);
	is_int(
	    count(&s, "mail_attempts WHERE tenant_id = $1"), 1, "and is tried");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_age(struct testdb *t)
{
	struct shop s;

	set_up(t, &s);
	point_nowhere();
	add(&s, reset_mail());
	for (int h = 0; h < 80; h++) {
		clock_freeze(SHOP_NOW + h * 3600);
		work(&s);
	}
	is_str(shop_text(&s, "SELECT status FROM outbox WHERE tenant_id = $1 "
			     "AND template = 'mail/reset'"),
	    "dead", "what could not be sent for three days is given up");
	is_int(count(&s, "outbox WHERE tenant_id = $1 "
			 "AND template = 'mail/staff-dead-letter'"),
	    1, "which staff hear of, once");
	ok(count(&s, "mail_attempts WHERE tenant_id = $1") > 30,
	    "after many attempts");
}

static enum err
resume(struct tx *tx, void *arg)
{
	(void)arg;
	return mail_tenant_resumed(tx, &tx->tenant);
}

static void
test_suspended(struct testdb *t)
{
	struct shop s;

	set_up(t, &s);
	point_nowhere();
	add(&s, reset_mail());
	if (shop_exec(&s, "UPDATE tenants SET status = 'suspended' "
			  "WHERE id = $1") != OK)
		bail("not suspended");
	for (int h = 0; h < 80; h++) {
		clock_freeze(SHOP_NOW + h * 3600);
		work(&s);
	}
	is_str(column(&s, "status"), "pending",
	    "a suspended company's mail waits, however long");
	is_str(column(&s, "attempts"), "0", "and nothing is tried");
	is_str(column(&s, "last_error"), "The company is suspended.",
	    "it says for what");
	if (shop_exec(&s, "UPDATE tenants SET status = 'active' "
			  "WHERE id = $1") != OK ||
	    shop_run(&s, resume, NULL) != OK)
		bail("not resumed");
	work(&s);
	is_str(column(&s, "attempts"), "1", "resumed, it is tried at once");
	is_str(column(&s, "status"), "pending", "and is not too old");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- alerts ---- */

static void
add_alert(struct shop *s, const char *once)
{
	struct id order = id_of(shop_text(
	    s, "SELECT CAST(id AS TEXT) FROM orders WHERE tenant_id = $1"));

	add(s, (struct mail){
		   .template = MAIL_STAFF_REVIEW,
		   .once = once,
		   .ref_name = "orderId",
		   .ref = &order,
	       });
}

static void
test_alerts(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	set_up(t, &s);
	point_nowhere();
	if (shop_take(&s,
		shop_body(&s, "pi_1", "a@example.com",
		    "{\"productSlug\":\"starter\",\"qty\":1,"
		    "\"unitPrice\":1.00,\"billingPeriod\":\"year\"}",
		    "a.example.com"),
		NULL, &taken) != OK ||
	    taken.status != ORDER_REVIEW)
		bail("no order in review");
	work(&s);
	is_int(count(&s, "outbox WHERE tenant_id = $1 AND template = "
			 "'mail/staff-alerts'"),
	    0, "alerts wait while nobody gets them");
	if (shop_exec(&s, "UPDATE tenants SET alert_email = 'ops@acme.test' "
			  "WHERE id = $1") != OK)
		bail("no address");
	for (int i = 0; i < 70; i++)
		add_alert(&s, arena_printf(t->arena, "again:%d", i));
	clock_freeze(SHOP_NOW + 4000);
	work(&s);
	is_str(shop_text(&s, "SELECT recipient FROM outbox "
			     "WHERE tenant_id = $1 "
			     "AND template = 'mail/staff-alerts'"),
	    "ops@acme.test", "then they go out as one mail");
	is_int(count(&s, "outbox WHERE tenant_id = $1 AND template = "
			 "'mail/staff-alerts'"),
	    1, "all of them");
	is_int(count(&s, "outbox WHERE tenant_id = $1 AND template = "
			 "'mail/staff-review' AND status = 'done'"),
	    71, "and are done");
	add_alert(&s, "soon");
	clock_freeze(SHOP_NOW + 4010);
	work(&s);
	is_int(count(&s, "outbox WHERE tenant_id = $1 AND template = "
			 "'mail/staff-alerts'"),
	    1, "not twice within a minute");
	clock_freeze(SHOP_NOW + 4070);
	work(&s);
	is_int(count(&s, "outbox WHERE tenant_id = $1 AND template = "
			 "'mail/staff-alerts'"),
	    2, "the next one a minute later");
	ok(shop_is_sound(&s), "all invariants hold");
}

static void
test_daily(struct testdb *t)
{
	/* 2026-11-21T05:59:00Z; SHOP_NOW is noon of the day before */
	const int64_t early = SHOP_NOW + 18 * 3600 - 60;
	struct composed c = {.complaint = ""};
	struct order_taken taken;
	struct shop s;

	set_up(t, &s);
	point_nowhere();
	if (shop_exec(&s,
		"UPDATE tenants SET alert_email = 'ops@acme.test', "
		"alerts = 'daily', alerted_at = $2 WHERE id = $1",
		DB_INT(SHOP_NOW)) != OK ||
	    shop_take(&s,
		shop_body(&s, "pi_1", "a@example.com",
		    "{\"productSlug\":\"starter\",\"qty\":1,"
		    "\"unitPrice\":1.00,\"billingPeriod\":\"year\"}",
		    "a.example.com"),
		NULL, &taken) != OK)
		bail("no order");
	clock_freeze(early);
	work(&s);
	is_int(count(&s, "outbox WHERE tenant_id = $1 AND template = "
			 "'mail/staff-alerts'"),
	    0, "a daily digest waits for the morning");
	clock_freeze(early + 400);
	work(&s);
	is_int(count(&s, "outbox WHERE tenant_id = $1 AND template = "
			 "'mail/staff-alerts'"),
	    1, "and comes then");
	c.id = id_of(shop_text(&s,
	    "SELECT CAST(id AS TEXT) FROM outbox WHERE tenant_id = $1 "
	    "AND template = 'mail/staff-alerts'"));
	is_int(shop_run(&s, compose, &c), OK, "it can be written");
	ok(strstr(c.letter.bytes, "is held in review") &&
		strstr(c.letter.bytes, "https://panel.example.com/orders/"),
	    "and says what needs whom, and where");
	if (shop_exec(&s, "UPDATE orders SET status = 'cancelled' "
			  "WHERE tenant_id = $1") != OK)
		bail("not decided");
	is_int(shop_run(&s, compose, &c), E_NOTFOUND,
	    "what has been dealt with meanwhile is left out");
}

int
main(void)
{
	struct buf complaint;

	buf_init(&complaint, 0);
	if (settings_load(table, NULL, &settings, &complaint) != OK)
		bail("%s", buf_str(&complaint));
	testdb_each(test_compose);
	testdb_each(test_way);
	testdb_each(test_doubt);
	testdb_each(test_age);
	testdb_each(test_suspended);
	testdb_each(test_alerts);
	testdb_each(test_daily);
	settings_free(&settings);
	buf_fini(&complaint);
	return tap_done();
}
