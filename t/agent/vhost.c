/* vhost.c - generated configurations hold their values and nothing more.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "agent/conf_text.h"
#include "agent/nginx_vhost.h"
#include "agent/page.h"
#include "agent/php_pool.h"
#include "base/text.h"
#include "tap.h"

#define ID "0190a0b0-0000-7000-8000-0123456789ab"

static const char *const aliases[] = {
    "www.shop.example", "xn--bcher-kva.example"};

/* clang-format off */
static const char golden_plain[] =
"# Made by mpanel-agent from sites/" ID "/conf.json; edits are lost.\n"
"log_format mp_" ID " '" ID " $msec $bytes_sent';\n"
"server {\n"
"\tlisten 127.0.0.1:8080;\n"
"\tserver_name shop.example www.shop.example xn--bcher-kva.example;\n"
"\troot sites/" ID "/www;\n"
"\tdisable_symlinks if_not_owner from=$document_root;\n"
"\taccess_log sites/" ID "/logs/access.log;\n"
"\taccess_log usage/traffic.log mp_" ID ";\n"
"\terror_log sites/" ID "/logs/error.log;\n"
"\tlocation = /.well-known/mpanel/site {\n"
"\t\tif ($mpanel_local = 0) { return 404; }\n"
"\t\tdefault_type text/plain;\n"
"\t\treturn 200 \"" ID "\";\n"
"\t}\n"
"\tlocation ~ /\\.(?!well-known/) { return 404; }\n"
"\tindex index.html index.htm;\n"
"\tlocation / { try_files $uri $uri/ =404; }\n"
"\tlocation ~* \\.(php|phtml|phar)$ { return 403; }\n"
"}\n";

static const char golden_php_tail[] =
"\tindex index.php index.html index.htm;\n"
"\tlocation = /.well-known/mpanel/php {\n"
"\t\tif ($mpanel_local = 0) { return 404; }\n"
"\t\tfastcgi_pass unix:php/run/0123456789ab.sock;\n"
"\t}\n"
"\tlocation / { try_files $uri $uri/ /index.php$is_args$args; }\n"
"\tlocation ~ \\.php$ {\n"
"\t\ttry_files $uri =404;\n"
"\t\tfastcgi_pass unix:php/run/0123456789ab.sock;\n"
"\t}\n"
"\tlocation ~* \\.(phtml|phar)$ { return 403; }\n"
"}\n";

static const char golden_pool_head[] =
"; Made by mpanel-agent from sites/" ID "/conf.json; edits are lost.\n"
"[0123456789ab]\n"
"listen = \"/srv/my panel/php/run/0123456789ab.sock\"\n";

static const char golden_pool_tail[] =
"user = mp_0123456789ab\n"
"group = mp_0123456789ab\n"
"listen.owner = www-data\n"
"listen.mode = 0600\n";
/* clang-format on */

static struct vhost
plain(void)
{
	return (struct vhost){.site_id = ID,
	    .domain = "shop.example",
	    .alias = aliases,
	    .n_aliases = 2,
	    .listen = "127.0.0.1:8080"};
}

static void
goldens(struct buf *b)
{
	struct vhost v = plain();
	struct php_pool p = {.root = "/srv/my panel",
	    .site_id = ID,
	    .user = "mp_0123456789ab",
	    .web_user = "www-data"};

	ok(nginx_vhost_render(b, &v) == OK, "a plain site is rendered");
	is_str(buf_str(b), golden_plain, "as it should be");
	buf_reset(b);
	v.pool = "0123456789ab";
	ok(nginx_vhost_render(b, &v) == OK &&
		str_ends(buf_str(b), golden_php_tail),
	    "a site with PHP hands it to its pool");
	buf_reset(b);
	v.suspended = true;
	ok(nginx_vhost_render(b, &v) == OK &&
		strstr(buf_str(b), "location / { return 503; }") != NULL,
	    "a suspended site answers 503");
	ok(strstr(buf_str(b), "fastcgi_pass") == NULL &&
		strstr(buf_str(b), "try_files") == NULL,
	    "and serves none of its files");
	buf_reset(b);
	ok(php_pool_render(b, &p) == OK &&
		str_starts(buf_str(b), golden_pool_head) &&
		str_ends(buf_str(b), golden_pool_tail),
	    "a pool runs as the site's user");
	buf_reset(b);
	p.root = "/srv/a/very/long/path/that/leaves/no/room/for/the/name/of/a/"
		 "socket/because/those/are/limited";
	ok(php_pool_render(b, &p) == E_LIMIT && b->len == 0,
	    "a socket's path that is too long is refused");
}

