/* incoming_body.c - the text of a mail, and its files.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/incoming_parts.h"

#include <string.h>

#include "base/text.h"

/* ---- files ---- */

/* One line, without a path, and not hidden. */
static const char *
file_name(struct reading *r, const char *given, const char *type)
{
	const char *name =
		       incoming_line_of(r->arena, given, 4 * INCOMING_NAME_MAX),
		   *s;
	size_t n, step, chars = 0;

	if (!name)
		return "";
	for (s = name; *s; s++) {
		if (*s == '/' || *s == '\\')
			name = s + 1;
	}
	name += strspn(name, ". ");
	for (n = 0; name[n] && chars < INCOMING_NAME_MAX; n += step, chars++)
		step = utf8_step(name + n, strlen(name + n), NULL);
	if (n > 0)
		return arena_strndup(r->arena, name, n);
	return str_eq(type, "message/rfc822") ? "message.eml"
	       : str_starts(type, "text/")    ? "text.txt"
					      : "attachment";
}

void
incoming_add_file(struct reading *r, const char *name, const char *type,
    const char *data, size_t len)
{
	if (r->out->n_files >= INCOMING_FILES_MAX) {
		r->out->n_more++;
		return;
	}
	r->files[r->out->n_files++] = (struct incoming_file){
	    .name = file_name(r, name, type),
	    .type = type,
	    .data = data,
	    .len = len,
	};
}

static const char *
type_of(struct reading *r, GMimeObject *o)
{
	GMimeContentType *t = g_mime_object_get_content_type(o);
	const char *type = g_mime_content_type_get_media_type(t);
	const char *sub = g_mime_content_type_get_media_subtype(t);
	const char *whole =
	    arena_printf(r->arena, "%s/%s", type ? type : "", sub ? sub : "");

	/* RFC 6838 section 4.2, as far as anybody goes */
	if (!whole || strlen(whole) > 100 || whole[0] == '/' ||
	    whole[strspn(whole, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
				"UVWXYZ0123456789!#$&^_.+-/")] != '\0')
		return "application/octet-stream";
	return str_lower(r->arena, whole);
}

static const char *
name_of(GMimeObject *o)
{
	const char *name =
	    GMIME_IS_PART(o) ? g_mime_part_get_filename(GMIME_PART(o)) : NULL;

	return name ? name
		    : g_mime_object_get_content_disposition_parameter(
			  o, "filename");
}

static void
take_file(struct reading *r, GMimeObject *o)
{
	const char *data, *type = type_of(r, o);
	size_t n;

	if (r->out->n_files >= INCOMING_FILES_MAX) {
		r->out->n_more++;
		return;
	}
	data = incoming_content(r->arena, o, &n);
	/* what could not be taken apart is no message of its own */
	if (GMIME_IS_MULTIPART(o))
		type = "message/rfc822";
	incoming_add_file(r, name_of(o), type, data, n);
}

/* ---- text ---- */

static bool
is_blank(const char *s)
{
	return s[strspn(s, " \t\n")] == '\0';
}

/* False: it says nothing, or too much. */
static bool
take_text(struct reading *r, GMimeObject *o)
{
	const char *charset =
	    g_mime_object_get_content_type_parameter(o, "charset");
	size_t n, before = r->text.len;
	const char *data = incoming_content(r->arena, o, &n);
	struct buf clean;

	if (n > INCOMING_TEXT_MAX)
		return false;
	buf_init(&clean, 8 * INCOMING_TEXT_MAX);
	incoming_utf8(&clean, data ? data : "", n, charset);
	if (before > 0)
		buf_putc(&r->text, '\n');
	if (incoming_is_type(o, "text", "html"))
		incoming_html(&r->text, buf_str(&clean), clean.len);
	else
		buf_add(&r->text, buf_str(&clean), clean.len);
	if (r->text.len > 0 && r->text.data[r->text.len - 1] != '\n')
		buf_putc(&r->text, '\n');
	buf_fini(&clean);
	if (before < r->text.len && !is_blank(r->text.data + before))
		return true;
	buf_truncate(&r->text, before);
	return n == 0 || incoming_is_type(o, "text", "plain");
}

static bool
is_text(GMimeObject *o)
{
	const char *how = g_mime_object_get_disposition(o);

	return (incoming_is_type(o, "text", "plain") ||
		   incoming_is_type(o, "text", "html")) &&
	       GMIME_IS_PART(o) && !(how && str_eq_nocase(how, "attachment")) &&
	       !name_of(o);
}

/* ---- the tree, without recursion ---- */

static void
push(struct reading *r, GMimeObject *o, int depth, bool is_twin)
{
	if (!o)
		return;
	if (r->n_seen >= INCOMING_PARTS_MAX) {
		r->out->n_more++;
		return;
	}
	r->n_seen++;
	r->pending[r->n_pending++] =
	    (struct incoming_pending){o, depth, is_twin};
}

/* Plain text that says something; it may stand deeper only where there is
 * nothing to choose from. */
static bool
says_something(struct reading *r, GMimeObject *o)
{
	const char *data;
	size_t n;

	if (!is_text(o) || !incoming_is_type(o, "text", "plain"))
		return false;
	data = incoming_content(r->arena, o, &n);
	return data && !is_blank(str_trim(r->arena, data));
}

/* Which of the alternatives is read (RFC 2046 section 5.1.4: the last is the
 * richest, but plain text is what we want). */
static int
choose(struct reading *r, GMimeMultipart *m, int n)
{
	int rich = -1;

	for (int i = 0; i < n; i++) {
		GMimeObject *o = g_mime_multipart_get_part(m, i);

		if (says_something(r, o))
			return i;
		if (is_text(o) || GMIME_IS_MULTIPART(o))
			rich = i;
	}
	return rich;
}

/* In their order: the last is pushed first. */
static void
push_children(struct reading *r, struct incoming_pending *p)
{
	GMimeMultipart *m = GMIME_MULTIPART(p->object);
	int n = g_mime_multipart_get_count(m), chosen = -1;
	bool is_choice =
	    incoming_is_type(p->object, "multipart", "alternative");

	if (n > INCOMING_PARTS_MAX) {
		r->out->n_more += (size_t)(n - INCOMING_PARTS_MAX);
		n = INCOMING_PARTS_MAX;
	}
	if (is_choice)
		chosen = choose(r, m, n);
	for (int i = n; i-- > 0;)
		push(r, g_mime_multipart_get_part(m, i), p->depth + 1,
		    p->is_twin || (is_choice && i != chosen));
}

static void
look_at(struct reading *r, struct incoming_pending *p)
{
	GMimeObject *o = p->object;

	incoming_look_for_report(r, o);
	if (GMIME_IS_MULTIPART(o) && p->depth < INCOMING_DEPTH_MAX &&
	    g_mime_multipart_get_count(GMIME_MULTIPART(o)) > 0) {
		push_children(r, p);
		return;
	}
	if (incoming_is_type(o, "message", "delivery-status"))
		incoming_read_report(r, o);
	else if (!is_text(o) || (!p->is_twin && !take_text(r, o)))
		take_file(r, o);
}

void
incoming_read_body(struct reading *r, GMimeMessage *m)
{
	push(r, g_mime_message_get_mime_part(m), 0, false);
	while (r->n_pending > 0) {
		struct incoming_pending p = r->pending[--r->n_pending];

		look_at(r, &p);
	}
}
