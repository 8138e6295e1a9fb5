/* conflict.c - two people with the same form.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/conflict.h"

#include <string.h>

#include "base/buf.h"
#include "base/secret.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/show.h"

enum {
	HASH_CHARS = 12,   /* of a value: nobody gains by a collision */
	SHOWN_CHARS = 2000 /* of a long text; all of it is kept */
};

/* A browser sends lines with CR LF, and people leave blanks at the end. */
static const char *
plain(struct arena *a, const char *s)
{
	char *copy = str_trim(a, s), *to = copy;

	for (const char *c = copy; c && *c; c++)
		if (*c != '\r')
			*to++ = *c;
	if (copy)
		*to = '\0';
	return copy ? copy : "";
}

static void
hash_value(struct arena *a, const char *s, char out[static TOKEN_HASH_LEN])
{
	const char *text = plain(a, s ? s : "");

	content_hash(text, strlen(text), out);
}

static bool
is_asked(const struct conflict *c, size_t i)
{
	return (c->asked >> i & 1) != 0;
}

const char *
conflict_base(struct arena *a, const struct conflict *c)
{
	char hash[TOKEN_HASH_LEN];
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < c->noun->n_fields; i++) {
		if (!is_asked(c, i))
			continue;
		hash_value(a, c->kept[i], hash);
		buf_printf(
		    &b, "%s:%.*s ", c->noun->field[i].api, HASH_CHARS, hash);
	}
	return buf_move(a, &b);
}

/* What the form that was sent began with has this value in this field. */
static bool
began_with(struct request *rq, const struct field *f, const char *value)
{
	const char *base = form_text(rq, CONFLICT_BASE);
	char hash[TOKEN_HASH_LEN], *item;

	hash_value(rq->arena, value, hash);
	item = arena_printf(rq->arena, "%s:%.*s ", f->api, HASH_CHARS, hash);
	return base && item && strstr(base, item) != NULL;
}

/* ---- the two columns ---- */

/* The first n characters. */
static const char *
cut(struct arena *a, const char *s, size_t n)
{
	size_t len = strlen(s), at = 0;

	while (n-- > 0 && at < len)
		at += utf8_step(s + at, len - at, NULL);
	return arena_strndup(a, s, at);
}

static const char *
in_words(struct request *rq, const struct field *f, const char *value)
{
	struct arena *a = rq->arena;

	if (value[0] == '\0')
		return say("(nothing)");
	if (f->type == FIELD_WORD)
		return say(field_word(f, value));
	if (f->type == FIELD_BOOL)
		return str_eq(value, "true") ? say("Yes") : say("No");
	if (utf8_len(value) <= SHOWN_CHARS)
		return value;
	return arena_printf(a, "%s…", cut(a, value, SHOWN_CHARS));
}

static void
put_side(struct request *rq, struct view *row, const char *side,
    const struct field *f, const char *value, bool checked)
{
	struct view *v = view_object(row, side);

	view_text(v, "value", value);
	view_text(v, "text", in_words(rq, f, value));
	view_flag(v, "checked", checked);
}

static void
put_row(struct request *rq, struct view *rows, const struct field *f,
    const char *theirs, const char *yours)
{
	bool is_mine = began_with(rq, f, theirs);
	bool is_theirs = !is_mine && began_with(rq, f, yours);
	struct view *row = view_item(rows);

	view_text(row, "name", f->api);
	view_text(row, "label", say(f->label));
	view_flag(row, "both", !is_mine && !is_theirs);
	put_side(rq, row, "theirs", f, theirs, is_theirs);
	put_side(rq, row, "yours", f, yours, is_mine);
}

/* "Ada, 16:32". */
static enum err
put_who(struct request *rq, struct view *v, const struct conflict *c)
{
	const char *who = NULL;
	int64_t at = 0;
	enum err e = OK;

	if (noun_changed_by)
		e = noun_changed_by(rq->tx, c->noun, c->id, &who, &at);
	view_text(v, "who", who && *who ? who : say("Somebody else"));
	put_ago(v, "when", at, rq->now);
	return e;
}

/* *n_out: so many fields differ. */
static enum err
put(struct request *rq, struct view *root, const struct conflict *c,
    size_t *n_out)
{
	struct view *v = view_object(root, "conflict");
	struct view *rows = view_list(v, "rows");

	*n_out = 0;
	for (size_t i = 0; i < c->noun->n_fields; i++) {
		const struct field *f = &c->noun->field[i];
		const char *yours = form_text(rq, f->api);
		const char *theirs = c->kept[i] ? c->kept[i] : "";

		if (!is_asked(c, i) || !yours ||
		    str_eq(plain(rq->arena, yours), plain(rq->arena, theirs)))
			continue;
		put_row(rq, rows, f, theirs, yours);
		++*n_out;
	}
	return put_who(rq, v, c);
}

enum err
conflict_reply(struct request *rq, const char *template, struct view *root,
    struct view *form, const struct conflict *c, bool *same_out)
{
	size_t n;
	enum err e = put(rq, root, c, &n);

	if (e != OK)
		return e;
	*same_out = n == 0;
	if (n == 0)
		return OK;
	view_text(form, "began", conflict_base(rq->arena, c));
	reply_page(rq, 409, template, root);
	return OK;
}
