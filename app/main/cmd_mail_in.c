/* cmd_mail_in.c - mpanel mail-in: a mail from the mail server, on standard
 * input. SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Its exit status is what the mail server goes by (sysexits.h): 0 is taken; 75
 * is not now, and the server keeps the mail and comes again: the database is
 * away, the disk is full, the schema is another, the company is suspended, too
 * much at once.  The server returns a mail to its sender for 67 (no such
 * address), 65 (larger than the setting mail_in_max_kb, or from nobody) and 64.
 * Whatever else goes wrong, a broken configuration or a process that dies, is
 * "not now", too.
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "mail/incoming.h"
#include "mail/mail.h"
#include "support/mail_in.h"

#define RESERVE	     ((size_t)64 * 1024)
#define MEMORY_BASE  ((rlim_t)512 * 1024 * 1024)
#define MEMORY_TIMES 16
#define CPU_S	     60

struct mail_in_call {
	struct app *app;
	struct mail_in mail;
	struct id tenant;
	const char *why;
	struct mail_in_done done;
};

/* "Not now", and why, for the mail server's log. */
static enum err
not_now(struct app *app, enum err e, const char *why)
{
	return app_complain(app, e, "not now: %s", why);
}

/* What no mail needs: a reader that has gone astray is ended by the kernel. */
static void
limit(struct app *app)
{
	rlim_t max =
	    (rlim_t)setting_int(app->settings, "mail_in_max_kb") * 1024;
	const struct rlimit memory = {
	    MEMORY_BASE + MEMORY_TIMES * max, MEMORY_BASE + MEMORY_TIMES * max};
	const struct rlimit seconds = {CPU_S, CPU_S};

#if !defined(__SANITIZE_ADDRESS__) /* which maps terabytes */
	(void)setrlimit(RLIMIT_AS, &memory);
#endif
	(void)memory;
	(void)setrlimit(RLIMIT_CPU, &seconds);
}

/* ---- reading ---- */

/* The whole of it, or more than `max` bytes. */
static enum err
read_mail(struct app *app, size_t max, struct buf *b)
{
	enum err e = OK;

	while (e == OK && b->len <= max) {
		char chunk[16384];
		ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

		if (n == 0)
			break;
		if (n < 0)
			return not_now(app, E_SYS, "standard input broke");
		buf_add(b, chunk, (size_t)n);
		if (buf_starved(b))
			return not_now(app, E_BUSY, "no memory");
	}
	if (b->len > max) {
		app->exit_status = EX_DATAERR;
		return app_complain(app, E_INPUT,
		    "the mail is too large: at most %zu KB", max / 1024);
	}
	return e;
}

static enum err
take_in(struct app *app, struct buf *b, struct mail_in *m)
{
	size_t max =
	    (size_t)setting_int(app->settings, "mail_in_max_kb") * 1024;
	struct incoming *in = ARENA_NEW(app->arena, struct incoming);
	enum err e;

	buf_init(b, max + RESERVE);
	if (!in)
		return not_now(app, E_BUSY, "no memory");
	if ((e = read_mail(app, max, b)) != OK)
		return e;
	m->bytes = b->len;
	m->mail = in;
	e = incoming_read(app->arena, buf_str(b), b->len, in);
	return e == OK ? OK : not_now(app, e, "no memory");
}

/* ---- the words of the call ---- */

/* As Postfix's pipe(8) gives them in arguments, or local(8) in the environment.
 */
static const char *
word(const char *given, const char *const *names)
{
	for (; !given && *names; names++)
		given = getenv(*names);
	return given;
}

static enum err
read_words(struct app *app, int argc, char **argv, struct mail_in *m)
{
	static const char *const recipients[] = {
	    "ORIGINAL_RECIPIENT", "RECIPIENT", NULL};
	static const char *const senders[] = {"SENDER", NULL};
	const char *recipient = NULL, *sender = NULL;
	const struct option_row options[] = {
	    {.name = "recipient", .value = &recipient},
	    {.name = "sender", .value = &sender},
	    {.name = NULL},
	};
	enum err e = app_options_only(app, options, argc, argv);

	if (e != OK)
		return e;
	recipient = word(recipient, recipients);
	sender = word(sender, senders);
	if (!recipient)
		return app_usage(app);
	m->recipient = recipient;
	m->sender = sender ? sender : "";
	return OK;
}

