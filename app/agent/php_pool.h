/* php_pool.h - PHP-FPM's main configuration and one site's pool.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * FPM refuses to run without any pool, so the main file holds an idle one.
 */
#ifndef MPANEL_AGENT_PHP_POOL_H
#define MPANEL_AGENT_PHP_POOL_H

#include "base/buf.h"
#include "base/error.h"

/* A pool is called after the random end of the site's UUID: socket paths are
 * limited to 107 bytes. */
#define PHP_POOL_NAME_SIZE 13
void php_pool_name(const char *site_id, char out[static PHP_POOL_NAME_SIZE]);

struct php_pool {
	const char *root; /* the node's */
	const char *site_id;
	const char *user;     /* NULL: that of FPM itself */
	const char *web_user; /* who may connect; with user */
};

/* Append the pool.  E_INPUT as for nginx_vhost_render(); E_LIMIT: the socket's
 * path would be too long. */
enum err php_pool_render(struct buf *b, const struct php_pool *p) MUST_USE;

/* Append the main file up to its includes.  user: as in struct php_pool. */
enum err php_main_render(
    struct buf *b, const char *root, const char *user) MUST_USE;

#endif
