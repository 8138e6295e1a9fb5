/* brand.c - colours that can be read, pictures that are pictures, and a form
 * that two people fill in.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "tenancy/brand.h"

#include "base/fact.h"
#include "base/text.h"
#include "tap.h"
#include "tenancy/colour.h"
#include "testdb.h"

static int changes;

static enum err
hear(struct tx *tx, const struct id *tenant)
{
	changes += str_eq(tenant->s, tx->tenant.s);
	return OK;
}

const struct fact_hearer fact_hearers[] = {
    {FACT_BRAND_CHANGED, hear},
    {.hear = NULL},
};

/* ---- colours ---- */

static void
test_colours(void)
{
	static const char *const bad[] = {
	    "", "#", "2540c4", "#2540c", "#2540c44", "#2540cg", "red"};
	struct colour c, white = {255, 255, 255}, dark = {0x18, 0x18, 0x1b};
	char text[8];
	int unreadable = 0;

	for (size_t i = 0; i < N_ELEMS(bad); i++)
		ok(!colour_parse(bad[i], &c), "\"%s\" is no colour", bad[i]);
	ok(colour_parse("#2540C4", &c), "this is one");
	colour_print(c, text);
	is_str(text, "#2540c4", "and is written in lower case");
	ok(colour_contrast(white, (struct colour){0, 0, 0}) > 20.9,
	    "black on white is as far as it goes");
	/* #767676 is the grey that WCAG gives as an example: 4.54 */
	ok(colour_contrast(white, (struct colour){0x76, 0x76, 0x76}) > 4.53 &&
		colour_contrast(white, (struct colour){0x77, 0x77, 0x77}) < 4.5,
	    "contrast is WCAG's");
	for (int r = 0; r < 256; r += 15) {
		for (int g = 0; g < 256; g += 15) {
			for (int b = 0; b < 256; b += 15) {
				struct colour k = {(unsigned char)r,
				    (unsigned char)g, (unsigned char)b};

				unreadable +=
				    colour_contrast(colour_ink(k), k) < 4.5 ||
				    colour_contrast(colour_readable(k, white),
					white) < 4.5 ||
				    colour_contrast(
					colour_readable(k, dark), dark) < 4.5;
			}
		}
	}
	is_int(unreadable, 0, "any colour can be made readable");
}

/* The n-th colour behind a name in a stylesheet. */
static struct colour
in_css(const char *css, const char *name, int n)
{
	const char *at = strstr(css, name);
	struct colour c;
	char text[8] = "";

	for (; at && n >= 0; n--)
		at = strchr(at + 1, '#');
	if (at)
		memcpy(text, at, 7);
	if (!colour_parse(text, &c))
		bail("no %s in %s", name, css);
	return c;
}

static void
test_css(void)
{
	/* the palest and the deepest things that text stands on */
	static const char *const grounds[2][3] = {
	    {"#ffffff", "#fdebe8", "#f4f2ed"},
	    {"#121214", "#351c1a", "#212125"}};
	static const char *const accents[] = {"#0b7a75", "#ffff00", "#000000",
	    "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#777777"};
	struct arena *mine = arena_new(1 << 20);

	ok(brand_css(mine, "") == NULL && brand_css(mine, "red;}") == NULL,
	    "what is no colour makes no stylesheet");
	for (size_t i = 0; i < N_ELEMS(accents); i++) {
		const char *css = brand_css(mine, accents[i]);
		bool good = true;

		for (int scheme = 0; scheme < 2; scheme++) {
			struct colour text = in_css(css, "--blue", scheme), on;

			for (int g = 0; g < 3; g++) {
				if (!colour_parse(grounds[scheme][g], &on))
					bail("no ground");
				good &= colour_contrast(text, on) >= 4.5;
			}
			on = in_css(css, "--wash", scheme);
			good &= colour_contrast(text, on) >= 4.5;
			good &= colour_contrast(in_css(css, "--on", scheme),
				    in_css(css, "--fill:", scheme)) >= 4.5;
			good &= colour_contrast(in_css(css, "--on", scheme),
				    in_css(css, "--fill2", scheme)) >= 4.5;
		}
		ok(good, "%s can be read wherever it stands", accents[i]);
	}
	arena_free(&mine);
}

