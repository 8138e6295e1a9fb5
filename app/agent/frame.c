/* frame.c - what puller and executor say to each other.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/frame.h"

#include <string.h>

#include "base/text.h"

enum field_type { FIELD_TEXT, FIELD_NUM };

struct tag_info {
	enum field_type type;
	size_t max; /* bytes of text */
	bool repeats;
};

/* clang-format off */
static const struct tag_info tag_infos[TAG__MAX] = {
	[TAG_DOMAIN]	     = {FIELD_TEXT, 253,	false},
	[TAG_SITE_ID]	     = {FIELD_TEXT, 36,		false},
	[TAG_SYSTEM_USER]    = {FIELD_TEXT, 32,		false},
	[TAG_PLAN]	     = {FIELD_TEXT, 64,		false},
	[TAG_PHP]	     = {FIELD_NUM,  0,		false},
	[TAG_PHP_VERSION]    = {FIELD_TEXT, 8,		false},
	[TAG_ALIAS]	     = {FIELD_TEXT, 253,	true},
	[TAG_RETENTION_DAYS] = {FIELD_NUM,  0,		false},
	[TAG_ARCHIVE]	     = {FIELD_TEXT, 64,		false},
	[TAG_SHA256]	     = {FIELD_TEXT, 64,		false},
	[TAG_RESTORE_ID]     = {FIELD_TEXT, 36,		false},
	[TAG_OK]	     = {FIELD_NUM,  0,		false},
	[TAG_PERCENT]	     = {FIELD_NUM,  0,		false},
	[TAG_MESSAGE]	     = {FIELD_TEXT, 2048,	false},
	[TAG_RESULT]	     = {FIELD_TEXT, 16384,	false},
	[TAG_AFRESH]	     = {FIELD_NUM,  0,		false},
};
/* clang-format on */

static struct frame_field *
field_add(struct frame *f, enum frame_tag tag)
{
	struct frame_field *field;

	assert(f->n < FRAME_FIELDS_MAX && tag < TAG__MAX);
	field = &f->field[f->n++];
	field->tag = tag;
	return field;
}

void
frame_text(struct frame *f, enum frame_tag tag, const char *text)
{
	assert(tag_infos[tag].type == FIELD_TEXT);
	field_add(f, tag)->text = text;
}

void
frame_num(struct frame *f, enum frame_tag tag, int64_t num)
{
	assert(tag_infos[tag].type == FIELD_NUM);
	field_add(f, tag)->num = num;
}

const struct frame_field *
frame_find(const struct frame *f, enum frame_tag tag)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->field[i].tag == tag)
			return &f->field[i];
	}
	return NULL;
}

const char *
frame_get(const struct frame *f, enum frame_tag tag, const char *fallback)
{
	const struct frame_field *field = frame_find(f, tag);

	return field != NULL ? field->text : fallback;
}

int64_t
frame_get_num(const struct frame *f, enum frame_tag tag, int64_t fallback)
{
	const struct frame_field *field = frame_find(f, tag);

	return field != NULL ? field->num : fallback;
}

uint32_t
frame_tags(const struct frame *f)
{
	uint32_t set = 0;

	for (size_t i = 0; i < f->n; i++)
		set |= UINT32_C(1) << f->field[i].tag;
	return set;
}

static void
put_le(struct buf *b, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_putc(b, (char)(unsigned char)(v >> (8 * i)));
}

static uint64_t
get_le(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	for (int i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static size_t
field_size(const struct frame_field *field)
{
	return field->text != NULL ? strlen(field->text) : 8;
}

enum err
frame_encode(const struct frame *f, struct buf *b)
{
	size_t body = FRAME_HEAD - 4;

	for (size_t i = 0; i < f->n; i++) {
		const struct frame_field *field = &f->field[i];

		if (field->text != NULL &&
		    strlen(field->text) > tag_infos[field->tag].max)
			return E_LIMIT;
		body += 4 + field_size(field);
	}
	if (body > FRAME_BODY_MAX)
		return E_LIMIT;
	put_le(b, body, 4);
	put_le(b, f->kind, 1);
	put_le(b, f->verb, 1);
	put_le(b, f->n, 2);
	put_le(b, f->serial, 4);
	for (size_t i = 0; i < f->n; i++) {
		const struct frame_field *field = &f->field[i];

		put_le(b, field->tag, 1);
		put_le(b, 0, 1);
		put_le(b, field_size(field), 2);
		if (field->text != NULL)
			buf_puts(b, field->text);
		else
			put_le(b, (uint64_t)field->num, 8);
	}
	return buf_failed(b) ? E_LIMIT : OK;
}

/* One field at p[0..n); its size goes to *used_out. */
static enum err
field_decode(struct arena *a, const unsigned char *p, size_t n, struct frame *f,
    size_t *used_out)
{
	const struct tag_info *info;
	struct frame_field *field;
	size_t len;

	if (n < 4 || p[0] >= TAG__MAX || p[1] != 0)
		return E_INPUT;
	info = &tag_infos[p[0]];
	len = (size_t)get_le(p + 2, 2);
	if (len > n - 4 || (info->type == FIELD_NUM && len != 8) ||
	    (info->type == FIELD_TEXT && len > info->max))
		return E_INPUT;
	if (!info->repeats && frame_find(f, (enum frame_tag)p[0]) != NULL)
		return E_INPUT;
	field = field_add(f, (enum frame_tag)p[0]);
	*used_out = 4 + len;
	if (info->type == FIELD_NUM) {
		field->num = (int64_t)get_le(p + 4, 8);
		return OK;
	}
	if (!utf8_valid((const char *)p + 4, len))
		return E_INPUT;
	field->text = arena_strndup(a, (const char *)p + 4, len);
	return field->text != NULL ? OK : E_LIMIT;
}

enum err
frame_decode(struct arena *a, const void *in, size_t n, struct frame *f_out,
    size_t *used_out)
{
	const unsigned char *p = in;
	struct frame f = {0};
	size_t body, at = FRAME_HEAD, fields;

	if (n < 4)
		return E_NOTFOUND;
	body = (size_t)get_le(p, 4);
	if (body < FRAME_HEAD - 4 || body > FRAME_BODY_MAX)
		return E_INPUT;
	if (n - 4 < body)
		return E_NOTFOUND;
	fields = (size_t)get_le(p + 6, 2);
	if (p[4] >= FRAME__MAX || p[5] >= VERB__MAX ||
	    fields > FRAME_FIELDS_MAX)
		return E_INPUT;
	f.kind = (enum frame_kind)p[4];
	f.verb = (enum verb)p[5];
	f.serial = (uint32_t)get_le(p + 8, 4);
	for (size_t i = 0; i < fields; i++) {
		size_t used = 0;
		enum err e = field_decode(a, p + at, body + 4 - at, &f, &used);

		if (e != OK)
			return e;
		at += used;
	}
	if (at != body + 4)
		return E_INPUT;
	*f_out = f;
	*used_out = at;
	return OK;
}
