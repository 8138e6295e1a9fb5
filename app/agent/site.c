/* site.c - what the node knows about one website: its conf.json.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/site.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"

#define CONF_MAX (32 * 1024)

bool
system_user_valid(const char *s)
{
	return strlen(s) == 15 && str_starts(s, "mp_") &&
	       strspn(s + 3, "0123456789abcdef") == 12;
}

/* [0-9] . [0-9]{1,2} */
static bool
php_version_valid(const char *s)
{
	size_t n = strlen(s);

	return (n == 3 || n == 4) && s[1] == '.' &&
	       strspn(s, "0123456789.") == n && strchr(s + 2, '.') == NULL;
}

static bool
site_valid(const struct node *node, const struct site *site, struct buf *why)
{
	if (!id_valid(site->id))
		buf_puts(why, "siteId is no UUID");
	else if (!domain_valid(site->domain))
		buf_puts(why, "domain is no host name");
	else if (!node->is_private && !system_user_valid(site->system_user))
		buf_puts(why, "systemUser is not mp_ and 12 hex digits");
	else if (!text_is_printable(site->plan))
		buf_puts(why, "plan has control characters");
	else if (site->php && !php_version_valid(site->php_version))
		buf_puts(why, "phpVersion is no version");
	for (size_t i = 0; i < site->n_aliases; i++) {
		if (!domain_valid(site->alias[i]))
			buf_puts(why, "an alias is no host name");
	}
	return why->len == 0;
}

/* An alias that repeats a name is left out: nginx would warn. */
static void
add_alias(struct site *site, const char *name)
{
	if (str_eq(name, site->domain))
		return;
	for (size_t i = 0; i < site->n_aliases; i++) {
		if (str_eq(name, site->alias[i]))
			return;
	}
	site->alias[site->n_aliases++] = name;
}

enum err
site_of_frame(const struct node *node, const struct frame *f, struct site *out,
    struct buf *why)
{
	struct site site = {
	    .id = frame_get(f, TAG_SITE_ID, ""),
	    .domain = frame_get(f, TAG_DOMAIN, ""),
	    .system_user =
		node->is_private ? "" : frame_get(f, TAG_SYSTEM_USER, ""),
	    .plan = frame_get(f, TAG_PLAN, ""),
	    .php = frame_get_num(f, TAG_PHP, 0) != 0,
	};

	if (site.php)
		site.php_version = frame_get(f, TAG_PHP_VERSION,
		    setting_text(node->settings, "php_version"));
	else
		site.php_version = "";
	for (size_t i = 0; i < f->n; i++) {
		if (f->field[i].tag != TAG_ALIAS)
			continue;
		if (site.n_aliases == SITE_ALIASES_MAX) {
			buf_printf(
			    why, "more than %d aliases", SITE_ALIASES_MAX);
			return E_INPUT;
		}
		add_alias(&site, f->field[i].text);
	}
	if (!site_valid(node, &site, why))
		return E_INPUT;
	*out = site;
	return OK;
}

const char *
site_path(struct arena *a, const char *id, const char *below)
{
	return arena_printf(
	    a, *below ? "sites/%s/%s" : "sites/%s%s", id, below);
}

static bool
read_members(const struct json_in *in, struct site *site)
{
	const json_t *aliases = NULL;
	size_t n;

	if (!json_in_text(in, "siteId", JSON_REQUIRED, 36, &site->id) ||
	    !json_in_text(in, "domain", JSON_REQUIRED, 253, &site->domain) ||
	    !json_in_text(
		in, "systemUser", JSON_OPTIONAL, 32, &site->system_user) ||
	    !json_in_text(in, "plan", JSON_OPTIONAL, 64, &site->plan) ||
	    !json_in_text(
		in, "phpVersion", JSON_OPTIONAL, 8, &site->php_version) ||
	    !json_in_bool(in, "suspended", JSON_REQUIRED, &site->suspended) ||
	    !json_in_array(
		in, "aliases", JSON_REQUIRED, 0, SITE_ALIASES_MAX, &aliases))
		return false;
	n = json_array_size(aliases);
	for (size_t i = 0; i < n; i++) {
		const char *name =
		    json_string_value(json_array_get(aliases, i));

		if (name == NULL)
			return false;
		site->alias[site->n_aliases++] = arena_strdup(in->arena, name);
	}
	site->php = *site->php_version != '\0';
	return !arena_failed(in->arena);
}

