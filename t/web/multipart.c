/* multipart.c - a form in parts is read in one way only, or refused.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/multipart.h"

#include "tap.h"

#define MEBIBYTE ((size_t)1024 * 1024)
#define FIELD(n) "Content-Disposition: form-data; name=\"" n "\"\r\n\r\n"
#define FILE_(n)                                                               \
	"Content-Disposition: form-data; name=f; filename=" n "\r\n\r\n"
#define START	   "--b\r\n"
#define NEXT	   "\r\n--b\r\n"
#define END	   "\r\n--b--\r\n"
#define ONE(heads) START heads "x" END

static struct arena *arena;
static struct problems problems;
static struct multipart form;

static void
again(void)
{
	arena_reset(arena);
	problems_init(&problems, arena);
	form = (struct multipart){0};
}

static enum err
read_bytes(const char *body, size_t n)
{
	again();
	return multipart_read(arena, "b", body, n, &problems, &form);
}

static bool
is_refused(enum err e, const char *code)
{
	if (e == E_INPUT && problems.n == 1 &&
	    strcmp(problems.item[0].code, code) == 0)
		return true;
	note("got %d, %s", e,
	    problems_kept(&problems) ? problems.item[0].code : "no problem");
	return false;
}

/* `wants` is "name=value|name=value|name<filename=data". */
static bool
form_is(const char *wants)
{
	char got[512] = "", *at = got;

	for (size_t i = 0; i < form.fields.n; i++)
		at += sprintf(at, "%s=%s|", form.fields.item[i].name,
		    form.fields.item[i].value);
	for (size_t i = 0; i < form.n_files; i++)
		at += sprintf(at, "%s<%s=%.*s|", form.file[i].name,
		    form.file[i].filename, (int)form.file[i].len,
		    form.file[i].data);
	if (at > got)
		at[-1] = '\0';
	if (strcmp(got, wants) == 0)
		return true;
	note("got %s, want %s", got, wants);
	return false;
}

