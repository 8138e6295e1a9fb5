/* openapi_members.c - what calls take and give, in words for people.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/openapi.h"

#include "base/buf.h"
#include "base/text.h"

static const char *const type_words[FIELD__MAX] = {
    [FIELD_TEXT] = "text",
    [FIELD_AREA] = "text",
    [FIELD_WORD] = "word",
    [FIELD_CODE] = "lower-case word",
    [FIELD_EMAIL] = "e-mail address",
    [FIELD_DOMAIN] = "domain",
    [FIELD_COUNTRY] = "country",
    [FIELD_CURRENCY] = "currency",
    [FIELD_IP4] = "IPv4 address",
    [FIELD_IP6] = "IPv6 address",
    [FIELD_ID] = "id",
    [FIELD_INT] = "whole number",
    [FIELD_BOOL] = "true or false",
    [FIELD_MONEY] = "amount",
    [FIELD_PERCENT] = "percentage",
    [FIELD_TIME] = "moment",
    [FIELD_DATE] = "day",
    [FIELD_TAGS] = "list of words",
    [FIELD_JSON] = "JSON",
};

static const char *
words_of(struct arena *a, const char *const *words)
{
	struct buf b;

	buf_init(&b, 0);
	buf_puts(&b, "one of ");
	for (const char *const *w = words; *w; w++) {
		buf_puts(&b, w == words ? "" : ", ");
		buf_puts(&b, *w);
	}
	return buf_move(a, &b);
}

const char *
api_type(struct arena *a, const struct member *m)
{
	const char *one = m->of ? "object" : type_words[m->type];

	if (m->words)
		one = words_of(a, m->words);
	if (m->flags & MANY)
		one = arena_printf(a, "list: %s", one ? one : "");
	if (m->flags & NULLABLE)
		one = arena_printf(a, "%s, or null", one ? one : "");
	return one ? one : "";
}

struct walk {
	struct arena *arena;
	api_member_fn *fn;
	void *arg;
};

static void
tell_fields(const struct walk *w, const struct noun *n, const char *before,
    bool details)
{
	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];
		const char *name = arena_printf(w->arena, "%s%s%s", before,
		    f->flags & ADDRESS ? "address." : "", f->api);

		if (name && (details || !(f->flags & DETAIL)))
			w->fn(w->arg, name, type_words[f->type], true);
	}
}

static void
tell_written(const struct walk *w, const struct noun *n, enum noun_op op)
{
	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];

		if (f->flags & (op == NOUN_ADD ? NEW : EDIT))
			w->fn(w->arg, f->api, type_words[f->type],
			    op == NOUN_ADD && f->flags & REQUIRED);
	}
}

/* Shapes are constants that nest a few deep. */
static void
tell_shape(const struct walk *w, const struct shape *s, const char *before,
    enum api_side side)
{
	if (s->row && side == API_TAKES)
		tell_written(w, s->row, NOUN_CHANGE);
	else if (s->row)
		tell_fields(w, s->row, before, true);
	for (const struct member *m = s->member; m && m->name; m++) {
		const char *name =
		    arena_printf(w->arena, "%s%s", before, m->name);

		if (!name)
			return;
		w->fn(w->arg, name, api_type(w->arena, m), !(m->flags & MAYBE));
		if (!m->of)
			continue;
		name = arena_printf(
		    w->arena, "%s%s.", name, m->flags & MANY ? "[]" : "");
		if (name)
			tell_shape(w, m->of, name, side);
	}
}

void
api_members(struct arena *a, const struct api_call *c, enum api_side side,
    api_member_fn *fn, void *arg)
{
	const struct walk w = {a, fn, arg};
	const struct api_shape *s = &c->shape;

	if (side == API_TAKES && c->written)
		tell_written(&w, c->written, c->op);
	else if (side == API_TAKES && s->takes)
		tell_shape(&w, s->takes, "", side);
	else if (side == API_GIVES && s->list)
		tell_fields(&w, s->list, "items[].", false);
	else if (side == API_GIVES && s->one)
		tell_fields(&w, s->one, "", true);
	else if (side == API_GIVES && s->gives)
		tell_shape(
		    &w, s->gives, s->flags & API_ITEMS ? "items[]." : "", side);
}
