/* mail.c - a mail becomes a row of the outbox; its secrets are sealed there.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_parts.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "jobs/outbox.h"

/* ---- the key ---- */

static const struct secret_box *box;

void
mail_use_box(const struct secret_box *with)
{
	box = with;
}

/* NULL (logged) when this process has no key. */
const struct secret_box *
mail_box(void)
{
	if (!box)
		log_event(LOG_ERROR, "mail_no_key",
		    LOG_S("why", "mail_use_box() was not called"));
	return box;
}

static struct secret_place
place_of(const struct id *tenant, const char *once, const char *column)
{
	/* the key is as unique as the id, and known before the row is */
	return (struct secret_place){
	    .tenant = tenant->s,
	    .table = "outbox",
	    .row = once,
	    .column = column,
	};
}

/* ---- writing ---- */

static enum err
put_secret(struct tx *tx, struct json_out *w, const char *once,
    const char *name, const char *plain)
{
	struct secret_place at = place_of(&tx->tenant, once, name);
	const struct secret_box *b;
	const char *sealed;
	enum err e;

	if (!plain)
		return OK;
	if ((b = mail_box()) == NULL)
		return E_SYS;
	e = secret_seal(tx->arena, b, &at, plain, &sealed);
	if (e == OK)
		json_str(w, name, sealed);
	return e;
}

static void
put_text(struct json_out *w, const char *name, const char *text)
{
	if (text && text[0] != '\0')
		json_str(w, name, text);
}

static void
put_int(struct json_out *w, const char *name, int64_t n)
{
	if (n != 0)
		json_int(w, name, n);
}

static enum err
write_payload(struct tx *tx, const struct mail *m, const char **out)
{
	struct json_out w;
	struct buf b;
	enum err e;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	if (m->ref_name)
		json_str(&w, m->ref_name, m->ref->s);
	put_text(&w, "name", m->name);
	put_text(&w, "lang", m->lang);
	put_text(&w, "what", m->what);
	put_text(&w, "where", m->where);
	put_int(&w, "expiresHours", m->expires_hours);
	put_int(&w, "when", m->when);
	e = put_secret(tx, &w, m->once, "link", m->link);
	if (e == OK)
		e = put_secret(tx, &w, m->once, "code", m->code);
	json_close(&w, '}');
	*out = buf_move(tx->arena, &b);
	return e == OK && !*out ? E_BUSY : e;
}

static void
assert_complete(const struct mail *m, const struct mail_kind *k)
{
	assert(k != NULL);
	assert(m->once != NULL && m->once[0] != '\0');
	assert(!(k->needs & NEEDS_LINK) || m->link);
	assert(!m->link || (m->link[0] == '/' && m->link[1] != '/'));
	assert(!(k->needs & NEEDS_CODE) || m->code);
	assert(!(k->needs & NEEDS_HOURS) || m->expires_hours > 0);
	assert(!(k->needs & NEEDS_WHAT) || m->what);
	assert(!(k->needs & NEEDS_WHERE) || m->where);
	assert(!(k->needs & NEEDS_WHEN) || m->when);
	assert(!(k->needs & NEEDS_REF) || (m->ref_name && m->ref));
}

static bool
is_clean(struct tx *tx, const char *field, const char *text)
{
	if (!text || text_is_printable(text))
		return true;
	problem_add(tx->problems, field, "bad_format",
	    "This text has characters that a mail cannot have.");
	return false;
}

static bool
is_sendable(struct tx *tx, const struct mail *m, const struct mail_kind *k)
{
	const char *to = m->to ? m->to : "";
	bool good =
	    is_clean(tx, "name", m->name) && is_clean(tx, "what", m->what) &&
	    is_clean(tx, "where", m->where) && is_clean(tx, "link", m->link) &&
	    is_clean(tx, "code", m->code);

	if (k->needs & IS_ALERT ? to[0] == '\0' : email_valid(to))
		return good;
	problem_add(tx->problems, "to", "bad_format",
	    "A mail cannot be sent to this address.");
	return false;
}

enum err
mail_add(struct tx *tx, const struct mail *m)
{
	const struct mail_kind *k = mail_kind_find(m->template);
	const char *payload;
	enum err e;

	assert_complete(m, k);
	if (!is_sendable(tx, m, k))
		return E_INPUT;
	if ((e = write_payload(tx, m, &payload)) != OK)
		return e;
	return outbox_add(tx,
	    &(struct outbox_entry){
		.kind = OUTBOX_MAIL,
		.dedupe_key = m->once,
		.recipient = m->to ? m->to : "",
		.template = arena_printf(tx->arena, MAIL_PREFIX "%s", k->name),
		.payload = payload,
		.due_at = m->due_at,
	    });
}

/* ---- reading ---- */

static const char *
text_of(struct arena *a, const json_t *o, const char *name)
{
	return arena_strdup(a, json_string_value(json_object_get(o, name)));
}

static enum err
open_secret(struct arena *a, const struct id *tenant, const char *once,
    const json_t *o, const char *name, const char **out)
{
	struct secret_place at = place_of(tenant, once, name);
	const char *sealed = json_string_value(json_object_get(o, name));
	const struct secret_box *b;

	*out = NULL;
	if (!sealed)
		return OK;
	b = mail_box();
	return b ? secret_unseal(a, b, &at, sealed, out) : E_SYS;
}

enum err
mail_words_read(struct arena *a, const struct id *tenant, const char *once,
    const char *payload, struct mail_words *out)
{
	json_t *o = json_own(a, payload);
	struct mail_words w = {0};
	enum err e;

	if (!json_is_object(o)) {
		json_decref(o);
		return E_SYS;
	}
	w.name = text_of(a, o, "name");
	w.lang = text_of(a, o, "lang");
	w.what = text_of(a, o, "what");
	w.where = text_of(a, o, "where");
	w.expires_hours =
	    json_integer_value(json_object_get(o, "expiresHours"));
	w.when = json_integer_value(json_object_get(o, "when"));
	e = open_secret(a, tenant, once, o, "link", &w.link);
	if (e == OK)
		e = open_secret(a, tenant, once, o, "code", &w.code);
	json_decref(o);
	if (e == OK)
		*out = w;
	return e;
}

const char *
mail_payload_bare(struct arena *a, const char *payload)
{
	json_t *o = json_own(a, payload);
	const char *text = payload;

	if (json_object_get(o, "link") || json_object_get(o, "code")) {
		json_object_del(o, "link");
		json_object_del(o, "code");
		text = json_canonical(a, o);
	}
	json_decref(o);
	return text;
}
