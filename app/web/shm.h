/* shm.h - the memory that the master and all its workers share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One region, mapped by the master before it forks.  Each worker owns one slot
 * and is the only writer of its counters, so that counting costs nothing;
 * readers add the slots up.  A process outside a pool (command line, tests)
 * that counts or limits gets a private region on first use.
 */
#ifndef MPANEL_WEB_SHM_H
#define MPANEL_WEB_SHM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"
#include "web/web.h"

#define SHM_SLOTS_MAX	128 /* workers of all pools */
#define SHM_ROUTES_MAX	1024
#define SHM_BUCKETS	11 /* of the duration histogram, the last is +Inf */
#define SHM_CLASSES	5  /* 1xx ... 5xx */
#define SHM_HOLDERS_MAX 64 /* of one slot_take() limit */

/* Why a worker ended. */
enum worker_end {
	END_RECYCLED, /* enough requests, or too much memory */
	END_STOPPED,  /* asked to: HUP, TERM */
	END_CRASHED,
	END_HUNG, /* its request ran into the deadline twice */
	END__MAX
};

struct shm_route {
	_Atomic int64_t classes[SHM_CLASSES];
	_Atomic int64_t buckets[SHM_BUCKETS]; /* not cumulative */
	_Atomic int64_t sum_us;
};

/* One worker's place; a new worker in it goes on counting. */
struct shm_slot {
	_Atomic int32_t pool, number; /* set by the master */
	_Atomic int32_t in_flight;
	_Atomic int32_t is_ready; /* its worker waits for requests */
	_Atomic int64_t rss_bytes;
	_Atomic int64_t served; /* requests since the fork */
	_Atomic int64_t ends[END__MAX];
	_Atomic int64_t counts[METRIC__MAX];
	/* What is being served, for the log when the worker does not live to
	 * write it. */
	_Atomic int32_t route;
	char request_id[65];
	struct shm_route routes[SHM_ROUTES_MAX + 1];
};

#define RATE_WAYS 8
#define RATE_SETS 4096

struct shm_rate {
	uint64_t key; /* 0: free */
	int64_t tat_us;
};

struct shm {
	int n_slots;
	_Atomic int32_t holders[SLOT__MAX][SHM_HOLDERS_MAX]; /* pids */
	pthread_mutex_t rate_lock;
	uint64_t rate_seed[2];
	struct shm_rate rates[RATE_SETS][RATE_WAYS];
	struct shm_slot slots[];
};

/* Map the region for n_slots workers, in place of a private one.  E_SYS. */
enum err shm_create(int n_slots) MUST_USE;
/* The region; never NULL. */
struct shm *shm_get(void);
/* This process counts in slot n; workers call it after the fork. */
void shm_use_slot(int n);
struct shm_slot *shm_own_slot(void);
/* A process died: what it held is free. */
void shm_forget(pid_t pid);

static inline void
shm_count(_Atomic int64_t *counter, int64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}
static inline int64_t
shm_read(const _Atomic int64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
