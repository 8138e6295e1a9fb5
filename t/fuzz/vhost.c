/* vhost.c - values of a site can't become directives of a server.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is lines: flags, site id, domain, address to listen on, pool, root
 * directory, user, then aliases.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/nginx_vhost.h"
#include "agent/php_pool.h"
#include "base/id.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"

#define ALIASES_MAX 20
#define DIRECTIVES  64

const char fuzz_name[] = "vhost";

enum { SITE_ID, DOMAIN, LISTEN, POOL, ROOT, USER, N_LINES };

/* Directives of a configuration, as nginx's own reader parts them: words,
 * quotes, comments, and ; { } as ends. */
struct conf {
	char text[DIRECTIVES][8192];
	size_t n;
};

static const char *
skip_blank(const char *p)
{
	for (;;) {
		p += strspn(p, " \t\n");
		if (*p != '#')
			return p;
		p += strcspn(p, "\n");
	}
}

/* One word or quoted text at p, appended to out with a space. */
static const char *
take_word(const char *p, struct buf *out)
{
	char quote = *p == '"' || *p == '\'' ? *p++ : '\0';

	if (out->len > 0)
		buf_putc(out, ' ');
	for (; *p; p++) {
		if (quote ? *p == quote : strchr(" \t\n;{}", *p) != NULL)
			break;
		if (*p == '\\' && p[1])
			buf_putc(out, *p++);
		buf_putc(out, *p);
	}
	return p + (quote && *p == quote);
}

/* False: the braces don't match or a directive does not end. */
static bool
read_conf(const char *p, struct conf *out)
{
	struct buf words;
	int depth = 0;

	out->n = 0;
	buf_init(&words, 0);
	for (p = skip_blank(p); *p && depth >= 0; p = skip_blank(p)) {
		if (*p != ';' && *p != '{' && *p != '}') {
			p = take_word(p, &words);
			continue;
		}
		depth += (*p == '{') - (*p == '}');
		assert(out->n < DIRECTIVES);
		snprintf(out->text[out->n++], sizeof(out->text[0]), "%s%c",
		    buf_str(&words), *p++);
		buf_reset(&words);
	}
	depth += words.len > 0;
	buf_fini(&words);
	return depth == 0;
}

static void
check_bytes(const struct buf *b, bool utf8)
{
	assert(utf8_valid(buf_str(b), b->len));
	for (size_t i = 0; i < b->len; i++) {
		unsigned char c = (unsigned char)b->data[i];

		assert(c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f) ||
		       (utf8 && c >= 0x80));
	}
}

static bool
has_directive(const struct conf *c, const char *text)
{
	for (size_t i = 0; i < c->n; i++) {
		if (str_eq(c->text[i], text))
			return true;
	}
	return false;
}

/* The same directives in the same order as for harmless values; only the words
 * behind the first may differ. */
static void
check_shape(const struct conf *c, const struct vhost *v)
{
	static struct conf plain;
	struct vhost w = {.site_id = "0190a0b0-0000-7000-8000-000000000001",
	    .domain = "shop.example",
	    .listen = "127.0.0.1:8080",
	    .pool = v->pool ? "p" : NULL,
	    .suspended = v->suspended};
	struct buf b;

	buf_init(&b, 0);
	if (nginx_vhost_render(&b, &w) != OK || !read_conf(buf_str(&b), &plain))
		abort();
	buf_fini(&b);
	assert(c->n == plain.n);
	for (size_t i = 0; i < c->n; i++) {
		size_t word = strcspn(plain.text[i], " ");

		assert(strncmp(c->text[i], plain.text[i], word) == 0);
		assert(c->text[i][strlen(c->text[i]) - 1] ==
		       plain.text[i][strlen(plain.text[i]) - 1]);
	}
}

