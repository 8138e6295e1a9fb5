/* worker.h - a process that answers requests from one pool's socket.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_WEB_WORKER_H
#define MPANEL_WEB_WORKER_H

#include "web/serve.h"

/* Exit statuses that tell the master why; 0: it was asked to. */
#define EXIT_RECYCLED 10
#define EXIT_HUNG     11

struct worker_place {
	enum pool pool;
	int number; /* within the pool, from 0 */
	int slot;   /* of the shared memory */
	int pool_size;
	int listen_fd; /* non-blocking */
};

/* Serve until SIGTERM (after the request in flight), worker_max_requests,
 * worker_max_memory_mb, or a request that outlives request_timeout_s. */
_Noreturn void worker_run(
    const struct web_config *config, const struct worker_place *place);

#endif