/* ---- pictures ---- */

static struct arena *a;

static uint32_t
crc(const unsigned char *p, size_t n)
{
	uint32_t c = 0xffffffff;

	while (n-- > 0) {
		c ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
	}
	return ~c;
}

static void
put32(struct buf *b, uint32_t n)
{
	const unsigned char bytes[] = {(unsigned char)(n >> 24),
	    (unsigned char)(n >> 16), (unsigned char)(n >> 8),
	    (unsigned char)n};

	buf_add(b, bytes, 4);
}

static void
chunk(struct buf *b, const char *type, const void *data, size_t n)
{
	size_t at;

	put32(b, (uint32_t)n);
	at = b->len;
	buf_add(b, type, 4);
	buf_add(b, data, n);
	put32(b, crc((const unsigned char *)b->data + at, n + 4));
}

enum spoil {
	NOTHING,
	COMMENT,
	ANIMATION,
	UNKNOWN_CRITICAL,
	NO_DATA,
	NO_END,
	BAD_CRC,
	HUGE,
	TWO_HEADERS,
	DATA_FIRST,
	BAD_DEPTH,
	BAD_COLOUR,
	BAD_FILTER,
	NO_PALETTE,
	TAIL,
	SVG
};

static void
make_png(struct buf *b, enum spoil how)
{
	unsigned char header[13] = {0, 0, 0, 64, 0, 0, 0, 32, 8, 2, 0, 0, 0};

	buf_reset(b);
	if (how == SVG) {
		buf_puts(b, "<svg xmlns='http://www.w3.org/2000/svg' "
			    "onload='alert(1)'/>");
		return;
	}
	if (how == HUGE)
		header[2] = 0x80;
	if (how == BAD_DEPTH)
		header[8] = 4;
	if (how == BAD_COLOUR)
		header[9] = 5;
	if (how == BAD_FILTER)
		header[11] = 1;
	if (how == NO_PALETTE)
		header[9] = 3;
	buf_add(b, "\x89PNG\r\n\x1a\n", 8);
	if (how == DATA_FIRST)
		chunk(b, "IDAT", "xyz", 3);
	chunk(b, "IHDR", header, 13);
	if (how == TWO_HEADERS)
		chunk(b, "IHDR", header, 13);
	if (how == COMMENT)
		chunk(b, "tEXt", "a\0<script>", 10);
	if (how == ANIMATION)
		chunk(b, "acTL", "\0\0\0\2\0\0\0\0", 8);
	if (how == UNKNOWN_CRITICAL)
		chunk(b, "XDAT", "x", 1);
	if (how != NO_DATA)
		chunk(b, "IDAT", "\0xyz", 4);
	if (how != NO_END)
		chunk(b, "IEND", "", 0);
	if (how == BAD_CRC)
		b->data[b->len - 20] ^= 1;
	if (how == TAIL)
		buf_puts(b, "PK\3\4 and a whole archive");
}

