/* site.c - a request that makes a site makes one that can be read and served.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a byte and a frame, or `c` or `d` and the text of a conf.json.
 * An odd byte means a private node.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/beneath.h"
#include "agent/nginx_vhost.h"
#include "agent/php_pool.h"
#include "agent/site.h"
#include "base/log.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"

const char fuzz_name[] = "site";

static char top[SCRATCH_MAX];

static void
remove_top(void)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY);

	if (dir < 0 || beneath_remove_tree(dir, top + 1) != OK)
		fprintf(stderr, "%s stays\n", top);
	close(dir);
}

/* Another site of the node, whose names are taken. */
static const struct site other = {.id = "0190a0b0-0000-7000-8000-00000000000f",
    .domain = "taken.example",
    .system_user = "mp_0123456789ab",
    .plan = "",
    .php_version = "",
    .alias = {"www.taken.example"},
    .n_aliases = 1};

static bool
is_taken(const struct site *site, const char *name)
{
	bool yes = str_eq(site->domain, name);

	for (size_t i = 0; i < site->n_aliases; i++)
		yes |= str_eq(site->alias[i], name);
	return yes;
}

static void
make_other(const struct node *node)
{
	struct arena *a = arena_new(4096);

	if (beneath_make(node->root_fd, site_path(a, other.id, ""), 0700) ||
	    site_store(node, &other) != OK)
		abort();
	arena_free(&a);
}

/* A node in an own directory, made once. */
static struct node *
the_node(void)
{
	static struct node node;
	struct settings *s = NULL;
	struct buf why;

	if (node.settings)
		return &node;
	log_set_level(LOG__MAX);
	buf_init(&why, 0);
	scratch_make(top);
	if (settings_load(agent_settings, NULL, &s, &why) != OK ||
	    atexit(remove_top) != 0)
		abort();
	buf_fini(&why);
	node.settings = s;
	node.root = "/srv/mpanel";
	node.listen = "127.0.0.1:8080";
	node.root_fd = open(top, O_RDONLY | O_DIRECTORY);
	assert(node.root_fd >= 0);
	make_other(&node);
	return &node;
}

static void
check_served(const struct site *site)
{
	char pool[PHP_POOL_NAME_SIZE];
	struct vhost v = {.site_id = site->id,
	    .domain = site->domain,
	    .alias = site->alias,
	    .n_aliases = site->n_aliases,
	    .listen = "127.0.0.1:8080",
	    .pool = site->php ? pool : NULL};
	struct php_pool p = {.root = "/srv/mpanel",
	    .site_id = site->id,
	    .user = *site->system_user ? site->system_user : NULL,
	    .web_user = "www-data"};
	struct buf b;
	enum err e;

	php_pool_name(site->id, pool);
	buf_init(&b, 0);
	e = nginx_vhost_render(&b, &v);
	assert(e == OK);
	e = php_pool_render(&b, &p);
	assert(e == OK);
	buf_fini(&b);
}

static void
check_kept(struct arena *a, const struct node *node, const struct site *site)
{
	const char *dir = site_path(a, site->id, "");
	bool taken =
	    is_taken(site, other.domain) || is_taken(site, other.alias[0]);
	struct site kept;
	struct buf why;
	enum err e;

	if (str_eq(site->id, other.id))
		return;

	e = beneath_make(node->root_fd, dir, 0700);
	assert(e == OK);
	e = site_store(node, site);
	assert(e == OK);
	e = site_load(a, node, site->id, &kept);
	assert(e == OK);
	assert(str_eq(kept.id, site->id) && str_eq(kept.domain, site->domain));
	assert(str_eq(kept.system_user, site->system_user));
	assert(str_eq(kept.plan, str_trim(a, site->plan)));
	assert(str_eq(kept.php_version, site->php_version));
	assert(kept.php == site->php && kept.suspended == site->suspended);
	assert(kept.n_aliases == site->n_aliases);
	for (size_t i = 0; i < site->n_aliases; i++)
		assert(str_eq(kept.alias[i], site->alias[i]));
	buf_init(&why, 0);
	e = site_names_free(a, node, site, &why);
	assert(e == (taken ? E_CONFLICT : OK));
	assert(taken == (why.len > 0));
	buf_fini(&why);
	e = beneath_remove_tree(node->root_fd, dir);
	assert(e == OK);
}

/* A file that somebody has written into. */
static void
check_file(struct arena *a, const struct node *node, struct part text)
{
	static const char id[] = "0190a0b0-0000-7000-8000-000000000001";
	const char *dir = site_path(a, id, "");
	const char *conf = site_path(a, id, "conf.json");
	struct site site;
	enum err e;

	e = beneath_make(node->root_fd, dir, 0700);
	assert(e == OK);
	e = beneath_write(node->root_fd, conf, text.s, text.n, 0600);
	assert(e == OK);
	e = site_load(a, node, id, &site);
	assert(e == OK || e == E_INPUT || e == E_LIMIT);
	if (e == OK) {
		assert(str_eq(site.id, id));
		check_served(&site);
	}
	e = beneath_remove_tree(node->root_fd, dir);
	assert(e == OK);
}

static void
check_request(struct arena *a, const struct node *node, struct part bytes)
{
	struct frame f;
	struct site site;
	struct buf why;
	size_t used;
	enum err e;

	if (frame_decode(a, bytes.s, bytes.n, &f, &used) != OK)
		return;
	buf_init(&why, 0);
	e = site_of_frame(node, &f, &site, &why);
	assert(e == OK || e == E_INPUT);
	assert((e == OK) == (why.len == 0));
	if (e == OK) {
		check_served(&site);
		check_kept(a, node, &site);
	}
	buf_fini(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct node *node = the_node();
	struct arena *a = arena_new(MEBIBYTE);
	struct part rest = {(const char *)data, n};
	char kind = rest.n > 0 ? rest.s[0] : '0';

	if (rest.n > 0)
		rest = (struct part){rest.s + 1, rest.n - 1};
	node->is_private = kind % 2 != 0;
	if (kind == 'c' || kind == 'd')
		check_file(a, node, rest);
	else
		check_request(a, node, rest);
	arena_free(&a);
	return 0;
}
