/* incoming.c - what strangers send is read, repaired, and kept whole.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Mails with their whole way into a ticket are in t/support/mail_in.c.
 */
#include "config.h"

#include "mail/incoming.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "tap.h"

#define MIB ((size_t)1024 * 1024)

static struct arena *arena;
static struct incoming in;

static void
read_bytes(const char *mail, size_t n)
{
	arena_reset(arena);
	if (incoming_read(arena, mail, n, &in) != OK)
		bail("no memory");
}

static void
read_mail(const char *mail)
{
	read_bytes(mail, strlen(mail));
}

#define HEAD "From: Ada <ada@example.com>\nTo: help@example.test\n"

/* ---- headers ---- */

static void
test_headers(void)
{
	read_mail("From: \"Ada L.\" <Ada@Example.COM>\r\n"
		  "Reply-To: other@example.org\r\n"
		  "To: Help <help@example.test>, b@example.test\r\n"
		  "Cc: friends: c@example.test, d@example.test;\r\n"
		  "Delivered-To: help+x@example.test\r\n"
		  "Message-ID: <1@example.com>\r\n"
		  "In-Reply-To: <0@example.test>\r\n"
		  "References: <a@example.test> <b@example.test>\r\n"
		  "Date: Fri, 20 Nov 2026 17:32:07 +0100\r\n"
		  "Subject: =?utf-8?q?M=C3=BCll?= =?iso-8859-1?q?_=E4?=\r\n"
		  "\r\nHello,\r\n\r\nit is me.\r\n");
	is_str(in.from, "ada@example.com", "who wrote it, in lower case");
	is_str(in.from_name, "Ada L.", "  and the name");
	is_int((int64_t)in.n_from, 1, "  alone");
	is_str(in.reply_to, "other@example.org", "where answers should go");
	is_int((int64_t)in.n_to, 5, "recipients, those of groups, too");
	is_str(in.to[4], "help+x@example.test", "  and to whom it was given");
	is_str(in.message_id, "1@example.com", "which mail it is");
	is_int((int64_t)in.n_references, 3, "what it answers");
	is_str(in.references[0], "a@example.test", "  in order");
	is_int(in.date, 1795192327, "when");
	is_str(in.subject, "Müll ä", "a subject in two charsets");
	is_str(
	    in.text, "Hello,\n\nit is me.\n", "the text, with our line ends");
	is_int((int64_t)in.signs, 0, "a person");
}

static void
test_senders(void)
{
	static const struct {
		const char *what, *from, *want, *name;
		int n;
	} cases[] = {
	    {"bare", "ada@example.com", "ada@example.com", "", 1},
	    {"several: the first", "a@example.com, b@example.com",
		"a@example.com", "", 2},
	    {"a group", "us: a@example.com, b@example.com;", "a@example.com",
		"", 2},
	    {"an IDN", "Jörg <joerg@müller.example>",
		"joerg@xn--mller-kva.example", "Jörg", 1},
	    {"a local part that is not ASCII", "jörg@example.com", "", "", 1},
	    {"no domain", "ada", "", "", 1},
	    {"nothing", "", "", "", 0},
	    {"an empty group", "undisclosed-recipients:;", "", "", 0},
	    {"a name with a line in it",
		"=?utf-8?q?Ada=0ABcc=3A_x?= <a@example.com>", "a@example.com",
		"Ada Bcc: x", 1},
	    {"an address as name", "\"boss@example.test\" <a@example.com>",
		"a@example.com", "boss@example.test", 1},
	    {"8 bits", "J\xf6rg <a@example.com>", "a@example.com", "Jörg", 1},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		char mail[400];

		snprintf(mail, sizeof(mail), "From: %s\n\nx\n", cases[i].from);
		read_mail(mail);
		is_str(in.from, cases[i].want, cases[i].what);
		is_str(in.from_name, cases[i].name, "  the name");
		is_int((int64_t)in.n_from, cases[i].n, "  how many");
	}
	read_mail("Subject: x\n\nx\n");
	is_str(in.from, "", "a mail from nobody");
	read_mail("From: a@example.com\nFrom: b@example.com\n\nx\n");
	is_str(in.from, "a@example.com", "of two headers, the first");
	is_int((int64_t)in.n_from, 2, "  and it is known that there are two");
}

