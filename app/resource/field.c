/* field.c - the types of fields: values from text, and back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/field.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/id.h"
#include "base/json.h"
#include "base/money.h"
#include "base/text.h"

enum {
	LINE_MAX_CHARS = 200,
	AREA_MAX_CHARS = 65536,
	TAG_MAX_CHARS = 40,
	TAGS_MAX = 50,
	PPM_OF_PERCENT = 4 /* digits behind the point of a percentage */
};

/* ---- problems ---- */

static bool
wrong(const struct field *f, const struct field_reader *in, const char *code,
    const char *message)
{
	problem_add(in->problems, f->api, code, "%s", message);
	return false;
}

/* ---- texts ---- */

typedef bool is_good(const char *s);

static bool
country_valid(const char *s)
{
	return s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z' &&
	       s[2] == '\0';
}

static bool
ip4_valid(const char *s)
{
	struct in_addr a;

	return inet_pton(AF_INET, s, &a) == 1;
}

static bool
ip6_valid(const char *s)
{
	struct in6_addr a;

	return inet_pton(AF_INET6, s, &a) == 1;
}

/* Line ends and tabs are no control characters here. */
static bool
area_is_printable(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Browsers send CR LF. */
static char *
unix_lines(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s), *to = copy;

	for (const char *c = copy; c && *c; c++)
		if (*c != '\r' || c[1] != '\n')
			*to++ = *c;
	if (copy)
		*to = '\0';
	return copy;
}

static bool
read_text(const struct field *f, const struct field_reader *in, const char *s,
    struct db_val *out)
{
	bool is_area = f->type == FIELD_AREA;
	size_t max = f->max > 0 ? (size_t)f->max
		     : is_area	? AREA_MAX_CHARS
				: LINE_MAX_CHARS;

	if (is_area && (s = unix_lines(in->arena, s)) == NULL)
		return false;
	if (!(is_area ? area_is_printable(s) : text_is_printable(s)))
		return wrong(
		    f, in, "bad_format", "This has a control character in it.");
	if (utf8_len(s) > max) {
		problem_add(in->problems, f->api, "too_long",
		    "At most %zu characters.", max);
		return false;
	}
	*out = DB_TEXT(s);
	return true;
}

static bool
read_word(const struct field *f, const struct field_reader *in, const char *s,
    struct db_val *out)
{
	for (const struct choice *c = f->choice; c && c->word; c++) {
		if (str_eq(c->word, s)) {
			*out = DB_TEXT(s);
			return true;
		}
	}
	return wrong(f, in, "not_in_list", "This is none of the choices.");
}

/* What is kept in one way only. */
static bool
read_domain(const struct field *f, const struct field_reader *in, const char *s,
    struct db_val *out)
{
	const char *domain = domain_canonical(in->arena, s);

	if (domain == NULL)
		return wrong(f, in, "bad_format",
		    "This is no domain, like example.com.");
	*out = DB_TEXT(domain);
	return true;
}

/* ---- numbers ---- */

static bool
in_range(const struct field *f, const struct field_reader *in, int64_t n)
{
	if ((f->min == 0 && f->max == 0) || (n >= f->min && n <= f->max))
		return true;
	problem_add(in->problems, f->api, "out_of_range",
	    "This must be from %" PRId64 " to %" PRId64 ".", f->min, f->max);
	return false;
}

static bool
read_int(const struct field *f, const struct field_reader *in, const char *s,
    struct db_val *out)
{
	int64_t n;

	if (!str_to_i64(s, INT64_MIN, INT64_MAX, &n))
		return wrong(f, in, "bad_format", "This is no whole number.");
	*out = DB_INT(n);
	return in_range(f, in, n);
}

static bool
read_bool(const struct field *f, const struct field_reader *in, const char *s,
    struct db_val *out)
{
	bool yes = str_eq(s, "true");

	if (!yes && !str_eq(s, "false"))
		return wrong(f, in, "wrong_type", "This is true or false.");
	*out = DB_BOOL(yes);
	return true;
}

static bool
read_money(const struct field *f, const struct field_reader *in, const char *s,
    struct db_val *out)
{
	static const char none[] = "This is no amount of money, like 12.50.";
	int64_t minor;

	if (in->currency == NULL)
		return wrong(f, in, "bad_format", none);
	if (!money_take(in->problems, f->api, none, s, in->currency, &minor))
		return false;
	if (minor < 0)
		return wrong(f, in, "bad_format", none);
	*out = DB_INT(minor);
	return true;
}