static void
test_logos(void)
{
	static const struct {
		enum spoil how;
		bool is_good;
		const char *claim;
	} cases[] = {
	    {NOTHING, true, "a PNG is taken"},
	    {COMMENT, true, "one with a comment, without it"},
	    {ANIMATION, true, "an animation, as a still"},
	    {TAIL, true, "one with an archive behind it, without that"},
	    {UNKNOWN_CRITICAL, false, "an unknown critical chunk"},
	    {NO_DATA, false, "no picture in it"},
	    {NO_END, false, "no end"},
	    {BAD_CRC, false, "a wrong check sum"},
	    {HUGE, false, "32768 pixels"},
	    {TWO_HEADERS, false, "two headers"},
	    {DATA_FIRST, false, "data before the header"},
	    {BAD_DEPTH, false, "four bits of each of three colours"},
	    {BAD_COLOUR, false, "a type of colour that there is not"},
	    {BAD_FILTER, false, "an unknown way to filter"},
	    {NO_PALETTE, false, "colours of a palette that is not there"},
	    {SVG, false, "an SVG"},
	};
	struct problems p;
	struct logo plain, logo;
	struct buf b;

	buf_init(&b, 0);
	problems_init(&p, a);
	make_png(&b, NOTHING);
	if (logo_read(a, &p, b.data, b.len, &plain) != OK)
		bail("no logo");
	ok(plain.len == b.len && memcmp(plain.data, b.data, b.len) == 0,
	    "what is kept is the same to the byte");
	is_int(plain.width, 64, "of this width");
	is_int(plain.height, 32, "and height");
	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		enum err e;

		make_png(&b, cases[i].how);
		problems_init(&p, a);
		e = logo_read(a, &p, buf_str(&b), b.len, &logo);
		if (cases[i].is_good)
			ok(e == OK && str_eq(logo.hash, plain.hash), "%s",
			    cases[i].claim);
		else
			ok(e == E_INPUT && p.n == 1, "refused: %s",
			    cases[i].claim);
	}
	/* Every way in which it can be cut short. */
	make_png(&b, NOTHING);
	for (size_t n = 0; n < b.len; n++) {
		char *cut = malloc(n ? n : 1);

		if (cut)
			memcpy(cut, b.data, n);
		problems_init(&p, a);
		if (!cut || logo_read(a, &p, cut, n, &logo) != E_INPUT)
			bail("cut at %zu it is taken", n);
		free(cut);
	}
	ok(true, "cut anywhere it is refused");
	buf_fini(&b);
}

/* ---- the row ---- */

static struct brand
brand_of(struct testdb *t, const struct id *tenant)
{
	struct brand b = {0};
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (brand_get(&tx, &b) != OK)
		bail("no brand");
	tx_rollback(&tx);
	return b;
}

