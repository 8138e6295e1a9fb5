/* server_conf.c - the configuration of nginx and PHP-FPM, changed safely.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/server_conf.h"

#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/conf_text.h"
#include "agent/nginx_vhost.h"
#include "agent/page.h"
#include "agent/php_pool.h"
#include "agent/program.h"

#define MAIN_MAX (16 * 1024 * 1024)

/* clang-format off */
static const struct {
	const char *main;
	const char *candidate;      /* the main file of a test */
	const char *candidate_site; /* the site's file of a test */
	const char *dir;
	const char *sites;
} files[SERVER__MAX] = {
	[SERVER_NGINX] = {"nginx/nginx.conf", "nginx/candidate.conf",
	    "nginx/candidate.site", "nginx", "nginx/sites"},
	[SERVER_PHP]   = {"php/php-fpm.conf", "php/candidate.conf",
	    "php/candidate.site", "php", "php/pool.d"},
};

/* Paths are relative to the root (nginx's prefix), includes to nginx/. */
static const char nginx_head[] =
"# Made by mpanel-agent; edits are lost.\n"
"daemon off;\n"
"pid nginx/nginx.pid;\n"
"error_log nginx/error.log;\n"
"worker_processes 2;\n"
"events { worker_connections 1024; }\n";

static const char nginx_user[] = "user @W;\n";

static const char nginx_http[] =
"http {\n"
"\tclient_body_temp_path nginx/tmp/body;\n"
"\tproxy_temp_path nginx/tmp/proxy;\n"
"\tfastcgi_temp_path nginx/tmp/fastcgi;\n"
"\tuwsgi_temp_path nginx/tmp/uwsgi;\n"
"\tscgi_temp_path nginx/tmp/scgi;\n"
"\taccess_log off;\n"
"\tserver_tokens off;\n"
"\tsendfile on;\n"
"\tclient_max_body_size 64m;\n"
"\tserver_names_hash_bucket_size 512;\n"
"\tserver_names_hash_max_size 16384;\n"
"\tcharset utf-8;\n"
"\tdefault_type application/octet-stream;\n"
"\ttypes {\n"
"\t\ttext/html html htm;\n"
"\t\ttext/css css;\n"
"\t\ttext/javascript js mjs;\n"
"\t\ttext/plain txt md;\n"
"\t\ttext/xml xml;\n"
"\t\ttext/csv csv;\n"
"\t\tapplication/json json map;\n"
"\t\tapplication/manifest+json webmanifest;\n"
"\t\tapplication/rss+xml rss;\n"
"\t\tapplication/pdf pdf;\n"
"\t\tapplication/wasm wasm;\n"
"\t\tapplication/zip zip;\n"
"\t\timage/svg+xml svg;\n"
"\t\timage/png png;\n"
"\t\timage/jpeg jpg jpeg;\n"
"\t\timage/gif gif;\n"
"\t\timage/webp webp;\n"
"\t\timage/avif avif;\n"
"\t\timage/x-icon ico;\n"
"\t\tfont/woff woff;\n"
"\t\tfont/woff2 woff2;\n"
"\t\tfont/ttf ttf;\n"
"\t\taudio/mpeg mp3;\n"
"\t\tvideo/mp4 mp4;\n"
"\t\tvideo/webm webm;\n"
"\t}\n"
"\tgeo $mpanel_local { default 0; 127.0.0.0/8 1; ::1/128 1; }\n"
"\tfastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n"
"\tfastcgi_param SCRIPT_NAME $fastcgi_script_name;\n"
"\tfastcgi_param QUERY_STRING $query_string;\n"
"\tfastcgi_param REQUEST_METHOD $request_method;\n"
"\tfastcgi_param CONTENT_TYPE $content_type;\n"
"\tfastcgi_param CONTENT_LENGTH $content_length;\n"
"\tfastcgi_param REQUEST_URI $request_uri;\n"
"\tfastcgi_param DOCUMENT_URI $document_uri;\n"
"\tfastcgi_param DOCUMENT_ROOT $document_root;\n"
"\tfastcgi_param SERVER_PROTOCOL $server_protocol;\n"
"\tfastcgi_param REQUEST_SCHEME $scheme;\n"
"\tfastcgi_param HTTPS $https if_not_empty;\n"
"\tfastcgi_param GATEWAY_INTERFACE CGI/1.1;\n"
"\tfastcgi_param SERVER_SOFTWARE nginx;\n"
"\tfastcgi_param REMOTE_ADDR $remote_addr;\n"
"\tfastcgi_param REMOTE_PORT $remote_port;\n"
"\tfastcgi_param SERVER_ADDR $server_addr;\n"
"\tfastcgi_param SERVER_PORT $server_port;\n"
"\tfastcgi_param SERVER_NAME $host;\n"
"\tfastcgi_param REDIRECT_STATUS 200;\n"
"\tfastcgi_param HTTP_PROXY \"\";\n"
"\tserver {\n"
"\t\tlisten @L default_server;\n"
"\t\tserver_name _;\n"
"\t\treturn 404;\n"
"\t}\n";