/* 0 to 100 with four digits behind the point. */
static bool
read_percent(const struct field *f, const struct field_reader *in,
    const char *s, struct db_val *out)
{
	struct decimal d;
	int64_t ppm;

	if (decimal_scan(s, strlen(s), &d) != strlen(s) ||
	    !decimal_to_i64(&d, PPM_OF_PERCENT, &ppm))
		return wrong(f, in, "bad_format",
		    "This is no percentage, like 19 or 8.25.");
	if (ppm < 0 || ppm > 1000000)
		return wrong(
		    f, in, "out_of_range", "A percentage is from 0 to 100.");
	*out = DB_INT(ppm);
	return true;
}

static bool
read_time(const struct field *f, const struct field_reader *in, const char *s,
    struct db_val *out)
{
	int64_t t;

	if (!time_parse(s, &t))
		return wrong(f, in, "bad_format",
		    "This is no moment, like 2026-11-20T18:02:03Z.");
	*out = DB_INT(t);
	return true;
}

/* ---- tags ---- */

static bool
add_tag(const struct field *f, const struct field_reader *in,
    struct json_out *w, const char *from, size_t n)
{
	const char *tag =
	    str_trim(in->arena, arena_strndup(in->arena, from, n));

	if (tag == NULL || tag[0] == '\0')
		return tag != NULL;
	if (!text_is_printable(tag) || utf8_len(tag) > TAG_MAX_CHARS)
		return wrong(f, in, "bad_format",
		    "Tags are short words, separated by commas.");
	json_str(w, NULL, tag);
	return true;
}

static bool
read_tags(const struct field *f, const struct field_reader *in, const char *s,
    struct db_val *out)
{
	struct json_out w;
	struct buf b;
	bool good = true;
	size_t n;
	int tags = 0;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '[');
	for (; good && *s; s += n + (s[n] == ',')) {
		n = strcspn(s, ",");
		good = add_tag(f, in, &w, s, n);
		if (good && ++tags > TAGS_MAX)
			good = wrong(f, in, "too_large", "At most 50 tags.");
	}
	json_close(&w, ']');
	*out = DB_TEXT(buf_move(in->arena, &b));
	return good;
}

/* ---- JSON ---- */

static bool
read_object(const struct field *f, const struct field_reader *in, const char *s,
    struct db_val *out)
{
	struct problems unused;
	json_t *v = NULL;
	enum err e;

	problems_init(&unused, in->arena);
	e = json_parse(s, strlen(s), &unused, &v);
	*out = DB_TEXT(json_is_object(v) ? json_canonical(in->arena, v) : NULL);
	json_decref(v);
	return (e == OK && out->text) ||
	       wrong(f, in, "bad_format", "This is no JSON object, like {}.");
}

/* ---- the types ---- */

typedef bool reader(const struct field *f, const struct field_reader *in,
    const char *s, struct db_val *out);

static const struct type {
	enum field_base base;
	reader *read; /* NULL: by `good`; without either, read only */
	is_good *good;
	const char *wrong; /* what is said where it is not */
} types[FIELD__MAX] = {
    [FIELD_TEXT] = {BASE_TEXT, read_text, NULL, NULL},
    [FIELD_AREA] = {BASE_TEXT, read_text, NULL, NULL},
    [FIELD_WORD] = {BASE_TEXT, read_word, NULL, NULL},
    [FIELD_CODE] = {BASE_TEXT, NULL, slug_valid,
	"A code is of lower-case letters, digits and hyphens."},
    [FIELD_EMAIL] = {BASE_TEXT, NULL, email_valid,
	"This is no e-mail address."},
    [FIELD_DOMAIN] = {BASE_TEXT, read_domain, NULL, NULL},
    [FIELD_COUNTRY] = {BASE_TEXT, NULL, country_valid,
	"A country is two capitals, like DE."},
    [FIELD_CURRENCY] = {BASE_TEXT, NULL, currency_valid,
	"A currency is three capitals, like EUR."},
    [FIELD_IP4] = {BASE_TEXT, NULL, ip4_valid,
	"This is no IPv4 address, like 192.0.2.1."},
    [FIELD_IP6] = {BASE_TEXT, NULL, ip6_valid,
	"This is no IPv6 address, like 2001:db8::1."},
    [FIELD_ID] = {BASE_ID, NULL, id_valid, "This is no id."},
    [FIELD_INT] = {BASE_INT, read_int, NULL, NULL},
    [FIELD_BOOL] = {BASE_BOOL, read_bool, NULL, NULL},
    [FIELD_MONEY] = {BASE_MONEY, read_money, NULL, NULL},
    [FIELD_PERCENT] = {BASE_PERCENT, read_percent, NULL, NULL},
    [FIELD_TIME] = {BASE_TIME, read_time, NULL, NULL},
    [FIELD_DATE] = {BASE_DATE, NULL, date_valid,
	"This is no day, like 2026-11-20."},
    [FIELD_TAGS] = {BASE_JSON, read_tags, NULL, NULL},
    [FIELD_JSON] = {BASE_JSON, read_object, NULL, NULL},
};