static enum err
change(struct testdb *t, const struct id *tenant, const struct brand_change *c)
{
	struct tx tx;
	enum err e;

	problems_init(&t->problems, t->arena);
	testdb_begin(t, &tx, TX_WRITE, tenant);
	e = brand_change(&tx, c);
	if (e == OK)
		return tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static void
test_row(struct testdb *t)
{
	struct id tenant = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct logo logo = {
	    .data = "a\0b", .len = 3, .width = 64, .height = 32, .hash = "abc"};
	struct brand_change c = {.name = "S\xc3\xb6hne & <Co>",
	    .accent = "#0B7A75",
	    .support_email = "help@example.com",
	    .logo = &logo,
	    .version = 1};
	const char *data;
	size_t len;
	struct brand b;
	struct tx tx;

	changes = 0;
	is_int(change(t, &tenant, &c), OK, "a brand is changed");
	is_int(changes, 1, "which is announced");
	b = brand_of(t, &tenant);
	is_str(b.name, "S\xc3\xb6hne & <Co>", "the name is as typed");
	is_str(b.accent, "#0b7a75", "the colour in one spelling");
	is_str(b.sender_email, "", "what was not named is as it was");
	is_int(b.version, 2, "of the next version");
	testdb_begin(t, &tx, TX_READ, &tenant);
	ok(brand_logo(&tx, &data, &len) == OK && len == 3 &&
		memcmp(data, "a\0b", 3) == 0,
	    "the logo comes back whole");
	tx_rollback(&tx);
	testdb_begin(t, &tx, TX_READ, &other);
	is_int(brand_logo(&tx, &data, &len), E_NOTFOUND,
	    "another tenant has none");
	tx_rollback(&tx);
	is_int(change(t, &tenant, &c), E_CONFLICT,
	    "who has seen the version before is told");
	is_str(t->problems.item[0].code, "stale_version", "by its name");
	c = (struct brand_change){.drops_logo = true, .version = 2};
	is_int(change(t, &tenant, &c), OK, "the logo is taken away");
	is_str(brand_of(t, &tenant).logo_hash, "", "and is gone");
	is_str(brand_of(t, &other).name, "other", "the other is as it was");
}

static void
test_refused(struct testdb *t)
{
	static const struct {
		const char *field;
		struct brand_change c;
	} bad[] = {
	    {"name", {.name = ""}},
	    {"name", {.name = "a\nb"}},
	    {"accent", {.accent = "url(x)"}},
	    {"supportEmail", {.support_email = "a@b.test\r\nBcc: c@d.test"}},
	    {"senderEmail", {.sender_email = "nobody"}},
	    {"senderName", {.sender_name = "a\r\nBcc: x@y.test"}},
	    {"alertEmail", {.alert_email = "@"}},
	    {"publicUrl", {.public_url = "javascript:alert(1)"}},
	    {"publicUrl", {.public_url = "https://"}},
	    {"publicUrl", {.public_url = "https://a.test/path"}},
	    {"publicUrl", {.public_url = "https://user@a.test"}},
	    {"publicUrl", {.public_url = "https://a.test:"}},
	    {"publicUrl", {.public_url = "https://a.test\n"}},
	    {"language", {.language = "xx"}},
	    {"alerts", {.alerts = "never"}},
	};
	struct id tenant = testdb_tenant(t, "acme");

	for (size_t i = 0; i < N_ELEMS(bad); i++) {
		struct brand_change c = bad[i].c;

		c.version = 1;
		ok(change(t, &tenant, &c) == E_INPUT && t->problems.n == 1 &&
			str_eq(t->problems.item[0].field, bad[i].field),
		    "refused %zu: %s", i, bad[i].field);
	}
	is_int(brand_of(t, &tenant).version, 1, "nothing has changed");
}

/* ---- addresses ---- */

static const struct setting table[] = {
    {"base_url", SETTING_TEXT, "", 0, 0, "Address."},
    {"default_tenant", SETTING_TEXT, "house", 0, 0, "Slug."},
    {.name = NULL},
};

static void
test_urls(void)
{
	static const struct {
		const char *base, *host, *own, *want, *slug;
	} cases[] = {
	    {"", "", "", NULL, "house"},
	    {"", "b.test", "", "https://b.test", "house"},
	    {"https://panel.example.com", "b.test", "",
		"https://panel.example.com", "house"},
	    {"https://panel.example.com/", "", "", "https://panel.example.com",
		NULL},
	    {"https://panel.example.com:8443", "b.test", "",
		"https://b.test:8443", NULL},
	    {"http://127.0.0.1:8080", "b.test", "", "http://b.test:8080", NULL},
	    {"https://panel.example.com", "b.test", "", "https://b.test", NULL},
	    {"", "b.test", "", "https://b.test", NULL},
	    {"https://panel.example.com", "b.test", "https://my.test",
		"https://my.test", NULL},
	};
	struct settings *s;
	struct buf complaint;

	buf_init(&complaint, 0);
	if (settings_load(table, NULL, &s, &complaint) != OK)
		bail("no settings");
	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		struct brand b = {
		    .slug = cases[i].slug ? cases[i].slug : "acme",
		    .host = cases[i].host,
		    .public_url = cases[i].own,
		};

		if (settings_put(s, "base_url", cases[i].base, &complaint) !=
		    OK)
			bail("base_url");
		is_str(brand_url(a, &b, s), cases[i].want,
		    "links begin with what the settings say");
	}
	settings_free(&s);
	buf_fini(&complaint);
}

int
main(void)
{
	a = arena_new(16 << 20);
	test_colours();
	test_css();
	test_logos();
	test_urls();
	testdb_each(test_row);
	testdb_each(test_refused);
	arena_free(&a);
	return tap_done();
}