static void
test_subjects(void)
{
	static const struct {
		const char *what, *subject, *want;
	} cases[] = {
	    {"a header that hides in a word",
		"=?utf-8?q?Hi=0D=0ABcc=3A_x=40example=2Ecom?=",
		"Hi Bcc: x@example.com"},
	    {"folded", "one\n two\n\tthree", "one two three"},
	    {"8 bits in UTF-8", "M\xc3\xbcll", "Müll"},
	    {"8 bits in another", "M\xfcll", "Müll"},
	    {"an unknown charset", "=?x-none?q?M=C3=BCll?=", "Müll"},
	    {"a word that is cut", "=?utf-8?q?M=C3=BC", "=?utf-8?q?M=C3=BC"},
	    {"NUL and escapes",
		"=?utf-8?q?a=00b=1B[31m?=", "a?b\xef\xbf\xbd[31m"},
	    {"a line separator", "=?utf-8?q?a=E2=80=A8b?=",
		"a\xef\xbf\xbd"
		"b"},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		char mail[400];

		snprintf(
		    mail, sizeof(mail), "Subject: %s\n\nx\n", cases[i].subject);
		read_mail(mail);
		is_str(in.subject, cases[i].want, cases[i].what);
	}
}

static void
test_long_subject(void)
{
	char *mail = malloc(12000);

	memset(mail, 'x', 12000);
	memcpy(mail, "Subject: ", 9);
	memcpy(mail + 11000, "\n\ny\n", 5);
	read_mail(mail);
	is_int((int64_t)strlen(in.subject), INCOMING_SUBJECT_MAX,
	    "a subject of 10 kB is cut");
	is_str(in.text, "y\n", "  and its text is there");
	free(mail);
}

/* ---- texts ---- */

static void
test_charsets(void)
{
	static const struct {
		const char *what, *charset, *text, *want;
	} cases[] = {
	    {"none", "", "M\xc3\xbcll", "Müll\n"},
	    {"ASCII that is not", "; charset=us-ascii", "M\xfcll", "Müll\n"},
	    {"UTF-8 that is not", "; charset=utf-8", "M\xfcll",
		"M\xef\xbf\xbdll\n"},
	    {"an unknown one", "; charset=klingon", "M\xfcll", "Müll\n"},
	    {"one that is no name", "; charset=\"../../x//TRANSLIT\"",
		"M\xfcll", "Müll\n"},
	    {"Windows'", "; charset=windows-1252", "\x80 5", "€ 5\n"},
	    {"Cyrillic", "; charset=koi8-r", "\xf0\xd2\xc9", "При\n"},
	    {"Japanese", "; charset=iso-2022-jp", "\x1b$B$\"\x1b(B", "あ\n"},
	    {"a character that is cut", "; charset=shift_jis", "a\x82",
		"a\xef\xbf\xbd\n"},
	    {"a byte order mark", "; charset=utf-8", "\xef\xbb\xbfx", "x\n"},
	    {"what controls a terminal", "; charset=utf-8", "a\x1b[2Jb\x07",
		"a\xef\xbf\xbd[2Jb\xef\xbf\xbd\n"},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		char mail[400];

		snprintf(mail, sizeof(mail),
		    HEAD "Content-Type: text/plain%s\n\n%s\n", cases[i].charset,
		    cases[i].text);
		read_mail(mail);
		is_str(in.text, cases[i].want, cases[i].what);
	}
	read_bytes(
	    HEAD "\na\0b\r\nc\rd\n", sizeof(HEAD "\na\0b\r\nc\rd\n") - 1);
	is_str(in.text,
	    "a\xef\xbf\xbd"
	    "b\nc\nd\n",
	    "NUL, and a lone CR");
}