static void
check_vhost(const struct vhost *v)
{
	static struct conf conf;
	struct buf b, line;
	enum err e;

	buf_init(&b, 0);
	buf_init(&line, 0);
	buf_puts(&b, "# before\n");
	e = nginx_vhost_render(&b, v);
	assert(e == OK || e == E_INPUT);
	assert(e == OK || str_eq(buf_str(&b), "# before\n"));
	if (e == OK) {
		check_bytes(&b, false);
		assert(read_conf(buf_str(&b), &conf));
		check_shape(&conf, v);
		buf_printf(&line, "server_name %s", v->domain);
		for (size_t i = 0; i < v->n_aliases; i++)
			buf_printf(&line, " %s", v->alias[i]);
		buf_putc(&line, ';');
		assert(has_directive(&conf, buf_str(&line)));
		buf_reset(&line);
		buf_printf(&line, "listen %s;", v->listen);
		assert(has_directive(&conf, buf_str(&line)));
	}
	buf_fini(&line);
	buf_fini(&b);
}

/* Of an INI file: how many lines, and each as far as its `=`. */
static void
check_ini(const struct buf *b, const struct buf *plain)
{
	struct part x = {b->data, b->len}, y = {plain->data, plain->len};

	check_bytes(b, true);
	while (x.n > 0 && y.n > 0) {
		struct part s = next_part(&x, '\n'), t = next_part(&y, '\n');
		struct part key = next_part(&s, '='), want = next_part(&t, '=');

		if (want.n > 0 && (want.s[0] == ';' || want.s[0] == '['))
			assert(key.s[0] == want.s[0]);
		else
			assert(key.n == want.n &&
			       memcmp(key.s, want.s, key.n) == 0);
	}
	assert(x.n == 0 && y.n == 0);
}

static void
check_pool(const struct php_pool *p)
{
	struct php_pool w = {.root = "/srv/x",
	    .site_id = "0190a0b0-0000-7000-8000-000000000001",
	    .user = p->user ? "u" : NULL,
	    .web_user = p->web_user ? "w" : NULL};
	struct buf b, plain;
	enum err e;

	buf_init(&b, 0);
	buf_init(&plain, 0);
	e = php_pool_render(&b, p);
	assert(e == OK || e == E_INPUT || e == E_LIMIT);
	if (php_pool_render(&plain, &w) != OK)
		abort();
	if (e == OK)
		check_ini(&b, &plain);
	else
		assert(b.len == 0);
	buf_reset(&b);
	buf_reset(&plain);
	e = php_main_render(&b, p->root, p->user);
	if (php_main_render(&plain, w.root, w.user) != OK)
		abort();
	if (e == OK)
		check_ini(&b, &plain);
	else
		assert(e == E_INPUT && b.len == 0);
	buf_fini(&plain);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part rest = {(const char *)data, n};
	struct part flags = next_part(&rest, '\n');
	char bits = flags.n > 0 ? flags.s[0] : '0';
	char *line[N_LINES], *alias[ALIASES_MAX];
	struct vhost v = {.alias = (const char *const *)alias};
	struct php_pool p = {0};

	for (int i = 0; i < N_LINES; i++)
		line[i] = part_text(next_part(&rest, '\n'));
	for (; rest.n > 0 && v.n_aliases < ALIASES_MAX; v.n_aliases++)
		alias[v.n_aliases] = part_text(next_part(&rest, '\n'));
	v.site_id = p.site_id = line[SITE_ID];
	v.domain = line[DOMAIN];
	v.listen = line[LISTEN];
	v.pool = bits & 1 ? line[POOL] : NULL;
	v.suspended = (bits & 2) != 0;
	p.root = line[ROOT];
	p.user = bits & 4 ? line[USER] : NULL;
	p.web_user = bits & 8 ? line[USER] : NULL;
	check_vhost(&v);
	check_pool(&p);
	while (v.n_aliases > 0)
		free(alias[--v.n_aliases]);
	for (int i = 0; i < N_LINES; i++)
		free(line[i]);
	return 0;
}