static const char nginx_include[] = "\tinclude \"@R/@I\";\n";
static const char nginx_include_all[] = "\tinclude sites/*.conf;\n";
static const char nginx_tail[] = "}\n";
static const char php_include[] = "include = \"@R/@I\"\n";
static const char php_include_all[] = "include = \"@R/php/pool.d/*.conf\"\n";
/* clang-format on */

const char *
server_sites_dir(enum server which)
{
	return files[which].sites;
}

/* The user of a server's unprivileged side; NULL: it has the agent's own.  On
 * a private node that root owns there is nobody but root. */
static const char *
server_user(const struct node *node)
{
	if (!node->is_root)
		return NULL;
	return node->is_private ? "root" : node->web_user;
}

static enum err
put_include(
    struct buf *b, const struct node *node, enum server which, const char *path)
{
	const struct conf_value values[] = {
	    {'I', CONF_WORD, path},
	    {'R', CONF_PATH, node->root},
	};

	return conf_render(b,
	    which == SERVER_NGINX ? nginx_include : php_include, values,
	    N_ELEMS(values));
}

/* The main file up to the includes. */
static enum err
put_head(struct buf *b, const struct node *node, enum server which)
{
	const char *user = server_user(node);
	const struct conf_value values[] = {
	    {'W', CONF_WORD, user != NULL ? user : "none"},
	    {'L', CONF_WORD, node->listen},
	};
	enum err e;

	if (which == SERVER_PHP)
		return php_main_render(b, node->root, user);
	buf_puts(b, nginx_head);
	e = user == NULL ? OK
			 : conf_render(b, nginx_user, values, N_ELEMS(values));
	if (e == OK)
		e = conf_render(b, nginx_http, values, N_ELEMS(values));
	return e;
}

static void
put_tail(struct buf *b, enum server which)
{
	if (which == SERVER_NGINX)
		buf_puts(b, nginx_tail);
}

static enum err
write_text(const struct node *node, const char *path, const struct buf *b)
{
	if (buf_failed(b))
		return E_LIMIT;
	return beneath_write(node->root_fd, path, b->data, b->len, 0600);
}

/* The main file that is live: it includes whatever is in the directory. */
static enum err
write_main(const struct node *node, enum server which)
{
	const struct conf_value values[] = {{'R', CONF_PATH, node->root}};
	struct buf b;
	enum err e;

	buf_init(&b, MAIN_MAX);
	e = put_head(&b, node, which);
	if (e == OK)
		e = conf_render(&b,
		    which == SERVER_NGINX ? nginx_include_all : php_include_all,
		    values, N_ELEMS(values));
	put_tail(&b, which);
	if (e == OK)
		e = write_text(node, files[which].main, &b);
	buf_fini(&b);
	return e;
}

