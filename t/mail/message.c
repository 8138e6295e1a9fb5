/* message.c - letters are whole, and nothing gets out of its line.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * t/e2e/mail.t has them read by Python's email package.
 */
#include "config.h"

#include "mail/message.h"

#include "base/text.h"
#include "tap.h"

#define BOUNDARY "=_01890000-0000-7000-8000-000000000001"

static struct buf b;

static const struct message plain = {
    .from_name = "Nordlicht",
    .from = "panel@example.test",
    .to_name = "Ada",
    .to = "ada@example.com",
    .reply_to = "help@example.test",
    .subject = "Your order",
    .id = "01890000-0000-7000-8000-000000000001",
    .host = "example.test",
    .lang = "en",
    .date = 1795192327, /* 2026-11-20T16:32:07Z */
    .text = "Hello,\n\nit is done.\n",
    .html = "<p>Hello</p>\n",
};

static const char *
written(const struct message *m)
{
	buf_reset(&b);
	if (message_write(&b, m) != OK)
		return "(refused)";
	return buf_str(&b);
}

/* Every line ends in CR LF, is ASCII and at most 78 bytes long. */
static bool
is_well_made(const char *s)
{
	size_t column = 0;

	for (; *s; s++) {
		if (*s == '\r' && s[1] == '\n') {
			column = 0;
			s++;
			continue;
		}
		if (*s < ' ' || *s > '~' || ++column > 78)
			return false;
	}
	return column == 0;
}

static void
test_plain(void)
{
	is_str(written(&plain),
	    "From: \"Nordlicht\"\r\n <panel@example.test>\r\n"
	    "To: \"Ada\"\r\n <ada@example.com>\r\n"
	    "Reply-To: \"Nordlicht\"\r\n <help@example.test>\r\n"
	    "Subject: Your order\r\n"
	    "Date: Fri, 20 Nov 2026 16:32:07 +0000\r\n"
	    "Message-ID: <01890000-0000-7000-8000-000000000001@example.test>"
	    "\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "Content-Language: en\r\n"
	    "Content-Type: multipart/alternative;\r\n"
	    " boundary=\"" BOUNDARY "\"\r\n"
	    "\r\n--" BOUNDARY "\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "Hello,\r\n\r\nit is done.\r\n"
	    "\r\n--" BOUNDARY "\r\n"
	    "Content-Type: text/html; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "<p>Hello</p>\r\n"
	    "\r\n--" BOUNDARY "--\r\n",
	    "a letter is written in full");
}

/* ---- headers ---- */

#define TEN	 "\\\\\\\\\\\\\\\\\\\\"
#define TEN_SAID "=5C=5C=5C=5C=5C=5C=5C=5C=5C=5C"

static void
test_phrases(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"Ada", "\"Ada\""},
	    {"O'Brien & Sons <GmbH>", "\"O'Brien & Sons <GmbH>\""},
	    {"say \"hi\" \\", "\"say \\\"hi\\\" \\\\\""},
	    {"a, b; c: d@e.test", "\"a, b; c: d@e.test\""},
	    {"O'Brien & S\xc3\xb6hne <GmbH>",
		"=?UTF-8?Q?O=27Brien_=26_S=C3=B6hne_=3CGmbH=3E?="},
	    {"=?UTF-8?Q?x?=", "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fx=3F=3D?="},
	    /* in quotes these would be twice as many */
	    {TEN TEN TEN "\\", "=?UTF-8?Q?" TEN_SAID TEN_SAID "=5C?=\r\n "
			       "=?UTF-8?Q?" TEN_SAID "?="},
	    /* 63 characters and a fourth byte: a new word begins */
	    {"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	     "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
		"=?UTF-8?Q?=C3=A4=C3=A4=C3=A4=C3=A4=C3=A4=C3=A4=C3=A4"
		"=C3=A4=C3=A4=C3=A4?=\r\n =?UTF-8?Q?=C3=A4?="},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		buf_reset(&b);
		message_phrase(&b, cases[i].text, 0);
		is_str(buf_str(&b), cases[i].want, cases[i].text);
	}
}

