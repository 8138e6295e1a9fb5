/* node.c - this hosting node: where things are and how it was started.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/conf_text.h"
#include "agent/traffic.h"

static const struct {
	const char *path;
	mode_t mode;
} tree[] = {
    /* A site's user and nginx pass through the first ones. */
    {"sites", 0711},
    {"nginx", 0711},
    {"nginx/sites", 0700},
    {"nginx/pages", 0755},
    {"nginx/tmp", 0711},
    {"php", 0711},
    {"php/pool.d", 0700},
    {"php/run", 0711},
    {"backups", 0700},
    {"trash", 0700},
    /* nginx opens its log there as root */
    {TRAFFIC_DIR, 0700},
    {"state", 0700},
};

static enum err
make_tree(const struct node *node, struct buf *why)
{
	for (size_t i = 0; i < N_ELEMS(tree); i++) {
		if (beneath_make(node->root_fd, tree[i].path, tree[i].mode) !=
		    OK) {
			buf_printf(
			    why, "cannot make %s/%s", node->root, tree[i].path);
			return E_SYS;
		}
	}
	return OK;
}

/* ADDRESS:PORT with a literal IPv4 address, or [IPv6]:PORT; a port of its own
 * takes the place of the setting's. */
static enum err
set_listen(struct node *node, int http_port, struct buf *why)
{
	const char *text = setting_text(node->settings, "http_listen");
	unsigned char address[sizeof(struct in6_addr)];
	const char *colon;
	bool is_v6, any;
	char *host;
	int64_t port;

	if (*text == '\0')
		text = node->is_private ? "127.0.0.1:8080" : "0.0.0.0:80";
	colon = strrchr(text, ':');
	is_v6 = text[0] == '[' && colon != NULL && colon[-1] == ']';
	host = colon == NULL ? NULL
	       : is_v6
		   ? arena_strndup(
			 node->arena, text + 1, (size_t)(colon - text - 2))
		   : arena_strndup(node->arena, text, (size_t)(colon - text));
	if (host == NULL || !str_to_i64(colon + 1, 1, 65535, &port) ||
	    inet_pton(is_v6 ? AF_INET6 : AF_INET, host, address) != 1) {
		buf_printf(why, "http_listen: %s is no ADDRESS:PORT", text);
		return E_INPUT;
	}
	if (http_port > 0)
		port = http_port;
	any = str_eq(host, is_v6 ? "::" : "0.0.0.0");
	node->listen = arena_printf(
	    node->arena, is_v6 ? "[%s]:%d" : "%s:%d", host, (int)port);
	if (any)
		host = arena_strdup(node->arena, is_v6 ? "::1" : "127.0.0.1");
	node->probe = arena_printf(node->arena,
	    is_v6 ? "http://[%s]:%d" : "http://%s:%d", host, (int)port);
	return node->listen != NULL && node->probe != NULL ? OK : E_SYS;
}

/* A private node that root started becomes whoever owns its directory. */
static enum err
become_owner(struct buf *why)
{
	struct stat st;

	if (stat(".", &st) < 0)
		return E_SYS;
	if (st.st_uid == 0) {
		log_event(LOG_WARN, "private_node_as_root",
		    LOG_S("advice",
			"give the directory of --root to another user"));
		return OK;
	}
	if (setgroups(0, NULL) < 0 ||
	    setresgid(st.st_gid, st.st_gid, st.st_gid) < 0 ||
	    setresuid(st.st_uid, st.st_uid, st.st_uid) < 0) {
		buf_printf(why, "cannot become the owner of the root: %s",
		    strerror(errno));
		return E_SYS;
	}
	return OK;
}

static enum err
find_users(struct node *node, struct buf *why)
{
	const char *puller = setting_text(node->settings, "user");
	const struct passwd *pw;

	node->web_user = setting_text(node->settings, "web_user");
	if (node->is_private)
		return OK;
	pw = getpwnam(node->web_user);
	if (pw == NULL || pw->pw_uid == 0) {
		buf_printf(why, "web_user: %s is no unprivileged user",
		    node->web_user);
		return E_INPUT;
	}
	node->web_gid = pw->pw_gid;
	pw = getpwnam(puller);
	if (pw == NULL || pw->pw_uid == 0) {
		buf_printf(why, "user: %s is no unprivileged user", puller);
		return E_INPUT;
	}
	node->puller_uid = pw->pw_uid;
	node->puller_gid = pw->pw_gid;
	return OK;
}

/* Make and enter the root; as a side effect it is the working directory, so
 * that relative paths (sockets) may be short. */
static enum err
enter_root(struct node *node, const char *path, struct buf *why)
{
	char *real;

	if (mkdir(path, 0711) < 0 && errno != EEXIST) {
		buf_printf(why, "cannot make %s: %s", path, strerror(errno));
		return E_SYS;
	}
	real = realpath(path, NULL);
	if (real == NULL || chdir(real) < 0) {
		buf_printf(why, "cannot enter %s: %s", path, strerror(errno));
		free(real);
		return E_SYS;
	}
	node->root = arena_strdup(node->arena, real);
	free(real);
	if (node->root == NULL)
		return E_SYS;
	if (strlen(node->root) < 2 || !conf_value_safe(CONF_PATH, node->root)) {
		buf_printf(why,
		    "%s: a root may have letters, digits, spaces "
		    "and / . _ : + - = ~ , in its path",
		    node->root);
		return E_INPUT;
	}
	return OK;
}

static enum err
open_root(struct node *node, struct buf *why)
{
	enum err e;

	node->root_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (node->root_fd < 0) {
		buf_printf(
		    why, "cannot open %s: %s", node->root, strerror(errno));
		return E_SYS;
	}
	e = make_tree(node, why);
	if (e != OK)
		return e;
	e = beneath_open(node->root_fd, "agent.lock", O_RDWR | O_CREAT, 0600,
	    &node->lock_fd);
	if (e != OK || flock(node->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		buf_printf(why, "another mpanel-agent works in %s", node->root);
		return E_BUSY;
	}
	return OK;
}

static enum err
give_state(const struct node *node)
{
	int fd = -1;
	enum err e;

	if (node->is_private)
		return OK;
	e = beneath_mkdir(node->root_fd, "state", 0700, &fd);
	if (e != OK)
		return e;
	if (fchown(fd, node->puller_uid, node->puller_gid) < 0)
		e = E_SYS;
	close(fd);
	return e;
}

enum err
node_open(struct node *node, const struct settings *s, const char *private_root,
    int http_port, struct buf *why)
{
	enum err e;

	*node = (struct node){.settings = s,
	    .root_fd = -1,
	    .lock_fd = -1,
	    .is_private = private_root != NULL,
	    .arena = arena_new(64 * 1024)};
	if (node->arena == NULL)
		return E_SYS;
	if (!node->is_private && geteuid() != 0) {
		buf_puts(why, "an installed node runs as root; "
			      "use --root DIR to work inside a directory");
		return E_INPUT;
	}
	e = enter_root(node,
	    private_root != NULL ? private_root : setting_text(s, "root"), why);
	if (e == OK && node->is_private && geteuid() == 0)
		e = become_owner(why);
	node->is_root = geteuid() == 0;
	if (e == OK)
		e = set_listen(node, http_port, why);
	if (e == OK)
		e = find_users(node, why);
	if (e == OK)
		e = open_root(node, why);
	if (e == OK)
		e = give_state(node);
	return e;
}

void
node_close(struct node *node)
{
	if (node->root_fd >= 0)
		close(node->root_fd);
	if (node->lock_fd >= 0)
		close(node->lock_fd);
	arena_free(&node->arena);
}
