/* page.c - the root of every page's view, and what is said once (flash).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/exchange.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

/* templates/README.md, `flash`. */
static const struct flash_kind {
	const char *kind, *class, *icon;
	bool alert;
} flash_kinds[] = {
    {"good", "good", "ok", false},
    {"warn", "warn", "warn", false},
    {"bad", "badc", "bad", true},
    {"info", "", "info", false},
};

static const struct flash_kind *
flash_kind_of(const char *kind)
{
	for (size_t i = 0; i < N_ELEMS(flash_kinds); i++)
		if (str_eq(flash_kinds[i].kind, kind))
			return &flash_kinds[i];
	return &flash_kinds[N_ELEMS(flash_kinds) - 1];
}

/* ---- flash: two columns of the session's row ---- */

static enum err
flash_write(
    struct tx *tx, const struct id *session, const char *kind, const char *text)
{
	return db_exec(tx,
	    "UPDATE sessions SET flash_kind = $1, flash_text = $2 "
	    "WHERE id = $3 AND tenant_id = $4",
	    DB_TEXT(kind), DB_TEXT(text), DB_ID(session), DB_ID(&tx->tenant));
}

/* The same in a short transaction of its own. */
static enum err
flash_write_alone(struct exchange *x, const char *kind, const char *text)
{
	struct tx tx;
	enum err e;

	request_tx(&x->rq, &tx);
	if ((e = tx_begin(x->rq.db, TX_WRITE, &tx)) != OK)
		return e;
	e = flash_write(&tx, &x->rq.actor.session, kind, text);
	if (e == OK)
		return tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

enum err
flash_store(struct exchange *x, struct tx *tx)
{
	const struct reply *r = &x->reply;

	if (!r->flash_text || !x->session || !id_is_set(&x->rq.actor.session))
		return OK;
	if (!tx)
		return flash_write_alone(x, r->flash_kind, r->flash_text);
	return flash_write(
	    tx, &x->rq.actor.session, r->flash_kind, r->flash_text);
}

/* One that could not be cleared is shown once more: nothing to mend. */
void
flash_clear(struct exchange *x)
{
	enum err e = flash_write_alone(x, NULL, NULL);

	(void)e;
}

static void
put_flash(struct request *rq, struct view *root)
{
	const struct flash_kind *k;
	struct view *v;

	if (!rq->flash_text)
		return;
	k = flash_kind_of(rq->flash_kind ? rq->flash_kind : "");
	v = view_object(root, "flash");
	view_text(v, "class", k->class);
	view_text(v, "icon", k->icon);
	view_text(v, "text", rq->flash_text);
	view_flag(v, "alert", k->alert);
	rq->reply->flash_shown = true;
}

/* ---- the root ---- */

/* First letters of the first two words of a name: "ines.may@..." is IM. */
static void
initials_of(const char *name, char out[static 3])
{
	int n = 0;
	bool at_start = true;

	for (const char *s = name; *s && *s != '@' && n < 2; s++) {
		unsigned char c = (unsigned char)*s;

		if (at_start && isalnum(c))
			out[n++] = (char)toupper(c);
		at_start = c < 0x80 && !isalnum(c);
	}
	out[n] = '\0';
}

static void
put_user(const struct actor *actor, struct view *root)
{
	struct view *v = view_object(root, "user");
	char initials[3];

	initials_of(actor->name, initials);
	view_text(v, "name", actor->name);
	view_text(v, "email", actor->name);
	view_text(v, "initials", initials);
	view_text(v, "role", actor->role);
}

/* Addresses that change with what is behind them (tenancy/brand_pages.c). */
static void
put_looks(const struct request *rq, struct view *root)
{
	if (rq->tenant_accent && rq->tenant_accent[0] == '#')
		view_textf(root, "accentCss", "/brand/accent.css?v=%s",
		    rq->tenant_accent + 1);
	if (rq->tenant_logo && rq->tenant_logo[0] != '\0')
		view_textf(
		    root, "logo", "/brand/logo.png?v=%s", rq->tenant_logo);
}

static const struct speech *
speech_of(const struct exchange *x)
{
	const struct speech *s = x->gate->config->speech;
	const char *language = x->rq.reader.language;

	for (; s && s->language; s++)
		if (str_eq(s->language, language ? language : ""))
			return s;
	return NULL;
}

static bool
is_spoken(const struct exchange *x)
{
	const struct route *r = x->rq.route;

	return x->session && r && r->flags & ROUTE_SPOKEN;
}

void
page_reader(struct exchange *x)
{
	const struct speech *s = speech_of(x);

	if (x->rq.is_api && !is_spoken(x))
		return;
	x->rq.reader.phrases = s ? s->phrases : NULL;
	reader_set(&x->rq.reader);
}

struct templates *
page_templates(const struct exchange *x)
{
	const struct speech *s = speech_of(x);

	return s ? s->templates : x->gate->config->templates;
}

struct view *
page_view(struct request *rq, const char *title, const char *current)
{
	struct exchange *x = exchange_of(rq);
	const struct web_config *c = x->gate->config;
	struct view *v = view_new(rq->arena);
	struct id key = id_new(clock_now_ms());

	/* The door's forms are the door's, also for who is signed in. */
	if (!rq->csrf || (rq->route && rq->route->flags & ROUTE_DOOR))
		rq->csrf = csrf_door_token(rq);
	view_text(v, "title", title);
	view_textf(v, "static", "/static/%s", c->static_version);
	view_text(v, "lang", speech_of(x) ? speech_of(x)->language : "en");
	view_text(v, "brand", rq->tenant_name ? rq->tenant_name : "MPanel");
	put_looks(rq, v);
	view_text(v, "version", PACKAGE_VERSION);
	view_text(v, "requestId", rq->id);
	view_text(v, "csrf", rq->csrf);
	view_text(v, "key", key.s);
	if (rq->actor.kind != ACTOR_USER)
		return v;
	put_user(&rq->actor, v);
	if (x->session)
		put_flash(rq, v);
	c->ops->dress(rq, v, current);
	return v;
}
