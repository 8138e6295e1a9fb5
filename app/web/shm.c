/* shm.c - the memory that the master and all its workers share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/shm.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"

static struct shm *region;
static int own_slot;

/* Robust: a worker killed while it holds the lock must not stop the others. */
static bool
lock_init(pthread_mutex_t *m)
{
	pthread_mutexattr_t a;
	bool good;

	if (pthread_mutexattr_init(&a) != 0)
		return false;
	good = pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED) == 0 &&
	       pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0 &&
	       pthread_mutex_init(m, &a) == 0;
	pthread_mutexattr_destroy(&a);
	return good;
}

enum err
shm_create(int n_slots)
{
	size_t size =
	    sizeof(struct shm) + (size_t)n_slots * sizeof(struct shm_slot);
	struct shm *s;

	assert(n_slots >= 1 && n_slots <= SHM_SLOTS_MAX);
	s = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s == MAP_FAILED) {
		log_event(LOG_ERROR, "shared_memory_refused",
		    LOG_S("reason", strerror(errno)));
		return E_SYS;
	}
	s->n_slots = n_slots;
	random_bytes(s->rate_seed, sizeof(s->rate_seed));
	if (!lock_init(&s->rate_lock)) {
		munmap(s, size);
		log_event(LOG_ERROR, "shared_lock_refused");
		return E_SYS;
	}
	if (region)
		munmap(
		    region, sizeof(struct shm) + (size_t)region->n_slots *
						     sizeof(struct shm_slot));
	region = s;
	own_slot = 0;
	return OK;
}

struct shm *
shm_get(void)
{
	if (!region && shm_create(1) != OK)
		assert(!"no memory for counters");
	return region;
}

void
shm_use_slot(int n)
{
	assert(n >= 0 && n < shm_get()->n_slots);
	own_slot = n;
}

struct shm_slot *
shm_own_slot(void)
{
	return &shm_get()->slots[own_slot];
}

void
metric_add(enum metric m, int64_t n)
{
	assert((int)m >= 0 && m < METRIC__MAX);
	shm_count(&shm_own_slot()->counts[m], n);
}

/* ---- places of a shared limit ---- */

static bool
is_gone(int32_t pid)
{
	return kill(pid, 0) != 0 && errno == ESRCH;
}

bool
slot_take(enum slot_kind k, int max)
{
	_Atomic int32_t *holders = shm_get()->holders[k];
	int32_t me = (int32_t)getpid();

	if (max > SHM_HOLDERS_MAX)
		max = SHM_HOLDERS_MAX;
	for (int i = 0; i < max; i++) {
		int32_t holder = atomic_load(&holders[i]);

		if (holder != 0 && !is_gone(holder))
			continue;
		if (atomic_compare_exchange_strong(&holders[i], &holder, me))
			return true;
	}
	return false;
}

void
slot_give(enum slot_kind k)
{
	_Atomic int32_t *holders = shm_get()->holders[k];

	for (int i = 0; i < SHM_HOLDERS_MAX; i++) {
		int32_t me = (int32_t)getpid();

		if (atomic_compare_exchange_strong(&holders[i], &me, 0))
			return;
	}
	assert(!"slot_give() without slot_take()");
}

void
shm_forget(pid_t pid)
{
	for (int k = 0; k < SLOT__MAX; k++)
		for (int i = 0; i < SHM_HOLDERS_MAX; i++) {
			int32_t dead = (int32_t)pid;

			atomic_compare_exchange_strong(
			    &shm_get()->holders[k][i], &dead, 0);
		}
}