static void
test_html(void)
{
	static const struct {
		const char *html, *want;
	} cases[] = {
	    {"<p>Hello&nbsp;<b>Ada</b>,</p><p>it<br>is &lt;me&gt; &#8364;&#x41;"
	     "</p>",
		"Hello Ada,\n\nit\nis <me> €A\n"},
	    {"<style>p{}</style><script>alert('</p>')</script>x", "x\n"},
	    {"<head><title>t</title></head><body>x</body>", "x\n"},
	    {"<a href=\"https://evil.example/?a=1&amp;b=2\">your bank</a>",
		"your bank (https://evil.example/?a=1&b=2)\n"},
	    {"<a href='javascript:alert(1)'>x</a>", "x\n"},
	    {"<a href=\"http://a.example/\">http://a.example/</a>",
		"http://a.example/\n"},
	    {"<ul><li>a<li>b</ul>", "- a\n- b\n"},
	    {"<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc\n"},
	    {"new<blockquote>old<br>er<blockquote>eldest</blockquote>"
	     "</blockquote>",
		"new\n> old\n> er\n> > eldest\n"},
	    {"<pre>a\n  b</pre>c", "a\n  b\n\nc\n"},
	    {"1 < 2 && 3 > 2 &unknown; &#0;&#xd800;",
		"1 < 2 && 3 > 2 &unknown; \xef\xbf\xbd\xef\xbf\xbd\n"},
	    {"a<!-- <b>hidden</b> -->b<img alt=x>", "ab\n"},
	    {"<p title='>'>x", "x\n"},
	    {"", ""},
	    {"<", "<\n"},
	    {"<p", ""},
	};
	struct buf b;

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		buf_init(&b, 0);
		incoming_html(&b, cases[i].html, strlen(cases[i].html));
		is_str(buf_str(&b), cases[i].want, cases[i].html);
		buf_fini(&b);
	}
}

/* ---- parts ---- */

#define MIXED(type)                                                            \
	HEAD "MIME-Version: 1.0\nContent-Type: multipart/" type                \
	     "; boundary=b\n\n"

static void
test_parts(void)
{
	read_mail(MIXED("alternative") "--b\n\nplain\n--b\n"
				       "Content-Type: text/html\n\n<p>rich\n"
				       "--b--\n");
	is_str(in.text, "plain\n", "of two forms, the plain one");
	is_int((int64_t)in.n_files, 0, "  and the other is no file");
	read_mail(MIXED("alternative") "--b\n\n \n--b\n"
				       "Content-Type: text/html\n\n<p>rich\n"
				       "--b--\n");
	is_str(in.text, "rich\n", "of an empty and a rich one, the rich one");
	read_mail(MIXED("mixed") "--b\nContent-Type: text/html\n\n<p>rich\n"
				 "--b\n\nfooter\n--b--\n");
	is_str(in.text, "rich\n\nfooter\n", "texts stand one below the other");
	read_mail(HEAD "Content-Type: text/html\n\n<script>x</script>\n");
	is_str(in.text, "", "HTML that says nothing is no text");
	is_int((int64_t)in.n_files, 1, "  but a file");
	read_mail(HEAD "\n\n\n");
	is_str(in.text, "", "an empty mail");
	is_int((int64_t)in.n_files, 0, "  has no files");
	read_mail(HEAD "Content-Type: multipart/mixed\n\n--b\n\nlost?\n");
	ok(strstr(in.text, "lost?") ||
		(in.n_files == 1 && strstr(in.files[0].data, "lost?")),
	    "what can't be taken apart is kept");
}

