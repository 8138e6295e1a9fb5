/* stripe_checkout.c - Stripe's own page, where customers pay.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "outside/stripe_parts.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

#define LINES_MAX      100
#define SESSION_ID_MAX 255
#define SESSIONS       "/v1/checkout/sessions"

/* ---- what is to be paid ---- */

/* group[name]=value; the name is somebody's text too. */
static void
put_pair(struct buf *form, const char *group, const struct stripe_pair *p)
{
	buf_printf(form, "%s%s[", form->len > 0 ? "&" : "", group);
	buf_uri(form, p->name, strlen(p->name));
	buf_puts(form, "]=");
	buf_uri(form, p->value, strlen(p->value));
}

static const char *
member_name(char name[static 96], size_t i, const char *rest)
{
	snprintf(name, 96, "line_items[%zu][%s]", i, rest);
	return name;
}

static bool
put_line(struct buf *form, const char *currency, size_t i,
    const struct stripe_line *l)
{
	char name[96];
	int64_t theirs;

	if (!stripe_amount_of(l->unit_amount, currency, &theirs))
		return false;
	stripe_put_text(
	    form, member_name(name, i, "price_data][currency"), currency);
	stripe_put_text(form,
	    member_name(name, i, "price_data][product_data][name"), l->name);
	stripe_put_int(
	    form, member_name(name, i, "price_data][unit_amount"), theirs);
	stripe_put_int(form, member_name(name, i, "quantity"), l->quantity);
	return true;
}

static bool
put_checkout(struct buf *form, const struct stripe_checkout *c)
{
	if (c->n_lines < 1 || c->n_lines > LINES_MAX)
		return false;
	stripe_put_text(form, "mode", "payment");
	stripe_put_text(form, "success_url", c->success_url);
	stripe_put_text(form, "cancel_url", c->cancel_url);
	if (c->customer_email)
		stripe_put_text(form, "customer_email", c->customer_email);
	if (c->reference)
		stripe_put_text(form, "client_reference_id", c->reference);
	for (size_t i = 0; i < c->n_metadata; i++) {
		put_pair(form, "metadata", &c->metadata[i]);
		put_pair(
		    form, "payment_intent_data[metadata]", &c->metadata[i]);
	}
	for (size_t i = 0; i < c->n_lines; i++) {
		if (!put_line(form, c->currency, i, &c->lines[i]))
			return false;
	}
	return true;
}

/* ---- a session ---- */

bool
stripe_session_id_valid(const char *id)
{
	size_t n = strlen(id);

	return n > 3 && n <= SESSION_ID_MAX && str_starts(id, "cs_") &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			  "0123456789_") == n;
}

bool
stripe_session_read(
    struct arena *a, const json_t *v, struct stripe_session *out)
{
	const char *currency = stripe_text(v, "currency");
	struct stripe_session s = {
	    .id = stripe_copy(a, v, "id"),
	    .url = stripe_copy(a, v, "url"),
	    .status = stripe_copy(a, v, "status"),
	    .payment_status = stripe_copy(a, v, "payment_status"),
	    .intent = stripe_copy(a, v, "payment_intent"),
	    .reference = stripe_copy(a, v, "client_reference_id"),
	    .currency = str_upper(a, currency),
	    .livemode = json_is_true(json_object_get(v, "livemode")),
	};

	s.has_amount = s.currency &&
		       stripe_amount(v, "amount_total", s.currency, &s.amount);
	if (!s.id || !stripe_session_id_valid(s.id))
		return false;
	*out = s;
	return true;
}

enum err
stripe_checkout_create(struct stripe *s, struct arena *a,
    const struct stripe_checkout *c, struct stripe_session *out)
{
	static const char what[] = "checkout.sessions.create";
	struct stripe_session session;
	struct buf form;
	json_t *v = NULL;
	enum err e = E_INPUT;

	buf_init(&form, 0);
	if (put_checkout(&form, c))
		e = stripe_call(
		    s, a, what, SESSIONS, &form, c->idempotency_key, &v);
	if (e == OK) {
		if (stripe_session_read(a, v, &session) && session.url &&
		    stripe_is_page(s, session.url))
			*out = session;
		else
			e = stripe_nonsense(s, what);
	}
	json_decref(v);
	buf_fini(&form);
	return e;
}

/* An answer about another session must not pay for this one. */
static enum err
keep_session(struct stripe *s, struct arena *a, const char *what,
    const char *id, const json_t *v, struct stripe_session *out)
{
	struct stripe_session session;

	if (!stripe_session_read(a, v, &session) || !session.status ||
	    !session.payment_status || !str_eq(session.id, id))
		return stripe_nonsense(s, what);
	*out = session;
	return OK;
}

static enum err
ask(struct stripe *s, struct arena *a, const char *what, const char *id,
    const char *path, const struct buf *form, struct stripe_session *out)
{
	json_t *v = NULL;
	enum err e;

	if (!stripe_session_id_valid(id))
		return E_NOTFOUND;
	if (!path)
		return E_BUSY;
	e = stripe_call(s, a, what, path, form, NULL, &v);
	if (e == OK)
		e = keep_session(s, a, what, id, v, out);
	json_decref(v);
	return e;
}

enum err
stripe_session_fetch(struct stripe *s, struct arena *a, const char *id,
    struct stripe_session *out)
{
	return ask(s, a, "checkout.sessions.retrieve", id,
	    arena_printf(a, SESSIONS "/%s", id), NULL, out);
}

enum err
stripe_session_expire(struct stripe *s, struct arena *a, const char *id,
    struct stripe_session *out)
{
	struct buf none;
	enum err e;

	buf_init(&none, 0);
	e = ask(s, a, "checkout.sessions.expire", id,
	    arena_printf(a, SESSIONS "/%s/expire", id), &none, out);
	buf_fini(&none);
	return e;
}