/* The main file of a test: every live site but `id`, and the candidate. */
static enum err
write_candidate(struct arena *a, const struct node *node, enum server which,
    const char *id, bool with_candidate)
{
	struct name_list names = {0};
	const char *own = arena_printf(a, "%s.conf", id);
	struct buf b;
	enum err e;

	if (own == NULL)
		return E_LIMIT;
	buf_init(&b, MAIN_MAX);
	e = beneath_list(a, node->root_fd, files[which].sites, ".conf", &names);
	if (e == OK)
		e = put_head(&b, node, which);
	for (size_t i = 0; e == OK && i < names.n; i++) {
		const char *path =
		    arena_printf(a, "%s/%s", files[which].sites, names.name[i]);

		if (path == NULL)
			e = E_LIMIT;
		else if (!str_eq(names.name[i], own))
			e = put_include(&b, node, which, path);
	}
	if (e == OK && with_candidate)
		e = put_include(&b, node, which, files[which].candidate_site);
	put_tail(&b, which);
	if (e == OK)
		e = write_text(node, files[which].candidate, &b);
	buf_fini(&b);
	return e;
}

/* Ask the program whether it likes a main file. */
static enum err
test_conf(struct arena *a, const struct node *node, enum server which,
    const char *main, struct buf *why)
{
	const struct settings *s = node->settings;
	const char *prefix = arena_printf(a, "%s/", node->root);
	const char *file = arena_printf(a, "%s/%s", node->root, main);
	const char *const nginx[] = {setting_text(s, "nginx"), "-t", "-q", "-p",
	    prefix, "-e", "stderr", "-c", file, NULL};
	const char *const php[] = {setting_text(s, "php_fpm"), "-t", "-y", file,
	    node->is_root && node->is_private ? "-R" : NULL, NULL};
	struct buf said;
	int status = 0;
	enum err e;

	if (prefix == NULL || file == NULL)
		return E_LIMIT;
	buf_init(&said, 2 * PROGRAM_SAID_MAX);
	e = program_run(
	    which == SERVER_NGINX ? nginx : php, node->root_fd, &said, &status);
	if (e == OK && status != 0) {
		buf_printf(why, "%s refused the configuration: %.700s",
		    which == SERVER_NGINX ? "nginx" : "PHP-FPM",
		    buf_str(&said));
		e = E_CONFLICT;
	}
	buf_fini(&said);
	return e;
}

/* text NULL: without the site. */
static enum err
change(struct arena *a, const struct node *node, enum server which,
    const char *id, const struct buf *text, struct buf *why)
{
	const char *live =
	    arena_printf(a, "%s/%s.conf", files[which].sites, id);
	enum err e = live == NULL ? E_LIMIT : OK;

	if (e == OK && text != NULL)
		e = write_text(node, files[which].candidate_site, text);
	if (e == OK)
		e = write_candidate(a, node, which, id, text != NULL);
	if (e == OK)
		e = test_conf(a, node, which, files[which].candidate, why);
	if (e == OK && text != NULL)
		e = beneath_rename(
		    node->root_fd, files[which].candidate_site, live, true);
	else if (e == OK)
		e = beneath_unlink(node->root_fd, live);
	/* What is left over is only looked at by people. */
	if (beneath_unlink(node->root_fd, files[which].candidate) != OK ||
	    beneath_unlink(node->root_fd, files[which].candidate_site) != OK)
		log_event(LOG_WARN, "candidate_stays", LOG_S("site", id));
	return e;
}

static enum err
render_vhost(struct buf *b, const struct node *node, const struct site *site)
{
	char pool[PHP_POOL_NAME_SIZE];
	struct vhost v = {
	    .site_id = site->id,
	    .domain = site->domain,
	    .alias = site->alias,
	    .n_aliases = site->n_aliases,
	    .listen = node->listen,
	    .suspended = site->suspended,
	};

	php_pool_name(site->id, pool);
	if (site->php)
		v.pool = pool;
	return nginx_vhost_render(b, &v);
}

static enum err
render_pool(struct buf *b, const struct node *node, const struct site *site)
{
	const struct php_pool p = {
	    .root = node->root,
	    .site_id = site->id,
	    .user = node->is_private ? server_user(node) : site->system_user,
	    .web_user = node->is_private ? NULL : node->web_user,
	};

	return php_pool_render(b, &p);
}

