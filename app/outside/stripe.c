/* stripe.c - calls to the Stripe API.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "outside/stripe_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "outside/http.h"

#define API_VERSION   "Stripe-Version: 2023-08-16"
#define INTENT_ID_MAX 255
#define AMOUNT_MAX    INT64_C(999999999999)
#define REASON_BYTES  256
#define INTENT_CALL   "payment_intents.retrieve"

struct stripe {
	struct http_client *http;
	char *api_base, *secret_key;
	int timeout_ms;
	char reason[REASON_BYTES];
};

struct stripe *
stripe_new(const char *api_base, const char *secret_key, int timeout_ms)
{
	struct stripe *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->timeout_ms = timeout_ms;
	s->http = http_client_new();
	s->api_base = strdup(api_base);
	s->secret_key = strdup(secret_key);
	if (!s->http || !s->api_base || !s->secret_key)
		stripe_free(&s);
	return s;
}

void
stripe_free(struct stripe **take_s)
{
	struct stripe *s = *take_s;

	if (!s)
		return;
	http_client_free(&s->http);
	if (s->secret_key)
		explicit_bzero(s->secret_key, strlen(s->secret_key));
	free(s->secret_key);
	free(s->api_base);
	free(s);
	*take_s = NULL;
}

const char *
stripe_reason(const struct stripe *s)
{
	return s->reason;
}

/* Plain http is for a Stripe that is spoken to so: a test's. */
bool
stripe_is_page(const struct stripe *s, const char *url)
{
	return str_starts(url, "https://") ||
	       (str_starts(url, "http://") &&
		   str_starts(s->api_base, "http://"));
}

/* ---- the exchange ---- */

const char *
stripe_text(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return json_is_text(v) ? json_string_value(v) : NULL;
}

/* Which error a status that is not 2xx is; `code` is Stripe's error.code. */
static enum err
err_of(int status, const char *code)
{
	if (status == 404 && str_eq(code, "resource_missing"))
		return E_NOTFOUND;
	if (status == 401 || status == 403)
		return E_DENIED;
	if (str_eq(code, "charge_already_refunded") ||
	    str_eq(code, "payment_intent_unexpected_state"))
		return E_CONFLICT;
	if (status == 400 || status == 402)
		return E_INPUT;
	return E_REMOTE;
}

static enum err
refused(struct stripe *s, const char *what, int status, const json_t *v)
{
	const json_t *error = json_object_get(v, "error");
	const char *code = stripe_text(error, "code");
	const char *type = stripe_text(error, "type");
	const char *message = stripe_text(error, "message");
	enum err e;

	if (!code)
		code = type ? type : "";
	/* A key used for another call: 400 with a type of its own. */
	e = type && str_eq(type, "idempotency_error") ? E_CONFLICT
						      : err_of(status, code);
	snprintf(s->reason, sizeof(s->reason), "%d %s %s", status, code,
	    message ? message : "");
	log_event(LOG_WARN, "stripe_refused", LOG_S("call", what),
	    LOG_I("status", status), LOG_S("code", code));
	return e;
}

enum err
stripe_nonsense(struct stripe *s, const char *what)
{
	snprintf(s->reason, sizeof(s->reason),
	    "the answer to %s makes no sense", what);
	log_event(LOG_WARN, "stripe_answer_unclear", LOG_S("call", what));
	return E_REMOTE;
}

/* The answer as JSON, NULL when it is none. */
static json_t *
parse_reply(struct arena *a, const struct http_reply *r)
{
	struct problems *p = ARENA_NEW(a, struct problems);
	json_t *v = NULL;

	if (!p)
		return NULL;
	problems_init(p, a);
	return json_parse(r->body, r->len, p, &v) == OK ? v : NULL;
}

