/* site.h - what the node knows about one website: its conf.json.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The file is the truth that the server configurations are rendered from.  It
 * is validated when written and again when read.
 */
#ifndef MPANEL_AGENT_SITE_H
#define MPANEL_AGENT_SITE_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "agent/frame.h"
#include "agent/node.h"

#define SITE_ALIASES_MAX 16

struct site {
	const char *id;
	const char *domain;
	const char *alias[SITE_ALIASES_MAX];
	size_t n_aliases;
	const char *system_user; /* "" on private nodes */
	const char *plan;
	const char *php_version; /* "" without PHP */
	bool php;
	bool suspended;
};

/* mp_ and twelve lower-case hex digits. */
bool system_user_valid(const char *s);

/* From a request; E_INPUT with the reason in *why. */
enum err site_of_frame(const struct node *node, const struct frame *f,
    struct site *out, struct buf *why) MUST_USE;

/* E_NOTFOUND: no such site; E_INPUT: its file is damaged (logged). */
enum err site_load(struct arena *a, const struct node *node, const char *id,
    struct site *out) MUST_USE;
enum err site_store(const struct node *node, const struct site *site) MUST_USE;

/* E_CONFLICT with the reason in *why when another site answers to one of the
 * names. */
enum err site_names_free(struct arena *a, const struct node *node,
    const struct site *site, struct buf *why) MUST_USE;

/* "sites/<id>" and what is in it, e.g. "sites/<id>/www". */
const char *site_path(struct arena *a, const char *id, const char *below);

#endif