/* ---- the database ---- */

static enum err
find_whose(struct tx *tx, void *arg)
{
	struct mail_in_call *c = arg;

	return mail_in_whose(
	    tx, c->app->settings, c->mail.recipient, &c->tenant, &c->why);
}

static enum err
take(struct tx *tx, void *arg)
{
	struct mail_in_call *c = arg;

	return mail_in_take(tx, c->app->settings, &c->mail, &c->done);
}

static enum err
in_tx(struct mail_in_call *c, enum tx_mode mode,
    enum err (*fn)(struct tx *tx, void *arg))
{
	struct app *app = c->app;
	struct tx tx;

	tx_init(&tx, app->arena, &app->problems, &app->actor,
	    id_is_set(&c->tenant) ? c->tenant.s : NULL);
	return tx_run(app->db, mode, &tx, fn, c);
}

static enum err
find_tenant(struct mail_in_call *c)
{
	struct app *app = c->app;
	enum err e = in_tx(c, TX_READ, find_whose);

	if (e == E_NOTFOUND) {
		app->exit_status = EX_NOUSER;
		return app_complain(
		    app, e, "there is no address %s here", c->mail.recipient);
	}
	return e == OK ? OK
		       : not_now(app, e,
			     c->why ? c->why : "the database did not answer");
}

static enum err
hand_over(struct mail_in_call *c)
{
	struct app *app = c->app;
	enum err e =
	    mail_in_keep(app->arena, app->settings, &c->tenant, &c->mail);

	if (e != OK)
		return not_now(app, e, "its files could not be kept");
	e = in_tx(c, TX_WRITE, take);
	if (e == E_INPUT && app->problems.n == 0) {
		app->exit_status = EX_DATAERR;
		return app_complain(app, e,
		    "the mail is from nobody whom we "
		    "could answer");
	}
	if (e == E_LIMIT)
		return not_now(app, e, "too many mails of this sender");
	return e == OK
		   ? OK
		   : not_now(app, e,
			 app->problems.n > 0 ? app->problems.item[0].message
					     : "the database did not answer");
}

static void
log_taken(const struct mail_in_call *c)
{
	log_set_request(NULL, c->tenant.s);
	log_event(LOG_INFO, "mail_in",
	    LOG_S("outcome", mail_in_words[c->done.outcome]),
	    LOG_S("reason", c->done.reason), LOG_S("ticket", c->done.ticket.s),
	    LOG_S("message", c->done.message.s),
	    LOG_S("message_id", c->mail.mail->message_id),
	    LOG_S("from", c->mail.mail->from),
	    LOG_I("repeated", c->done.is_repeated),
	    LOG_I("bytes", (int64_t)c->mail.bytes));
}

static enum err
run(struct app *app, int argc, char **argv)
{
	struct mail_in_call c = {.app = app};
	struct buf raw;
	enum err e = read_words(app, argc, argv, &c.mail);

	if (e != OK)
		return e;
	limit(app);
	if ((e = app_open(app)) != OK || (e = app_open_box(app)) != OK)
		return e;
	mail_use_box(app->box);
	if ((e = find_tenant(&c)) != OK)
		return e;
	e = take_in(app, &raw, &c.mail);
	if (e == OK)
		e = hand_over(&c);
	buf_fini(&raw);
	if (e == OK)
		log_taken(&c);
	return e;
}

const struct command cmd_mail_in = {
    .name = "mail-in",
    .args = "--recipient ADDRESS [--sender ADDRESS] <MAIL",
    .help = "take a mail from the mail server into a ticket",
    .run = run,
    .failure = EX_TEMPFAIL,
};