enum field_base
field_base(enum field_type t)
{
	return types[t].base;
}

bool
field_is_number(enum field_type t)
{
	enum field_base b = types[t].base;

	return b == BASE_INT || b == BASE_MONEY || b == BASE_PERCENT ||
	       b == BASE_TIME;
}

const char *
field_column(const struct field *f)
{
	const char *dot = strchr(f->sql, '.');

	return dot ? dot + 1 : f->sql;
}

const char *
field_filter(const struct field *f)
{
	return f->flags & FOLDED ? f->sort : f->sql;
}

const char *
field_word(const struct field *f, const char *word)
{
	for (const struct choice *c = f->choice; c && c->word; c++)
		if (str_eq(c->word, word))
			return c->label;
	return word;
}

/* No value is NULL where the type has no empty one. */
static bool
has_none(const struct field *f)
{
	for (const struct choice *c = f->choice; c && c->word; c++)
		if (c->word[0] == '\0')
			return true;
	return f->type != FIELD_WORD && f->type != FIELD_BOOL;
}

static struct db_val
none(const struct field *f)
{
	if (f->type == FIELD_TAGS)
		return DB_TEXT("[]");
	if (f->type == FIELD_JSON)
		return DB_TEXT("{}");
	return types[f->type].base == BASE_TEXT ? DB_TEXT("") : DB_NULL();
}

bool
field_read(const struct field *f, const struct field_reader *in,
    const char *text, struct db_val *out)
{
	const struct type *t = &types[f->type];
	const char *s = str_trim(in->arena, text);

	assert(t->read || t->good);
	if (s == NULL)
		return false;
	if (s[0] == '\0') {
		*out = none(f);
		return (has_none(f) && !(f->flags & (REQUIRED | DEFAULTED))) ||
		       wrong(f, in, "required", "This is required.");
	}
	if (t->read)
		return t->read(f, in, s, out);
	if (!t->good(s))
		return wrong(f, in, "bad_format", t->wrong);
	*out = DB_TEXT(s);
	return true;
}

/* ---- and back ---- */

static const char *
show_percent(struct arena *a, const char *raw)
{
	int64_t ppm, rest;
	int digits = PPM_OF_PERCENT;

	if (!str_to_i64(raw, 0, INT64_MAX, &ppm))
		return raw;
	rest = ppm % 10000;
	if (rest == 0)
		return arena_printf(a, "%" PRId64, ppm / 10000);
	for (; rest % 10 == 0; rest /= 10)
		digits--;
	return arena_printf(
	    a, "%" PRId64 ".%0*" PRId64, ppm / 10000, digits, rest);
}

static const char *
show_money(struct arena *a, const char *raw, const char *currency)
{
	struct buf b;
	int64_t minor;

	if (!currency || !str_to_i64(raw, INT64_MIN, INT64_MAX, &minor))
		return raw;
	buf_init(&b, 0);
	money_decimal(&b, minor, currency);
	return buf_move(a, &b);
}

static const char *
show_time(struct arena *a, const char *raw)
{
	char iso[21];
	int64_t t;

	if (!str_to_i64(raw, 0, INT64_MAX, &t))
		return raw;
	time_iso(t, iso);
	return arena_strdup(a, iso);
}

static const char *
show_tags(struct arena *a, const char *raw)
{
	json_t *list = json_own(a, raw);
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *tag = json_string_value(json_array_get(list, i));

		buf_puts(&b, i > 0 ? ", " : "");
		buf_puts(&b, tag ? tag : "");
	}
	json_decref(list);
	return buf_move(a, &b);
}

const char *
field_show(struct arena *a, const struct field *f, const char *raw,
    const char *currency)
{
	const char *s = raw;

	if (raw == NULL)
		return "";
	if (f->type == FIELD_TAGS)
		s = show_tags(a, raw);
	else if (field_base(f->type) == BASE_PERCENT)
		s = show_percent(a, raw);
	else if (field_base(f->type) == BASE_MONEY)
		s = show_money(a, raw, currency);
	else if (field_base(f->type) == BASE_TIME)
		s = show_time(a, raw);
	else if (field_base(f->type) == BASE_BOOL)
		s = str_eq(raw, "1") || str_eq(raw, "t") ? "true" : "false";
	return s ? s : "";
}