static enum err
render(struct buf *b, const struct node *node, enum server which,
    const struct site *site, struct buf *why)
{
	enum err e = which == SERVER_NGINX ? render_vhost(b, node, site)
					   : render_pool(b, node, site);

	if (e == E_INPUT)
		buf_puts(why, "a value does not fit into the configuration");
	if (e == E_LIMIT)
		buf_printf(
		    why, "the path of the root is too long: %s", node->root);
	return e;
}

static enum err
put_one(struct arena *a, const struct node *node, enum server which,
    const struct site *site, struct buf *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, 0);
	e = render(&text, node, which, site, why);
	if (e == OK)
		e = change(a, node, which, site->id, &text, why);
	buf_fini(&text);
	return e;
}

/* A site that never had PHP has no pool to take away. */
static enum err
remove_pool(
    struct arena *a, const struct node *node, const char *id, struct buf *why)
{
	const char *path = arena_printf(a, "php/pool.d/%s.conf", id);
	const char *text;
	enum err e;

	if (path == NULL)
		return E_LIMIT;
	e = beneath_read(a, node->root_fd, path, 65536, &text, NULL);
	if (e == E_NOTFOUND)
		return OK;
	return change(a, node, SERVER_PHP, id, NULL, why);
}

enum err
server_conf_put(struct arena *a, const struct node *node,
    const struct site *site, struct buf *why)
{
	enum err e = OK;

	/* The pool goes first and comes last: nginx points to it. */
	if (site->php)
		e = put_one(a, node, SERVER_PHP, site, why);
	if (e == OK)
		e = put_one(a, node, SERVER_NGINX, site, why);
	if (e == OK && !site->php)
		e = remove_pool(a, node, site->id, why);
	return e;
}

enum err
server_conf_remove(struct arena *a, const struct node *node,
    const char *site_id, struct buf *why)
{
	enum err e = change(a, node, SERVER_NGINX, site_id, NULL, why);

	if (e == OK)
		e = remove_pool(a, node, site_id, why);
	return e;
}

/* Render one site's file without a test. */
static enum err
refresh(struct arena *a, const struct node *node, enum server which,
    const struct site *site, struct buf *why)
{
	const char *live =
	    arena_printf(a, "%s/%s.conf", files[which].sites, site->id);
	struct buf text;
	enum err e;

	buf_init(&text, 0);
	e = live == NULL ? E_LIMIT : render(&text, node, which, site, why);
	if (e == OK)
		e = write_text(node, live, &text);
	buf_fini(&text);
	return e;
}

static enum err
refresh_sites(struct arena *a, const struct node *node, struct buf *why)
{
	struct name_list ids = {0};
	enum err e = beneath_list(a, node->root_fd, "sites", "", &ids);

	for (size_t i = 0; e == OK && i < ids.n; i++) {
		struct site site;

		if (site_load(a, node, ids.name[i], &site) != OK)
			continue;
		e = refresh(a, node, SERVER_NGINX, &site, why);
		if (e == OK && site.php)
			e = refresh(a, node, SERVER_PHP, &site, why);
	}
	return e;
}

static enum err
write_pages(const struct node *node)
{
	struct buf page;
	enum err e;

	buf_init(&page, 0);
	page_suspended(&page);
	e = buf_failed(&page) ? E_LIMIT
			      : beneath_write(node->root_fd,
				    "nginx/pages/.mpanel-suspended.html",
				    page.data, page.len, 0644);
	buf_fini(&page);
	return e;
}

enum err
server_conf_write_all(struct arena *a, const struct node *node, struct buf *why)
{
	enum err e = write_pages(node);

	if (e == OK)
		e = write_main(node, SERVER_NGINX);
	if (e == OK)
		e = write_main(node, SERVER_PHP);
	if (e == OK)
		e = refresh_sites(a, node, why);
	if (e == OK)
		e = test_conf(
		    a, node, SERVER_NGINX, files[SERVER_NGINX].main, why);
	return e;
}
