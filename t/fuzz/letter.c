/* letter.c - no text gets out of its place in a letter.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a sender's name, a recipient's, a subject, a text and HTML,
 * parted by NULs.  What is not refused has the same headers as a letter with
 * harmless values, in lines that every server takes, and says what it was
 * given.
 */
#include "config.h"

#include "base/text.h"
#include "input.h"
#include "mail/message.h"
#include "replay.h"

const char fuzz_name[] = "letter";

#define ID "01890000-0000-7000-8000-000000000001"

/* The names of the headers, in order; lines are checked on the way. */
static void
read_letter(const char *s, struct buf *names)
{
	bool in_head = true;
	size_t n;

	for (; *s; s += n + 2) {
		n = strcspn(s, "\r\n");
		assert(s[n] == '\r' && s[n + 1] == '\n');
		assert(n <= 78);
		for (size_t i = 0; i < n; i++)
			assert((s[i] >= ' ' && s[i] <= '~') ||
			       (s[i] == '\t' && !in_head));
		in_head &= n > 0;
		if (in_head && s[0] != ' ')
			buf_add(names, s, strcspn(s, ":") + 1);
	}
}

/* Quoted-printable undone (RFC 2045 section 6.7). */
static size_t
decode(const char *s, size_t n, char *out)
{
	size_t to = 0;
	char byte[3] = {0};

	for (size_t i = 0; i < n; i++) {
		if (s[i] != '=') {
			out[to++] = s[i];
		} else if (s[i + 1] == '\r') {
			i += 2;
		} else {
			memcpy(byte, s + i + 1, 2);
			out[to++] = (char)strtol(byte, NULL, 16);
			i += 2;
		}
	}
	return to;
}

/* Lines end in LF and the last one does, too: so does what is read again. */
static void
check_body(const char *text)
{
	size_t n = strlen(text), got = 0;
	struct buf b;
	char *back;

	buf_init(&b, 16 * MEBIBYTE);
	message_qp(&b, text);
	assert(!buf_failed(&b));
	back = malloc(b.len + 1);
	assert(back);
	got = decode(buf_str(&b), b.len, back);
	for (size_t i = 0; i < n; i++) {
		const char *at = memmem(back, got, "\r\n", 2);

		if (text[i] == '\n') {
			assert(at == back);
			memmove(back, back + 2, got -= 2);
		} else {
			assert(got > 0 && back[0] == text[i]);
			memmove(back, back + 1, --got);
		}
	}
	assert(got == 0 || (got == 2 && memcmp(back, "\r\n", 2) == 0));
	free(back);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part rest = {(const char *)data, n > 3000 ? 3000 : n};
	char *value[5];
	struct message m = {.from = "a@b.test",
	    .to = "c@d.test",
	    .subject = "x",
	    .id = ID,
	    .host = "b.test",
	    .lang = "en",
	    .text = "x",
	    .html = "x"};
	struct buf plain, letter, want, got;

	for (size_t i = 0; i < N_ELEMS(value); i++)
		value[i] = part_text(next_part(&rest, '\0'));
	buf_init(&plain, 0);
	buf_init(&letter, 16 * MEBIBYTE);
	buf_init(&want, 0);
	buf_init(&got, 0);
	if (message_write(&plain, &m) != OK)
		abort();
	m.from_name = value[0];
	m.to_name = value[1];
	m.subject = value[2];
	m.text = value[3];
	m.html = value[4];
	if (message_write(&letter, &m) == OK) {
		read_letter(buf_str(&plain), &want);
		read_letter(buf_str(&letter), &got);
		assert(strcmp(buf_str(&want), buf_str(&got)) == 0);
		check_body(value[3]);
	} else {
		assert(letter.len == 0);
	}
	buf_fini(&plain);
	buf_fini(&letter);
	buf_fini(&want);
	buf_fini(&got);
	for (size_t i = 0; i < N_ELEMS(value); i++)
		free(value[i]);
	return 0;
}