static void
test_files(void)
{
	static const struct {
		const char *what, *how, *name;
	} cases[] = {
	    {"a path", "filename=\"../../etc/passwd\"", "passwd"},
	    {"a path of Windows", "filename=\"C:\\\\x\\\\evil.exe\"",
		"evil.exe"},
	    {"a hidden file", "filename=\".htaccess\"", "htaccess"},
	    {"a name in two charsets (RFC 2231)",
		"filename*=iso-8859-1''M%FCll.pdf", "Müll.pdf"},
	    {"a name in words", "filename=\"=?utf-8?q?M=C3=BCll=2Epdf?=\"",
		"Müll.pdf"},
	    {"a line in a name", "filename*=utf-8''a%0D%0AX%3A%20b", "a X: b"},
	    {"no name", "", "attachment"},
	    {"nothing but a path", "filename=\"/\"", "attachment"},
	    {"NUL in a name", "filename*=utf-8''a%00b.exe", "a"},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		char mail[600];

		snprintf(mail, sizeof(mail),
		    MIXED("mixed") "--b\n\nx\n--b\nContent-Type: "
				   "Application/PDF\nContent-Disposition: "
				   "attachment; %s\nContent-Transfer-Encoding: "
				   "base64\n\naGVsbG8=\n--b--\n",
		    cases[i].how);
		read_mail(mail);
		is_int((int64_t)in.n_files, 1, cases[i].what);
		if (in.n_files == 1) {
			is_str(in.files[0].name, cases[i].name, "  its name");
			is_str(in.files[0].type, "application/pdf", "  type");
			ok(in.files[0].len == 5 &&
				memcmp(in.files[0].data, "hello", 5) == 0,
			    "  and bytes");
		}
	}
}

static void
test_odd_files(void)
{
	struct buf b;

	read_mail(MIXED(
	    "signed; protocol=\"application/pkcs7-signature\"") "--b\n\nsigned text\n--b\nContent-Type: "
								"application/pkcs7-signature; name=smime.p7s\n\nMIAG\n--b--\n");
	is_str(in.text, "signed text\n", "S/MIME: the text");
	is_int((int64_t)in.n_files, 1, "  and the signature is kept");
	read_mail(MIXED("mixed") "--b\n\nx\n--b\nContent-Type: "
				 "application/ms-tnef; name=winmail.dat\n\n"
				 "\x78\x9f\n--b--\n");
	is_str(in.files[0].name, "winmail.dat", "winmail.dat is a file");
	read_mail(MIXED("mixed") "--b\n\nsee\n--b\nContent-Type: "
				 "message/rfc822\n\nFrom: b@example.com\n"
				 "Subject: inner\n\ninner\n--b--\n");
	is_str(in.text, "see\n", "a mail within is not read");
	is_str(in.files[0].name, "message.eml", "  it is a file");
	ok(strstr(in.files[0].data, "Subject: inner"), "  with its headers");
	buf_init(&b, 8 * MIB);
	buf_puts(&b, MIXED("mixed"));
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "--b\nContent-Type: image/png\n\n%d\n", i);
	buf_puts(&b, "--b--\n");
	read_bytes(b.data, b.len);
	is_int((int64_t)in.n_files, INCOMING_FILES_MAX, "so many files");
	is_int((int64_t)(in.n_files + in.n_more), 1000, "  others are counted");
	buf_reset(&b);
	buf_puts(&b, MIXED("mixed"));
	for (int i = 0; i < 1000000; i++)
		buf_puts(&b, "--b\n\nx\n");
	read_bytes(b.data, b.len);
	ok(in.n_more > 10000 && in.text[0] == 'x',
	    "a million parts are not all looked at");
	buf_fini(&b);
}

