/* probe.h - does the site really answer?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_PROBE_H
#define MPANEL_AGENT_PROBE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "agent/node.h"
#include "agent/verb.h"
#include "outside/http.h"

/* Ask the node's web server for the site by its host name, again and again for
 * a few seconds, until it is what `verb` has promised: the placeholder names
 * the domain and PHP answers (create), the page is 503 (suspend), the site
 * is gone (remove).  result: the executor's JSON.  E_REMOTE with what came
 * instead in *why. */
enum err probe_site(const struct node *node, struct http_client *http,
    enum verb verb, const char *result, struct buf *why) MUST_USE;

#endif
