/* serve.h - what main/ hands to the web room, and how it starts serving.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_WEB_SERVE_H
#define MPANEL_WEB_SERVE_H

#include "base/buf.h"
#include "base/secret.h"
#include "base/settings.h"
#include "store/store.h"
#include "template/template.h"
#include "web/web.h"

/* Pages in another language than English. */
struct speech {
	const char *language;
	struct phrases *phrases;
	struct templates *templates;
};

/* All pointers are borrowed for as long as the process serves.
 *
 * Settings read here: socket_dir, worker_max_requests, worker_max_memory_mb,
 * request_timeout_s, drain_timeout_s, rate_anonymous_per_s (0: no limit),
 * limit_exempt, trusted_proxies, metrics_loopback, hsts. */
struct web_config {
	const struct settings *settings;
	const struct secret_box *box; /* of key_file */
	struct db_options db;
	const struct route *const *tables; /* each ended by a NULL path */
	size_t n_tables;
	const struct gate_ops *ops;
	struct templates *templates;
	const struct speech *speech; /* ended by a NULL language; or NULL */
	const char *static_version;  /* see static_version() */
	int workers[POOL__MAX];	     /* how many each, at least 1 */
	/* Appends Prometheus text to /api/metrics; may be NULL. */
	void (*gauges)(struct db *db, struct buf *out);
};

/* Routes of web/ itself (GET /api/metrics), for main's list of tables. */
extern const struct route web_routes[];

/* Serve until SIGTERM or SIGINT, then drain.  Opens a socket
 * for each pool (socket_dir/ui.sock and so on, 0660 in a directory made 0750
 * if absent), forks the workers and replaces them; SIGHUP rolls them one by
 * one.  A sentence for the operator goes to complaint: E_INPUT broken route
 * table, E_CONFLICT another master serves here or the schema has another
 * version, E_DB, E_SYS. Call it with one thread and no database open. */
enum err web_serve(
    const struct web_config *config, struct buf *complaint) MUST_USE;

/* Every row has path, pool, auth, permission, body, handler and name, and is
 * the only one for its method and path; E_INPUT and a line each otherwise. */
enum err routes_check(const struct route *const *tables, size_t n_tables,
    struct buf *complaint) MUST_USE;
/* The tables as JSON for `mpanel routes --json`: an array with one object per
 * method: method, path, name, auth, permission, csrf, pool. */
void routes_json(
    const struct route *const *tables, size_t n_tables, struct buf *out);

/* A name for the bytes below dir (16 hex digits), so that /static/<name>/ may
 * be cached for ever.  E_SYS when they can't be read. */
enum err static_version(const char *dir, char out[static 17]) MUST_USE;

#endif