/* Parts in parts in parts. */
static void
test_depth(void)
{
	int64_t began = clock_mono_us();
	struct buf b;

	buf_init(&b, 8 * MIB);
	buf_puts(&b, HEAD);
	for (int i = 0; i < 20000; i++)
		buf_printf(&b,
		    "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i,
		    i);
	buf_puts(&b, "\nthe bottom\n");
	read_bytes(b.data, b.len);
	ok(in.n_files == 1 && in.files[0].len > 100,
	    "what lies too deep is a file");
	buf_reset(&b);
	buf_puts(&b, HEAD);
	for (int i = 0; i < 20000; i++)
		buf_puts(&b, "Content-Type: message/rfc822\n\n");
	buf_puts(&b, "\nthe bottom\n");
	read_bytes(b.data, b.len);
	is_int((int64_t)in.n_files, 1, "mails in mails are one file");
	buf_reset(&b);
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "X-%d: x\n", i);
	buf_puts(&b, "To: ");
	for (int i = 0; i < 100000; i++)
		buf_puts(&b, "a:");
	buf_puts(&b, "\n\nx\n");
	read_bytes(b.data, b.len);
	is_str(in.text, "x\n", "endless headers are read over");
	ok(clock_mono_us() - began < 20000000, "  in time");
	note("%lld ms", (long long)(clock_mono_us() - began) / 1000);
	buf_fini(&b);
}

/* ---- machines ---- */

static void
test_machines(void)
{
	static const struct {
		const char *header;
		unsigned signs;
	} cases[] = {
	    {"Auto-Submitted: no", 0},
	    {"Auto-Submitted: auto-replied (vacation)",
		INCOMING_AUTO_REPLY | INCOMING_AUTO},
	    {"Auto-Submitted: auto-generated", INCOMING_AUTO},
	    {"X-Auto-Response-Suppress: All", INCOMING_AUTO},
	    {"X-Autoreply: yes", INCOMING_AUTO_REPLY},
	    {"Precedence: bulk", INCOMING_BULK},
	    {"Precedence: first-class", 0},
	    {"List-Id: <l.example.com>", INCOMING_BULK},
	    {"Subject: Automatische Antwort: Re: x", INCOMING_AUTO},
	    {"Subject: Re: Automatische Antwort", 0},
	    {"From: MAILER-DAEMON@example.com", INCOMING_AUTO},
	    {"Content-Type: multipart/report; boundary=b; "
	     "report-type=disposition-notification",
		INCOMING_AUTO_REPLY},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		char mail[400];

		snprintf(mail, sizeof(mail), "%s\n\n--b\n\nx\n--b--\n",
		    cases[i].header);
		read_mail(mail);
		is_int((int64_t)in.signs, cases[i].signs, cases[i].header);
	}
	read_mail(INCOMING_LOOP_HEADER ": t1\n\nx\n");
	is_str(in.loop, "t1", "our own mails are known again");
}

static void
test_report(void)
{
	read_mail(
	    "From: MAILER-DAEMON@example.com\nContent-Type: multipart/report; "
	    "boundary=b; report-type=delivery-status\n\n--b\n\n"
	    "I'm sorry.\n--b\nContent-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; example.com\n\n"
	    "Final-Recipient: rfc822; Ada@example.com\nAction: failed\n"
	    "Status: 5.1.1\nDiagnostic-Code: smtp; 550 no\n such user\n\n"
	    "--b\nContent-Type: message/rfc822\n\nSubject: x\n\nours\n--b--\n");
	ok(in.signs & INCOMING_REPORT, "a report is one");
	is_str(in.report_to, "ada@example.com", "  whose mail");
	is_str(in.report_status, "5.1.1 failed", "  what became of it");
	is_str(in.report_why, "550 no such user", "  and why");
	is_str(in.text, "I'm sorry.\n", "  what it says to people");
}

int
main(void)
{
	arena = arena_new(256 * MIB);
	test_headers();
	test_senders();
	test_subjects();
	test_long_subject();
	test_charsets();
	test_html();
	test_parts();
	test_files();
	test_odd_files();
	test_depth();
	test_machines();
	test_report();
	arena_free(&arena);
	return tap_done();
}