enum err
stripe_call(struct stripe *s, struct arena *a, const char *what,
    const char *path, const struct buf *form, const char *key, json_t **out)
{
	const char *headers[] = {API_VERSION, NULL, NULL};
	struct http_request rq = {
	    .url = arena_printf(a, "%s%s", s->api_base, path),
	    .headers = headers,
	    .bearer = s->secret_key,
	    .timeout_ms = s->timeout_ms,
	};
	struct http_reply r;
	json_t *v;
	enum err e;

	s->reason[0] = '\0';
	if (key)
		headers[1] = arena_printf(a, "Idempotency-Key: %s", key);
	if (form) {
		rq.body = buf_str(form);
		rq.body_len = form->len;
		rq.content_type = "application/x-www-form-urlencoded";
	}
	if (!rq.url || (key && !headers[1]) || (form && buf_failed(form)))
		return E_BUSY;
	e = http_call(s->http, a, &rq, &r);
	if (e != OK) {
		snprintf(
		    s->reason, sizeof(s->reason), "%s", http_reason(s->http));
		return e;
	}
	v = parse_reply(a, &r);
	if (r.status < 200 || r.status > 299) {
		e = refused(s, what, r.status, v);
		json_decref(v);
		return e;
	}
	if (!json_is_object(v)) {
		json_decref(v);
		return stripe_nonsense(s, what);
	}
	*out = v;
	return OK;
}

const char *
stripe_copy(struct arena *a, const json_t *v, const char *name)
{
	return arena_strdup(a, stripe_text(v, name));
}

bool
stripe_amount(
    const json_t *v, const char *name, const char *currency, int64_t *out)
{
	const json_t *n = json_object_get(v, name);

	int64_t amount = json_integer_value(n);

	return json_is_integer(n) && amount >= 0 && amount <= AMOUNT_MAX &&
	       stripe_amount_to_minor(amount, currency, out);
}

/* ---- payment intents ---- */

bool
stripe_intent_id_valid(const char *id)
{
	size_t n = strlen(id);

	return n > 3 && n <= INTENT_ID_MAX && str_starts(id, "pi_") &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			  "0123456789_") == n;
}

bool
stripe_intent_read(struct arena *a, const json_t *v, struct stripe_intent *out)
{
	const char *currency = stripe_text(v, "currency");
	struct stripe_intent i = {
	    .id = stripe_copy(a, v, "id"),
	    .status = stripe_copy(a, v, "status"),
	    .livemode = json_is_true(json_object_get(v, "livemode")),
	    .customer = stripe_copy(a, v, "customer"),
	    .receipt_email = stripe_copy(a, v, "receipt_email"),
	    .latest_charge = stripe_copy(a, v, "latest_charge"),
	};
	const char *upper = str_upper(a, currency);

	i.currency = upper;
	if (!i.id || !i.status || !upper ||
	    !stripe_amount(v, "amount", upper, &i.amount) ||
	    !stripe_amount(v, "amount_received", upper, &i.amount_received))
		return false;
	*out = i;
	return true;
}

/* An answer about another intent must not pay for this one. */
static enum err
keep_intent(struct stripe *s, struct arena *a, const json_t *v, const char *id,
    struct stripe_intent *out)
{
	struct stripe_intent i;

	if (!stripe_intent_read(a, v, &i))
		return stripe_nonsense(s, INTENT_CALL);
	if (!str_eq(i.id, id)) {
		snprintf(s->reason, sizeof(s->reason),
		    "the answer is about another intent");
		log_event(LOG_WARN, "stripe_other_intent", LOG_S("asked", id),
		    LOG_S("told", i.id));
		return E_NOTFOUND;
	}
	*out = i;
	return OK;
}

enum err
stripe_intent_fetch(struct stripe *s, struct arena *a, const char *id,
    struct stripe_intent *out)
{
	const char *path;
	json_t *v = NULL;
	enum err e;

	if (!stripe_intent_id_valid(id))
		return E_NOTFOUND;
	path = arena_printf(a, "/v1/payment_intents/%s", id);
	if (!path)
		return E_BUSY;
	e = stripe_call(s, a, INTENT_CALL, path, NULL, NULL, &v);
	if (e == OK)
		e = keep_intent(s, a, v, id, out);
	json_decref(v);
	return e;
}

