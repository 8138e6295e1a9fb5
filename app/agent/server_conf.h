/* server_conf.h - the configuration of nginx and PHP-FPM, changed safely.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Both have a main file and one file per site.  A change is written beside the
 * live files, tested by the program itself together with all other sites, and
 * only then renamed into place.  A refused change leaves the live files as
 * they were.  Reading them again (reload) is the executor's business.
 */
#ifndef MPANEL_AGENT_SERVER_CONF_H
#define MPANEL_AGENT_SERVER_CONF_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "agent/node.h"
#include "agent/site.h"

enum server { SERVER_NGINX, SERVER_PHP, SERVER__MAX };

/* Where the files of the sites are, e.g. "nginx/sites". */
const char *server_sites_dir(enum server which);

/* Write the main files and the page of suspended sites, and render every site
 * anew from its conf.json (the address may have changed since). */
enum err server_conf_write_all(
    struct arena *a, const struct node *node, struct buf *why) MUST_USE;

/* Make the configuration of both what `site` says.  E_CONFLICT with the
 * program's own words in *why when it is refused. */
enum err server_conf_put(struct arena *a, const struct node *node,
    const struct site *site, struct buf *why) MUST_USE;
/* Take the site out of both. */
enum err server_conf_remove(struct arena *a, const struct node *node,
    const char *site_id, struct buf *why) MUST_USE;

#endif
