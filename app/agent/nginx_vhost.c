/* nginx_vhost.c - one site's nginx server block, from typed values.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/nginx_vhost.h"

#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "agent/conf_text.h"
#include "agent/traffic.h"

#define NAMES_MAX (64 * 1024)

/* clang-format off */
static const char head[] =
"# Made by mpanel-agent from sites/@S/conf.json; edits are lost.\n"
"log_format mp_@S '@S $msec $bytes_sent';\n"
"server {\n"
"\tlisten @L;\n"
"\tserver_name @N;\n"
"\troot sites/@S/www;\n"
"\tdisable_symlinks if_not_owner from=$document_root;\n"
"\taccess_log sites/@S/logs/access.log;\n"
"\taccess_log " TRAFFIC_LOG " mp_@S;\n"
"\terror_log sites/@S/logs/error.log;\n";

static const char suspended[] =
"\tlocation = " VHOST_MARK " {\n"
"\t\tif ($mpanel_local = 0) { return 404; }\n"
"\t\tdefault_type text/plain;\n"
"\t\treturn 200 \"suspended @S\";\n"
"\t}\n"
"\terror_page 503 /.mpanel-suspended.html;\n"
"\tlocation = /.mpanel-suspended.html {\n"
"\t\tinternal;\n"
"\t\troot nginx/pages;\n"
"\t\tadd_header Retry-After 3600 always;\n"
"\t\tadd_header Cache-Control no-store always;\n"
"\t}\n"
"\tlocation / { return 503; }\n"
"}\n";

static const char active[] =
"\tlocation = " VHOST_MARK " {\n"
"\t\tif ($mpanel_local = 0) { return 404; }\n"
"\t\tdefault_type text/plain;\n"
"\t\treturn 200 \"@S\";\n"
"\t}\n"
"\tlocation ~ /\\.(?!well-known/) { return 404; }\n";

static const char plain[] =
"\tindex index.html index.htm;\n"
"\tlocation / { try_files $uri $uri/ =404; }\n"
/* Without PHP its source must not be shown. */
"\tlocation ~* \\.(php|phtml|phar)$ { return 403; }\n"
"}\n";

static const char php[] =
"\tindex index.php index.html index.htm;\n"
"\tlocation = " VHOST_PHP_MARK " {\n"
"\t\tif ($mpanel_local = 0) { return 404; }\n"
"\t\tfastcgi_pass unix:php/run/@P.sock;\n"
"\t}\n"
"\tlocation / { try_files $uri $uri/ /index.php$is_args$args; }\n"
"\tlocation ~ \\.php$ {\n"
"\t\ttry_files $uri =404;\n"
"\t\tfastcgi_pass unix:php/run/@P.sock;\n"
"\t}\n"
"\tlocation ~* \\.(phtml|phar)$ { return 403; }\n"
"}\n";
/* clang-format on */

static bool
values_valid(const struct vhost *v)
{
	if (!id_valid(v->site_id) || !domain_valid(v->domain))
		return false;
	for (size_t i = 0; i < v->n_aliases; i++) {
		if (!domain_valid(v->alias[i]))
			return false;
	}
	return true;
}

static enum err
render_parts(struct buf *b, const struct vhost *v, const char *names)
{
	const struct conf_value values[] = {
	    {'S', CONF_WORD, v->site_id},
	    {'L', CONF_WORD, v->listen},
	    {'N', CONF_WORDS, names},
	    {'P', CONF_WORD, v->pool != NULL ? v->pool : "none"},
	};
	size_t n = N_ELEMS(values);
	enum err e = conf_render(b, head, values, n);

	if (e == OK)
		e = conf_render(
		    b, v->suspended ? suspended : active, values, n);
	if (e == OK && !v->suspended)
		e = conf_render(b, v->pool != NULL ? php : plain, values, n);
	return e;
}

enum err
nginx_vhost_render(struct buf *b, const struct vhost *v)
{
	size_t start = b->len;
	struct buf names;
	enum err e;

	if (!values_valid(v))
		return E_INPUT;
	buf_init(&names, NAMES_MAX);
	buf_puts(&names, v->domain);
	for (size_t i = 0; i < v->n_aliases; i++) {
		buf_putc(&names, ' ');
		buf_puts(&names, v->alias[i]);
	}
	e = buf_failed(&names) ? E_LIMIT : render_parts(b, v, buf_str(&names));
	buf_fini(&names);
	if (e != OK)
		buf_truncate(b, start);
	return e;
}
