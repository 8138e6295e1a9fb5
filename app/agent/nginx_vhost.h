/* nginx_vhost.h - one site's nginx server block, from typed values.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Paths in it are relative to the node's root, which is nginx's prefix and
 * working directory.  A request from loopback for VHOST_MARK is answered with
 * the site's id, so that the agent can tell that this very block is live
 * whatever the customer's own pages say; VHOST_PHP_MARK is answered by the
 * site's PHP pool.
 */
#ifndef MPANEL_AGENT_NGINX_VHOST_H
#define MPANEL_AGENT_NGINX_VHOST_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/error.h"

#define VHOST_MARK     "/.well-known/mpanel/site"
#define VHOST_PHP_MARK "/.well-known/mpanel/php"

struct vhost {
	const char *site_id;
	const char *domain;
	const char *const *alias;
	size_t n_aliases;
	const char *listen;
	const char *pool; /* of PHP, see php_pool.h; NULL: no PHP */
	bool suspended;
};

/* Append the block.  E_INPUT: a value is not what it says; nothing was
 * appended. */
enum err nginx_vhost_render(struct buf *b, const struct vhost *v) MUST_USE;

#endif