static void
test_subjects(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"Your order", "Subject: Your order\r\n"},
	    {" x", "Subject: =?UTF-8?Q?_x?=\r\n"},
	    {"Pr\xc3\xbc"
	     "fung",
		"Subject: =?UTF-8?Q?Pr=C3=BCfung?=\r\n"},
	    {"=?x", "Subject: =?UTF-8?Q?=3D=3Fx?=\r\n"},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		buf_reset(&b);
		message_unstructured(&b, "Subject", cases[i].text);
		is_str(buf_str(&b), cases[i].want, cases[i].text);
	}
}

static void
test_refused(void)
{
	static const char *const bad[] = {"a\r\nBcc: x@y.test", "a\nb", "a\rb",
	    "a\x7f"
	    "b",
	    "a\tb", "\xc2\x85 next line", "\xe2\x80\xa8 separator",
	    "\xff not UTF-8", "\x1b[0m"};
	struct message m;

	for (size_t i = 0; i < N_ELEMS(bad); i++) {
		m = plain;
		m.subject = bad[i];
		is_str(written(&m), "(refused)", "no such subject");
		m = plain;
		m.to_name = bad[i];
		is_str(written(&m), "(refused)", "no such recipient");
		m = plain;
		m.from_name = bad[i];
		is_str(written(&m), "(refused)", "no such sender");
		m = plain;
		m.to = bad[i];
		is_str(written(&m), "(refused)", "no such address");
		m = plain;
		m.reply_to = bad[i];
		is_str(written(&m), "(refused)", "nor one for answers");
		m = plain;
		m.id = bad[i];
		is_str(written(&m), "(refused)", "no such id");
		m = plain;
		m.host = bad[i];
		is_str(written(&m), "(refused)", "no such host");
		m = plain;
		m.lang = bad[i];
		is_str(written(&m), "(refused)", "no such language");
	}
	m = plain;
	m.subject = "";
	is_str(written(&m), "(refused)", "a letter has a subject");
	ok(b.len == 0, "and nothing is written of what is refused");
}

/* ---- bodies ---- */

static void
test_bodies(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"", ""},
	    {"a", "a\r\n"},
	    {"a\n", "a\r\n"},
	    {"a \nb\t\n ", "a=20\r\nb=09\r\n=20\r\n"},
	    {"1 = 2", "1 =3D 2\r\n"},
	    {".\n..x\na.", "=2E\r\n=2E.x\r\na.\r\n"},
	    {"From here\n>From", "=46rom here\r\n>From\r\n"},
	    {"S\xc3\xb6hne", "S=C3=B6hne\r\n"},
	    {"a\r\nb", "a=0D\r\nb\r\n"},
	    {"0123456789012345678901234567890123456789012345678901234567890123"
	     "456789012345",
		"012345678901234567890123456789012345678901234567890123456789"
		"012345678901234=\r\n5\r\n"},
	    {"01234567890123456789012345678901234567890123456789012345678901"
	     "23456789012.x",
		"012345678901234567890123456789012345678901234567890123456789"
		"0123456789012.x\r\n"},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		buf_reset(&b);
		message_qp(&b, cases[i].text);
		is_str(buf_str(&b), cases[i].want, "quoted-printable");
	}
}

static void
test_long(void)
{
	static char name[MESSAGE_NAME_MAX + 2],
	    subject[MESSAGE_SUBJECT_MAX + 2], text[100000];
	struct message m = plain;

	memset(name, 'n', MESSAGE_NAME_MAX);
	for (size_t i = 0; i + 1 < MESSAGE_SUBJECT_MAX; i += 2)
		memcpy(subject + i, "\xc3\xa4", 2);
	memset(text, '.', sizeof(text) - 1);
	m.to_name = m.from_name = name;
	m.subject = subject;
	m.text = m.html = text;
	ok(is_well_made(written(&m)), "no line gets too long");
	name[MESSAGE_NAME_MAX] = 'n';
	is_str(written(&m), "(refused)", "a longer name is none");
	m = plain;
	subject[MESSAGE_SUBJECT_MAX] = 'x';
	m.subject = subject;
	is_str(written(&m), "(refused)", "a longer subject neither");
	ok(is_well_made(written(&plain)), "a short letter is well made too");
}

int
main(void)
{
	buf_init(&b, 4 << 20);
	test_plain();
	test_phrases();
	test_subjects();
	test_refused();
	test_bodies();
	test_long();
	buf_fini(&b);
	return tap_done();
}