static enum err
parse(struct arena *a, const struct node *node, const char *id,
    const char *text, size_t len, struct site *out)
{
	struct site site = {.system_user = "", .plan = "", .php_version = ""};
	struct problems problems;
	struct json_in in;
	struct buf why;
	json_t *obj = NULL;
	bool good;

	buf_init(&why, 1024);
	problems_init(&problems, a);
	good =
	    json_parse(text, len, &problems, &obj) == OK && json_is_object(obj);
	in = (struct json_in){obj, "", &problems, a};
	good = good && read_members(&in, &site);
	if (node->is_private)
		site.system_user = "";
	good = good && site_valid(node, &site, &why) && str_eq(site.id, id);
	json_decref(obj);
	if (!good)
		log_event(LOG_ERROR, "site_damaged", LOG_S("site", id),
		    LOG_S("why", buf_str(&why)));
	buf_fini(&why);
	if (!good)
		return E_INPUT;
	*out = site;
	return OK;
}

enum err
site_load(
    struct arena *a, const struct node *node, const char *id, struct site *out)
{
	const char *path, *text = NULL;
	size_t len = 0;
	enum err e;

	if (!id_valid(id))
		return E_INPUT;
	path = site_path(a, id, "conf.json");
	if (path == NULL)
		return E_LIMIT;
	e = beneath_read(a, node->root_fd, path, CONF_MAX, &text, &len);
	if (e != OK)
		return e;
	return parse(a, node, id, text, len, out);
}

/* json_in_text() takes no empty text, so what is empty is left out. */
static void
put_text(struct json_out *w, const char *name, const char *text)
{
	if (*text != '\0')
		json_str(w, name, text);
}

enum err
site_store(const struct node *node, const struct site *site)
{
	char path[64];
	struct json_out w;
	struct buf b;
	enum err e;

	buf_init(&b, CONF_MAX);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "siteId", site->id);
	json_str(&w, "domain", site->domain);
	put_text(&w, "systemUser", site->system_user);
	put_text(&w, "plan", site->plan);
	put_text(&w, "phpVersion", site->php ? site->php_version : "");
	json_bool(&w, "suspended", site->suspended);
	json_open(&w, "aliases", '[');
	for (size_t i = 0; i < site->n_aliases; i++)
		json_str(&w, NULL, site->alias[i]);
	json_close(&w, ']');
	json_close(&w, '}');
	buf_putc(&b, '\n');
	snprintf(path, sizeof(path), "sites/%.36s/conf.json", site->id);
	e = buf_failed(&b)
		? E_LIMIT
		: beneath_write(node->root_fd, path, b.data, b.len, 0600);
	buf_fini(&b);
	return e;
}

static bool
answers_to(const struct site *site, const char *name)
{
	if (str_eq(site->domain, name))
		return true;
	for (size_t i = 0; i < site->n_aliases; i++) {
		if (str_eq(site->alias[i], name))
			return true;
	}
	return false;
}

enum err
site_names_free(struct arena *a, const struct node *node,
    const struct site *site, struct buf *why)
{
	struct name_list ids = {0};
	enum err e = beneath_list(a, node->root_fd, "sites", "", &ids);

	for (size_t i = 0; e == OK && i < ids.n; i++) {
		struct site other;
		const char *taken = NULL;

		if (str_eq(ids.name[i], site->id) ||
		    site_load(a, node, ids.name[i], &other) != OK)
			continue;
		if (answers_to(&other, site->domain))
			taken = site->domain;
		for (size_t k = 0; k < site->n_aliases; k++) {
			if (answers_to(&other, site->alias[k]))
				taken = site->alias[k];
		}
		if (taken != NULL) {
			buf_printf(why,
			    "%s is another site's name on this "
			    "node (%s)",
			    taken, other.id);
			return E_CONFLICT;
		}
	}
	return e;
}
