/* message.c - a letter as mail servers want it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/message.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "mail/incoming.h"

#define CRLF "\r\n"

enum {
	LINE_MAX_BYTES = 76, /* of quoted-printable, RFC 2045 */
	PLAIN_MAX = 60,	     /* longer headers are encoded, which folds them */
	/* "=?UTF-8?Q?" and "?=" around it make 75, RFC 2047 section 2 */
	WORD_MAX_BYTES = 75 - 12
};

#define ID_CHARS                                                               \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"       \
	"!#$%&'*+-/=?^_`{|}~."

static const char hex[] = "0123456789ABCDEF";

static void
put_hex(struct buf *out, unsigned char c)
{
	const char text[] = {'=', hex[c >> 4], hex[c & 15]};

	buf_add(out, text, sizeof(text));
}

/* ---- words in headers ---- */

/* RFC 2047 section 5 (3): what needs no code even within a phrase. */
static bool
is_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '!' || c == '*' || c == '+' ||
	       c == '-' || c == '/';
}

static size_t
encoded_size(const char *s, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += s[i] == ' ' || is_plain((unsigned char)s[i]) ? 1 : 3;
	return size;
}

static void
put_encoded(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == ' ')
			buf_putc(out, '_');
		else if (is_plain(c))
			buf_putc(out, (char)c);
		else
			put_hex(out, c);
	}
}

/* Encoded words, each of whole characters, each on its line, of which the
 * first begins at a column. */
static void
put_words(struct buf *out, const char *text, size_t column)
{
	size_t left = strlen(text), used = column;
	bool is_open = false;

	while (left > 0) {
		size_t n = utf8_step(text, left, NULL);
		size_t size = encoded_size(text, n);

		if (is_open && used + size > WORD_MAX_BYTES) {
			buf_puts(out, "?=" CRLF " ");
			is_open = false;
			used = 0;
		}
		if (!is_open)
			buf_puts(out, "=?UTF-8?Q?");
		is_open = true;
		put_encoded(out, text, n);
		used += size;
		text += n;
		left -= n;
	}
	if (is_open)
		buf_puts(out, "?=");
}

static bool
is_ascii(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s >= 0x80)
			return false;
	}
	return true;
}

void
message_unstructured(struct buf *out, const char *name, const char *text)
{
	size_t n = strlen(text);

	buf_printf(out, "%s: ", name);
	if (is_ascii(text) && n <= PLAIN_MAX && !strstr(text, "=?") &&
	    (n == 0 || (text[0] != ' ' && text[n - 1] != ' '))) {
		buf_puts(out, text);
	} else {
		put_words(out, text, strlen(name) + 2);
	}
	buf_puts(out, CRLF);
}

/* In a quoted string some need a backslash. */
static size_t
quoted_size(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '"' || *text == '\\' ? 2 : 1;
	return n;
}

