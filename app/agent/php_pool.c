/* php_pool.c - PHP-FPM's main configuration and one site's pool.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/php_pool.h"

#include <string.h>
#include <sys/un.h>

#include "base/id.h"
#include "base/text.h"
#include "agent/conf_text.h"
#include "agent/nginx_vhost.h"

/* clang-format off */
static const char main_text[] =
"; Made by mpanel-agent; edits are lost.\n"
"[global]\n"
"pid = \"@R/php/php-fpm.pid\"\n"
"error_log = \"@R/php/php-fpm.log\"\n"
"daemonize = no\n"
"process_control_timeout = 10s\n"
"[idle]\n"
"listen = \"@R/php/run/idle.sock\"\n"
"pm = ondemand\n"
"pm.max_children = 1\n";

static const char user_text[] =
"user = @U\n"
"group = @U\n";

static const char pool_text[] =
"; Made by mpanel-agent from sites/@S/conf.json; edits are lost.\n"
"[@P]\n"
"listen = \"@R/php/run/@P.sock\"\n"
"pm = ondemand\n"
"pm.max_children = 4\n"
"pm.process_idle_timeout = 30s\n"
"pm.max_requests = 1000\n"
"ping.path = " VHOST_PHP_MARK "\n"
"ping.response = @S\n"
"clear_env = yes\n"
"security.limit_extensions = .php\n"
"php_admin_value[open_basedir] = \"@R/sites/@S/www:@R/sites/@S/tmp\"\n"
"php_admin_value[upload_tmp_dir] = \"@R/sites/@S/tmp\"\n"
"php_admin_value[sys_temp_dir] = \"@R/sites/@S/tmp\"\n"
"php_admin_value[session.save_path] = \"@R/sites/@S/tmp\"\n"
"php_admin_value[disable_functions] = "
"\"exec,passthru,shell_exec,system,proc_open,popen,pcntl_exec,symlink,link\"\n"
"php_admin_value[memory_limit] = 128M\n"
"php_admin_value[expose_php] = 0\n";

static const char owner_text[] =
"listen.owner = @W\n"
"listen.mode = 0600\n";
/* clang-format on */

void
php_pool_name(const char *site_id, char out[static PHP_POOL_NAME_SIZE])
{
	size_t n = strlen(site_id);

	assert(n == 36);
	memcpy(out, site_id + n - (PHP_POOL_NAME_SIZE - 1), PHP_POOL_NAME_SIZE);
}

/* A colon would end a directory of open_basedir. */
static bool
root_fits(const char *root)
{
	static const char longest[] = "/php/run/123456789012.sock";

	return strlen(root) + sizeof(longest) <=
	       sizeof(((struct sockaddr_un *)NULL)->sun_path);
}

enum err
php_pool_render(struct buf *b, const struct php_pool *p)
{
	char name[PHP_POOL_NAME_SIZE];
	const struct conf_value values[] = {
	    {'R', CONF_PATH, p->root},
	    {'S', CONF_WORD, p->site_id},
	    {'P', CONF_WORD, name},
	    {'U', CONF_WORD, p->user != NULL ? p->user : "none"},
	    {'W', CONF_WORD, p->web_user != NULL ? p->web_user : "none"},
	};
	size_t start = b->len;
	enum err e;

	if (!id_valid(p->site_id) || strchr(p->root, ':') != NULL)
		return E_INPUT;
	if (!root_fits(p->root))
		return E_LIMIT;
	php_pool_name(p->site_id, name);
	e = conf_render(b, pool_text, values, N_ELEMS(values));
	if (e == OK && p->user != NULL)
		e = conf_render(b, user_text, values, N_ELEMS(values));
	if (e == OK && p->web_user != NULL)
		e = conf_render(b, owner_text, values, N_ELEMS(values));
	if (e != OK)
		buf_truncate(b, start);
	return e;
}

enum err
php_main_render(struct buf *b, const char *root, const char *user)
{
	const struct conf_value values[] = {
	    {'R', CONF_PATH, root},
	    {'U', CONF_WORD, user != NULL ? user : "none"},
	};
	size_t start = b->len;
	enum err e = conf_render(b, main_text, values, N_ELEMS(values));

	if (e == OK && user != NULL)
		e = conf_render(b, user_text, values, N_ELEMS(values));
	if (e != OK)
		buf_truncate(b, start);
	return e;
}
