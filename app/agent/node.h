/* node.h - this hosting node: where things are and how it was started.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Below the root directory:
 *
 *	sites/<site id>/{conf.json,www/,tmp/,logs/}
 *	sites/<site id>/{restore/,replaced/<UTC time>/,restored.json}: swap.h
 *	backups/<site id>/{schedule.json,<UTC time>.tar.gz}
 *	trash/<site id>-<UTC time>/
 *	nginx/{nginx.conf,sites/<site id>.conf,pages/,tmp/,error.log}
 *	php/{php-fpm.conf,pool.d/<site id>.conf,run/<12 hex>.sock}
 *	usage/{traffic.log,traffic.json,disk.json}
 *	state/		the puller's, with the archive that it is to send
 *
 * An installed node runs as root and gives each site its own system user.  A
 * private node (--root DIR) has one user for everything and touches nothing
 * outside of its directory.
 */
#ifndef MPANEL_AGENT_NODE_H
#define MPANEL_AGENT_NODE_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/settings.h"

#define STATE_DIR     "state"
#define OUTGOING_FILE "outgoing.tar.gz" /* in it */
#define OUTGOING_PATH STATE_DIR "/" OUTGOING_FILE

struct node {
	struct arena
	    *arena; /* of the strings here; lives as long as the node */
	const struct settings *settings;
	int root_fd;
	int lock_fd;
	const char *root; /* absolute, no slash at the end */
	bool is_private;
	bool is_root;	    /* running as uid 0 */
	const char *listen; /* "127.0.0.1:8080" */
	const char *probe;  /* "http://127.0.0.1:8080" */
	const char *web_user;
	gid_t web_gid;	  /* of web_user; installed nodes */
	uid_t puller_uid; /* installed nodes */
	gid_t puller_gid;
};

/* Make the directory tree and lock it.  private_root: the DIR of --root, or
 * NULL for an installed node.  http_port 0: the setting's.  A person's mistake
 * is E_INPUT with a sentence in *why. */
enum err node_open(struct node *node, const struct settings *s,
    const char *private_root, int http_port, struct buf *why) MUST_USE;
void node_close(struct node *node);

#endif
