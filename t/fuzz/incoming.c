/* incoming.c - whatever is sent is read, and comes out clean.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a mail.  Lines have no control characters, addresses are such,
 * names of files lead nowhere, and parting the text loses none of it.
 */
#include "config.h"

#include "mail/incoming.h"

#include "base/text.h"
#include "input.h"
#include "mail/quoted.h"
#include "replay.h"

const char fuzz_name[] = "incoming";

static void
check_line(const char *s, size_t max)
{
	assert(s && text_is_printable(s) && utf8_valid(s, strlen(s)));
	assert(utf8_len(s) <= max);
}

static void
check_text(const char *s)
{
	assert(s && utf8_valid(s, strlen(s)));
	for (; *s; s++)
		assert((unsigned char)*s >= ' ' || *s == '\n' || *s == '\t');
}

static void
check_address(const char *s)
{
	assert(s[0] == '\0' || email_valid(s));
}

static size_t
letters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s != '\n' && *s != ' ' && *s != '\t';
	return n;
}

static void
check_quotes(struct arena *a, const char *text)
{
	struct quoted q;

	quoted_split(a, text, &q);
	assert(letters(q.fresh) + letters(q.old) == letters(text));
	assert(q.fresh[0] != '\0' || letters(text) == 0);
}

static void
check_html(struct arena *a, const char *data, size_t n)
{
	struct buf clean, text;

	buf_init(&clean, 16 * MEBIBYTE);
	buf_init(&text, 16 * MEBIBYTE);
	incoming_utf8(&clean, data, n, NULL);
	incoming_html(&text, buf_str(&clean), clean.len);
	check_text(buf_str(&text));
	check_quotes(a, buf_str(&text));
	buf_fini(&clean);
	buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(64 * MEBIBYTE);
	struct incoming in;

	assert(a && incoming_read(a, (const char *)data, n, &in) == OK);
	check_address(in.from);
	check_address(in.reply_to);
	check_address(in.report_to);
	check_line(in.from_name, INCOMING_NAME_MAX);
	check_line(in.subject, INCOMING_SUBJECT_MAX);
	check_line(in.message_id, INCOMING_ID_MAX);
	check_line(in.loop, INCOMING_ID_MAX);
	check_line(in.report_why, INCOMING_ID_MAX);
	check_line(in.report_status, 2 * INCOMING_ID_MAX + 1);
	assert(in.n_to <= INCOMING_TO_MAX && in.n_files <= INCOMING_FILES_MAX);
	assert(in.n_references <= INCOMING_REFERENCES_MAX);
	for (size_t i = 0; i < in.n_to; i++)
		assert(email_valid(in.to[i]));
	for (size_t i = 0; i < in.n_references; i++)
		check_line(in.references[i], INCOMING_ID_MAX);
	for (size_t i = 0; i < in.n_files; i++) {
		check_line(in.files[i].name, INCOMING_NAME_MAX);
		assert(in.files[i].name[0] != '\0' &&
		       in.files[i].name[0] != '.' &&
		       !strpbrk(in.files[i].name, "/\\"));
		assert(in.files[i].data && in.files[i].type[0] != '\0');
	}
	check_text(in.text);
	check_quotes(a, in.text);
	check_html(a, (const char *)data, n);
	arena_free(&a);
	return 0;
}