void
message_phrase(struct buf *out, const char *text, size_t column)
{
	if (!is_ascii(text) || quoted_size(text) > PLAIN_MAX ||
	    strstr(text, "=?")) {
		put_words(out, text, column);
		return;
	}
	buf_putc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

/* ---- headers ---- */

static void
put_mailbox(
    struct buf *out, const char *name, const char *phrase, const char *address)
{
	buf_printf(out, "%s: ", name);
	if (phrase && phrase[0] != '\0') {
		message_phrase(out, phrase, strlen(name) + 2);
		buf_puts(out, CRLF " ");
	}
	buf_printf(out, "<%s>" CRLF, address);
}

/* Thursday was day 0. */
static void
put_date(struct buf *out, int64_t t)
{
	static const char days[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int day = (int)(t / 86400 % 7);
	char iso[21];
	int month;

	time_iso(t, iso); /* 2026-11-20T16:32:07Z */
	month = (iso[5] - '0') * 10 + iso[6] - '0';
	buf_printf(out, "Date: %.3s, %.2s %.3s %.4s %.8s +0000" CRLF,
	    days + day * 3, iso + 8, months + (month - 1) * 3, iso, iso + 11);
}

/* What a program of mails makes a conversation of (RFC 5322, 3.6.4). */
static void
put_thread(struct buf *out, const struct message *m)
{
	const char *answers = m->answers ? m->answers : m->root;

	if (!m->root)
		return;
	buf_printf(out, "In-Reply-To:" CRLF " <%s>" CRLF, answers);
	buf_printf(out, "References:" CRLF " <%s>" CRLF, m->root);
	if (m->answers)
		buf_printf(out, " <%s>" CRLF, m->answers);
}

/* RFC 3834: nobody's out-of-office is to answer a machine. */
static void
put_kind(struct buf *out, const struct message *m)
{
	if (!m->by_person)
		buf_puts(out, "Auto-Submitted: auto-generated" CRLF);
	if (m->loop)
		buf_printf(out,
		    "X-Auto-Response-Suppress: All" CRLF INCOMING_LOOP_HEADER
		    ": %s" CRLF,
		    m->loop);
}

static void
put_headers(struct buf *out, const struct message *m)
{
	put_mailbox(out, "From", m->from_name, m->from);
	put_mailbox(out, "To", m->to_name, m->to);
	if (m->reply_to)
		put_mailbox(out, "Reply-To", m->from_name, m->reply_to);
	message_unstructured(out, "Subject", m->subject);
	put_date(out, m->date);
	buf_printf(out, "Message-ID: <%s@%s>" CRLF, m->id, m->host);
	put_thread(out, m);
	buf_puts(out, "MIME-Version: 1.0" CRLF);
	put_kind(out, m);
	buf_printf(out, "Content-Language: %s" CRLF, m->lang);
	buf_printf(out,
	    "Content-Type: multipart/alternative;" CRLF
	    " boundary=\"=_%s\"" CRLF,
	    m->id);
}

/* ---- bodies ---- */

static bool
needs_code(const char *s, size_t column)
{
	unsigned char c = (unsigned char)*s;

	if (c == ' ' || c == '\t')
		return s[1] == '\n' || s[1] == '\0';
	if (c < ' ' || c > '~' || c == '=')
		return true;
	return column == 0 &&
	       (c == '.' || __builtin_strncmp(s, "From ", 5) == 0);
}

void
message_qp(struct buf *out, const char *text)
{
	size_t column = 0;

	for (const char *s = text; *s; s++) {
		bool coded = *s != '\n' && needs_code(s, column);

		if (*s == '\n') {
			buf_puts(out, CRLF);
			column = 0;
			continue;
		}
		/* one place is left for the "=" of a soft line break */
		if (column + (coded ? 3 : 1) > LINE_MAX_BYTES - 1) {
			buf_puts(out, "=" CRLF);
			column = 0;
			coded = needs_code(s, 0);
		}
		if (coded)
			put_hex(out, (unsigned char)*s);
		else
			buf_putc(out, *s);
		column += coded ? 3 : 1;
	}
	if (column > 0)
		buf_puts(out, CRLF);
}

/* No boundary can stand in it: "=_" is never quoted-printable. */
static void
put_part(struct buf *out, const struct message *m, const char *type,
    const char *text)
{
	buf_printf(out,
	    CRLF "--=_%s" CRLF "Content-Type: %s; charset=utf-8" CRLF
		 "Content-Transfer-Encoding: quoted-printable" CRLF CRLF,
	    m->id, type);
	message_qp(out, text);
}

/* ---- the whole ---- */

static bool
is_text(const char *s, size_t max)
{
	return !s || (strlen(s) <= max && utf8_valid(s, strlen(s)) &&
			 text_is_printable(s));
}

static bool
is_name(const char *s)
{
	return s[0] != '\0' &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] == '\0';
}

bool
message_id_valid(const char *id)
{
	const char *at = strchr(id, '@');

	return at && at > id && at[1] != '\0' && strlen(id) <= MESSAGE_ID_MAX &&
	       strspn(id, ID_CHARS) == (size_t)(at - id) &&
	       at[1 + strspn(at + 1, ID_CHARS)] == '\0';
}

static bool
is_writable(const struct message *m)
{
	return email_valid(m->from) && email_valid(m->to) &&
	       (!m->reply_to || email_valid(m->reply_to)) &&
	       is_text(m->from_name, MESSAGE_NAME_MAX) &&
	       is_text(m->to_name, MESSAGE_NAME_MAX) &&
	       is_text(m->subject, MESSAGE_SUBJECT_MAX) &&
	       m->subject[0] != '\0' && is_name(m->id) && strlen(m->id) <= 64 &&
	       domain_valid(m->host) && is_name(m->lang) &&
	       (!m->root || message_id_valid(m->root)) &&
	       (!m->answers || message_id_valid(m->answers)) &&
	       (!m->loop || is_name(m->loop)) &&
	       utf8_valid(m->text, strlen(m->text)) &&
	       utf8_valid(m->html, strlen(m->html));
}

enum err
message_write(struct buf *out, const struct message *m)
{
	if (!is_writable(m))
		return E_INPUT;
	put_headers(out, m);
	put_part(out, m, "text/plain", m->text);
	put_part(out, m, "text/html", m->html);
	buf_printf(out, CRLF "--=_%s--" CRLF, m->id);
	return OK;
}