/* clang-format off */
static const struct row {
	const char *claim, *body, *want;
} taken[] = {
	{"a field", ONE(FIELD("a")), "a=x"},
	{"the end without its line end", START FIELD("a") "x\r\n--b--", "a=x"},
	{"an empty line before the first boundary", "\r\n" ONE(FIELD("a")), "a=x"},
	{"two fields", START FIELD("a") "1" NEXT FIELD("b") "2" END, "a=1|b=2"},
	{"an empty field", START FIELD("a") END, "a="},
	{"no field at all", "--b--\r\n", ""},
	{"lines in a value", START FIELD("a") "x\r\ny\r\n" END, "a=x\r\ny\r\n"},
	{"what only looks like a boundary", START FIELD("a") "\n--b\r--b--" END, "a=\n--b\r--b--"},
	{"names in UTF-8", ONE(FIELD("\xc3\xb6")), "\xc3\xb6=x"},
	{"an unquoted name", ONE("content-disposition:FORM-DATA;NAME=a\r\n\r\n"), "a=x"},
	{"a quote and a backslash in a name", ONE(FIELD("a\\\"\\\\\\c")), "a\"\\\\c=x"},
	{"a semicolon in a name", ONE(FIELD("a;b=c")), "a;b=c=x"},
	{"other attributes and headers", ONE("X-Y: z\r\nContent-Disposition: form-data; size=3; name=a\r\n\r\n"), "a=x"},
	{"a folded header", ONE("Content-Disposition: form-data;\r\n\tname=a\r\n\r\n"), "a=x"},
	{"a type of the field", ONE("Content-Type: application/json\r\n" FIELD("a")), "a=x"},
	{"encodings that change nothing", START "Content-Transfer-Encoding: 7Bit\r\n" FIELD("a") NEXT
	    "Content-Transfer-Encoding: binary\r\n" FIELD("b") END, "a=|b="},
	{"a part without a disposition is dropped", START "X: y\r\n\r\nz" NEXT FIELD("a") "x" END, "a=x"},
	{"a part without headers is dropped", START "\r\nz" NEXT FIELD("a") "x" END, "a=x"},
	{"an attachment is dropped", START "Content-Disposition: attachment; name=a\r\n\r\nz" NEXT FIELD("a") "x" END, "a=x"},
	{"a file", ONE(FILE_("n.txt")), "f<n.txt=x"},
	{"a file between fields", START FIELD("a") "1" NEXT FILE_("n") "2" NEXT FIELD("b") "3" END, "a=1|b=3|f<n=2"},
	{"a file that is not UTF-8", START FILE_("n") "\xff" END, "f<n=\xff"},
	{"no directories in a file's name", ONE(FILE_("\"/a/b/../c.txt\"")), "f<c.txt=x"},
	{"no Windows directories either", ONE(FILE_("\"C:\\a\\c.txt\"")), "f<c.txt=x"},
	{"a name of dots is none", ONE(FILE_("\"..\\..\"")), "f<=x"},
	{"a file that was not chosen", START FILE_("\"\"") END, "f<="},
	{"an encoded file name", ONE(FILE_("n; filename*=UTF-8'de'%c3%b6%2Fb")), "f<b=x"},
}, refused[] = {
	{"no body", "", "bad_format"},
	{"another boundary", "--c\r\n" FIELD("a") "x\r\n--c--", "bad_format"},
	{"text before the first boundary", "x\r\n" ONE(FIELD("a")), "bad_format"},
	{"text behind the last", ONE(FIELD("a")) "x", "bad_format"},
	{"a line end too many", ONE(FIELD("a")) "\r\n", "bad_format"},
	{"no last boundary", START FIELD("a") "x", "bad_format"},
	{"a last boundary that is a middle one", START FIELD("a") "x" NEXT, "bad_format"},
	{"half a last boundary", START FIELD("a") "x\r\n--b-", "bad_format"},
	{"a boundary that goes on", START FIELD("a") "x\r\n--bc\r\n" FIELD("b") END, "bad_format"},
	{"padding behind a boundary", "--b \r\n" FIELD("a") END, "bad_format"},
	{"lines that end with LF", "--b\nContent-Disposition: form-data; name=a\n\nx\n--b--\n", "bad_format"},
	{"headers without an end", START "Content-Disposition: form-data; name=a\r\n", "bad_format"},
	{"a boundary in the headers", START "--b: x\r\n" FIELD("a") END, "bad_format"},
	{"a boundary instead of the empty line", START "Content-Disposition: form-data; name=a\r\n" NEXT FIELD("b") END, "bad_format"},
	{"a header without a colon", ONE("X\r\n" FIELD("a")), "bad_format"},
	{"a header without a name", ONE(": X\r\n" FIELD("a")), "bad_format"},
	{"a space before the colon", ONE("Content-Type : text/plain\r\n" FIELD("a")), "bad_format"},
	{"a bare LF in a header", ONE("X: a\nY: b\r\n" FIELD("a")), "bad_format"},
	{"a bare CR in a header", ONE("X: a\rY: b\r\n" FIELD("a")), "bad_format"},
	{"a header that is not UTF-8", ONE("X: \xff\r\n" FIELD("a")), "bad_encoding"},
	{"a disposition twice", ONE("Content-Disposition: form-data; name=b\r\n" FIELD("a")), "bad_format"},
	{"a type twice", ONE("Content-Type: a/b\r\ncontent-type: a/b\r\n" FIELD("a")), "bad_format"},
	{"no name", ONE("Content-Disposition: form-data\r\n\r\n"), "bad_format"},
	{"two names", ONE("Content-Disposition: form-data; name=a; name=b\r\n\r\n"), "bad_format"},
	{"a name without an end", ONE("Content-Disposition: form-data; name=\"a\r\n\r\n"), "bad_format"},
	{"a name whose last quote is escaped", ONE("Content-Disposition: form-data; name=\"a\\\"\r\n\r\n"), "bad_format"},
	{"text behind a quoted name", ONE("Content-Disposition: form-data; name=\"a\"b\r\n\r\n"), "bad_format"},
	{"a quote in a bare name", ONE("Content-Disposition: form-data; name=a\"b\r\n\r\n"), "bad_format"},
	{"an empty bare name", ONE("Content-Disposition: form-data; name=\r\n\r\n"), "bad_format"},
	{"a semicolon too many", ONE("Content-Disposition: form-data; name=a;\r\n\r\n"), "bad_format"},
	{"a disposition of two words", ONE("Content-Disposition: form-data x; name=a\r\n\r\n"), "bad_format"},
	{"parts in a part", ONE("Content-Type: Multipart/mixed; boundary=c\r\n" FIELD("a")), "bad_format"},
	{"base64", ONE("Content-Transfer-Encoding: base64\r\n" FIELD("a")), "bad_format"},
	{"quoted-printable", ONE("Content-Transfer-Encoding: quoted-printable\r\n" FIELD("a")), "bad_format"},
	{"a name twice", START FIELD("a") "1" NEXT FIELD("a") "2" END, "duplicate_key"},
	{"a field and a file of one name", START FILE_("n") "1" NEXT FIELD("f") "2" END, "duplicate_key"},
	{"a value that is not UTF-8", START FIELD("a") "\xff" END, "bad_encoding"},
	{"a file name of another character set", ONE(FILE_("n; filename*=latin1''n")), "bad_format"},
	{"a file name without its character set", ONE(FILE_("n; filename*=n")), "bad_format"},
	{"a file name with a broken escape", ONE(FILE_("n; filename*=utf-8''%c")), "bad_encoding"},
	{"a file name with an encoded line end", ONE(FILE_("n; filename*=utf-8''a%0d%0ab")), "bad_format"},
};