/* Values that would break out of their place, each tried in every place. */
static const char *const hostile[] = {"", " ", ".", "..", "a", "shop.example ",
    " shop.example", "shop.example;", "shop.example}", "{", "}", "a{b}.test",
    "a.test\n", "a.test\nroot /;", "a.test\r", "a.test\t", "a.test\v", "\x01",
    "\x7f", "a\"b.test", "a'b.test", "a\\b.test", "$host", "${host}", "a.test#",
    "#", "/etc/passwd", "../../../etc/passwd", "a/../../b.test", "~^(.*)$",
    "*.test", "_", "a..test", "-a.test", "a-.test", "A.TEST", "a.test.",
    "\xc3\xa4.test", "\xff.test", "\xe2\x80\xa8.test", "%0a.test", "a.test%00",
    "a;b", "a,b.test", "unix:/tmp/x", "a.test default_server",
    "127.0.0.1:80; }", "@S", "@", "a@b.test", "<?php", "a.test`id`",
    "$(id).test", "a|b.test", "a&b.test", "a>b.test", "a test.example",
    "0190a0b0-0000-7000-8000-0123456789aB", "0190a0b0-0000-7000-8000-",
    "0190a0b0-0000-7000-8000-0123456789ab/", "mp_0123456789ab\n[x]",
    "root\nuser", "[www]", "]", "include=/x", "x;include"};

/* Is there anything in the text that constant text does not have? */
static bool
is_clean(const char *text, const char *value)
{
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t')
			return false;
	}
	return strlen(value) < 3 || strpbrk(value, "\n\r;{}\"'\\$#") == NULL ||
	       strstr(text, value) == NULL;
}

static void
refuse_hostile(struct buf *b)
{
	for (size_t i = 0; i < N_ELEMS(hostile); i++) {
		const char *const alias[] = {hostile[i]};
		struct vhost v[4];
		bool good = true;

		for (int k = 0; k < 4; k++)
			v[k] = plain();
		v[0].domain = hostile[i];
		v[1].site_id = hostile[i];
		v[2].alias = alias;
		v[2].n_aliases = 1;
		v[3].pool = hostile[i];
		for (int k = 0; k < 3; k++) {
			buf_reset(b);
			good &= nginx_vhost_render(b, &v[k]) == E_INPUT &&
				b->len == 0;
		}
		ok(good, "case %zu: as a domain, id or alias it is refused", i);
		buf_reset(b);
		ok(nginx_vhost_render(b, &v[3]) == E_INPUT
			? b->len == 0
			: is_clean(buf_str(b), hostile[i]),
		    "case %zu: as a pool it is refused or a word", i);
	}
}

static void
refuse_pools(struct buf *b)
{
	for (size_t i = 0; i < N_ELEMS(hostile); i++) {
		struct php_pool user = {.root = "/srv/mpanel",
		    .site_id = ID,
		    .user = hostile[i],
		    .web_user = "www-data"};
		struct php_pool root = {.root = hostile[i], .site_id = ID};
		const struct php_pool *both[] = {&user, &root};

		for (int k = 0; k < 2; k++) {
			buf_reset(b);
			ok(php_pool_render(b, both[k]) != OK
				? b->len == 0
				: is_clean(buf_str(b), hostile[i]),
			    "case %zu: a pool's %s is refused or a word", i,
			    k == 0 ? "user" : "root");
		}
	}
}

static void
words(void)
{
	bool good = true;

	for (int c = 1; c < 256; c++) {
		char text[] = {'a', (char)c, 'b', '\0'};
		bool wanted =
		    (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || strchr("._:/+-", c) != NULL;

		good &= conf_value_safe(CONF_WORD, text) == wanted;
		if (strchr("\n\r\t\"'\\$;#{}[]()*?<>|&`!%^@\x7f", c) != NULL)
			good &= !conf_value_safe(CONF_PATH, text) &&
				!conf_value_safe(CONF_WORDS, text);
	}
	ok(good, "of 255 bytes a word has the 68 harmless ones");
	ok(conf_value_safe(CONF_PATH, "/srv/B\xc3\xbc"
				      "cher & Co") == false &&
		conf_value_safe(CONF_PATH, "/srv/B\xc3\xbc"
					   "cher Co"),
	    "a path may have spaces and letters of any language");
	ok(!conf_value_safe(CONF_PATH, "/srv/\xff") &&
		!conf_value_safe(CONF_PATH, "/srv/\xe2\x80\xa8"),
	    "but no broken UTF-8 and no line separator");
	ok(!conf_value_safe(CONF_WORDS, "a  b") &&
		!conf_value_safe(CONF_WORDS, " a") &&
		!conf_value_safe(CONF_WORDS, "a ") &&
		conf_value_safe(CONF_WORDS, "a b"),
	    "words stand one space apart");
}

static void
pages(struct buf *b)
{
	buf_reset(b);
	page_placeholder(b, "<script>\"&'", false);
	ok(strstr(buf_str(b), "<script>") == NULL &&
		strstr(buf_str(b), "&lt;script&gt;") != NULL,
	    "the placeholder escapes what it names");
	ok(strstr(buf_str(b), "<?") == NULL, "and is no PHP unless asked");
	ok(b->len < 2048, "it is small (%zu bytes)", b->len);
}

int
main(void)
{
	struct buf b;

	buf_init(&b, 0);
	goldens(&b);
	refuse_hostile(&b);
	refuse_pools(&b);
	words();
	pages(&b);
	buf_fini(&b);
	return tap_done();
}