/* ---- forms ---- */

void
stripe_put_text(struct buf *form, const char *name, const char *value)
{
	if (form->len > 0)
		buf_putc(form, '&');
	buf_puts(form, name);
	buf_putc(form, '=');
	buf_uri(form, value, strlen(value));
}

void
stripe_put_int(struct buf *form, const char *name, int64_t n)
{
	buf_printf(form, "%s%s=%" PRId64, form->len > 0 ? "&" : "", name, n);
}

/* ---- refunds ---- */

#define REFUNDS_MAX 100 /* as many as Stripe tells at once */
#define OUR_REF	    "mpanel_refund"

bool
stripe_refund_failed(const struct stripe_refund *r)
{
	return str_eq(r->status, "failed") || str_eq(r->status, "canceled");
}

static bool
read_refund(struct arena *a, const json_t *v, const char *currency,
    struct stripe_refund *out)
{
	out->id = stripe_copy(a, v, "id");
	out->status = stripe_copy(a, v, "status");
	return out->id && out->status &&
	       stripe_amount(v, "amount", currency, &out->amount);
}

enum err
stripe_refund_create(struct stripe *s, struct arena *a, const char *intent,
    int64_t amount, const char *currency, const char *ref,
    const char *idempotency_key, struct stripe_refund *out)
{
	static const char what[] = "refunds.create";
	struct stripe_refund r;
	struct buf form;
	json_t *v = NULL;
	int64_t theirs;
	enum err e;

	if (!stripe_intent_id_valid(intent) || amount <= 0 ||
	    !stripe_amount_of(amount, currency, &theirs))
		return E_INPUT;
	buf_init(&form, 0);
	stripe_put_text(&form, "payment_intent", intent);
	stripe_put_int(&form, "amount", theirs);
	stripe_put_text(&form, "metadata[" OUR_REF "]", ref);
	e = stripe_call(s, a, what, "/v1/refunds", &form, idempotency_key, &v);
	if (e == OK) {
		if (read_refund(a, v, currency, &r))
			*out = r;
		else
			e = stripe_nonsense(s, what);
	}
	json_decref(v);
	buf_fini(&form);
	return e;
}

/* Takes those of ours out of a list; false when it makes no sense. */
static bool
pick_refunds(struct arena *a, const json_t *list, const char *currency,
    const char *ref, struct stripe_refunds *out)
{
	struct stripe_refund r;
	const json_t *v;
	size_t i;

	if (!json_is_array(list))
		return false;
	json_array_foreach(list, i, v)
	{
		const char *theirs =
		    stripe_text(json_object_get(v, "metadata"), OUR_REF);

		if (!theirs || !str_eq(theirs, ref))
			continue;
		if (!read_refund(a, v, currency, &r))
			return false;
		if (stripe_refund_failed(&r)) {
			out->n_failed++;
			continue;
		}
		out->is_there = true;
		out->refund = r;
	}
	return true;
}

enum err
stripe_refunds_find(struct stripe *s, struct arena *a, const char *intent,
    const char *currency, const char *ref, struct stripe_refunds *out)
{
	static const char what[] = "refunds.list";
	struct stripe_refunds found = {false};
	json_t *v = NULL;
	enum err e;

	if (!stripe_intent_id_valid(intent))
		return E_INPUT;
	e = stripe_call(s, a, what,
	    arena_printf(a, "/v1/refunds?payment_intent=%s&limit=%d", intent,
		REFUNDS_MAX),
	    NULL, NULL, &v);
	if (e != OK)
		return e;
	if (!pick_refunds(a, json_object_get(v, "data"), currency, ref, &found))
		e = stripe_nonsense(s, what);
	else if (!found.is_there &&
		 json_is_true(json_object_get(v, "has_more"))) {
		snprintf(s->reason, sizeof(s->reason),
		    "%s has more than %d refunds", intent, REFUNDS_MAX);
		e = E_CONFLICT;
	} else
		*out = found;
	json_decref(v);
	return e;
}