static const struct boundary_row {
	const char *type, *want;
} boundaries[] = {
	{"multipart/form-data; boundary=b", "b"},
	{"multipart/form-data;charset=utf-8 ; Boundary=\"a b\"", "a b"},
	{"multipart/form-data; boundary=----WebKitFormBoundaryTB2MiQ36fnSJlrhY", "----WebKitFormBoundaryTB2MiQ36fnSJlrhY"},
	{"multipart/form-data", NULL},
	{"multipart/form-data; boundary=", NULL},
	{"multipart/form-data; boundary=\"\"", NULL},
	{"multipart/form-data; boundary=\"a", NULL},
	{"multipart/form-data; boundary=\"a \"", NULL},
	{"multipart/form-data; boundary=a; boundary=a", NULL},
	{"multipart/form-data; boundary=a\\b", NULL},
	{"multipart/form-data; boundary=a b", NULL},
	{"multipart/form-data; boundary=a;", NULL},
	{"multipart/form-data boundary=a", NULL},
	{"multipart/form-data; boundary=\xc3\xb6", NULL},
	{"multipart/form-data; boundary="
	    "0123456789012345678901234567890123456789012345678901234567890123456789",
	    "0123456789012345678901234567890123456789012345678901234567890123456789"},
	{"multipart/form-data; boundary="
	    "01234567890123456789012345678901234567890123456789012345678901234567890", NULL},
};
/* clang-format on */

static void
test_rows(void)
{
	for (size_t i = 0; i < N_ELEMS(taken); i++) {
		const struct row *r = &taken[i];
		enum err e = read_bytes(r->body, strlen(r->body));

		ok(e == OK && form_is(r->want), "%s", r->claim);
	}
	for (size_t i = 0; i < N_ELEMS(refused); i++) {
		const struct row *r = &refused[i];
		enum err e = read_bytes(r->body, strlen(r->body));

		ok(is_refused(e, r->want), "%s is refused", r->claim);
	}
}

static void
test_boundaries(void)
{
	for (size_t i = 0; i < N_ELEMS(boundaries); i++) {
		const struct boundary_row *r = &boundaries[i];
		const char *got = NULL;
		enum err e;

		again();
		e = multipart_boundary(arena, r->type, &problems, &got);
		if (r->want)
			ok(e == OK && strcmp(got, r->want) == 0,
			    "a boundary is read from %s", r->type);
		else
			ok(is_refused(e, "bad_format"),
			    "no boundary is read from %s", r->type);
	}
}

static enum err
read_buf(const struct buf *b)
{
	return read_bytes(buf_str(b), b->len);
}

static void
put_parts(struct buf *b, int n)
{
	for (int i = 0; i < n; i++)
		buf_printf(b, "%s" FIELD("a%d"), i ? NEXT : START, i);
	buf_puts(b, END);
}

/* A part with headers of n bytes, the empty line among them. */
static void
put_headers(struct buf *b, size_t n)
{
	int zeros = (int)(n - strlen("X:\r\n" FIELD("a")));

	buf_printf(b, START "X:%0*d\r\n" FIELD("a") END, zeros, 0);
}

static void
test_limits(void)
{
	struct buf b;

	buf_init(&b, MEBIBYTE);
	put_parts(&b, PARAMS_MAX);
	ok(read_buf(&b) == OK && form.fields.n == PARAMS_MAX,
	    "200 parts are taken");
	buf_reset(&b);
	put_parts(&b, PARAMS_MAX + 1);
	ok(is_refused(read_buf(&b), "too_large"), "the 201st is refused");
	buf_reset(&b);
	buf_printf(&b, ONE(FIELD("%064d")), 0);
	ok(read_buf(&b) == OK, "a name of 64 bytes is taken");
	buf_reset(&b);
	buf_printf(&b, ONE(FIELD("%065d")), 0);
	ok(is_refused(read_buf(&b), "too_long"), "one of 65 is refused");
	buf_reset(&b);
	put_headers(&b, MULTIPART_HEADERS_MAX);
	ok(read_buf(&b) == OK, "headers of 16 KiB are taken");
	buf_reset(&b);
	put_headers(&b, MULTIPART_HEADERS_MAX + 1);
	ok(is_refused(read_buf(&b), "too_large"), "longer ones are refused");
	buf_fini(&b);
}

/* NUL bytes, which no row can have. */
static void
test_nul(void)
{
	static const char value[] = START FIELD("a") "x\0y" END;
	static const char header[] = START "X: \0\r\n" FIELD("a") END;
	static const char file[] = START FILE_("n") "x\0y" END;

	ok(is_refused(read_bytes(value, sizeof(value) - 1), "bad_encoding"),
	    "a NUL in a field is refused");
	ok(is_refused(read_bytes(header, sizeof(header) - 1), "bad_encoding"),
	    "a NUL in a header is refused");
	ok(read_bytes(file, sizeof(file) - 1) == OK && form.file[0].len == 3 &&
		memcmp(form.file[0].data, "x\0y", 3) == 0,
	    "a NUL in a file is kept");
}

int
main(void)
{
	arena = arena_new(4 * MEBIBYTE);
	test_rows();
	test_boundaries();
	test_limits();
	test_nul();
	arena_free(&arena);
	return tap_done();
}
