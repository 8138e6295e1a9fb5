/* tx.c - transactions: begin, commit, and run again after a lost race.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/store.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "store/driver.h"

#define RETRIES_MAX   5
#define RETRY_STEP_US 2000

enum err
tx_begin(struct db *db, enum tx_mode mode, struct tx *tx)
{
	enum err e;

	assert(db->tx == NULL && db->pid == getpid() && mode < TX__MAX);
	tx->db = db;
	tx->mode = mode;
	tx->err = OK;
	db->open_rows = 0;
	db->conflict[0] = '\0';
	e = db->driver->begin(tx);
	if (e != OK) {
		tx->open = false;
		return tx->err = e;
	}
	tx->open = true;
	db->tx = tx;
	return OK;
}

enum err
tx_fail(struct tx *tx, enum err e)
{
	if (tx->err == OK)
		tx->err = e;
	return tx->err;
}

void
tx_set_tenant(struct tx *tx, const struct id *tenant)
{
	/* The driver sees it at the next statement. */
	tx->tenant = *tenant;
}

enum err
tx_limit(struct tx *tx, int ms)
{
	assert(tx->open && ms > 0);
	if (tx->err != OK)
		return tx->err;
	return tx->db->driver->limit(tx, ms);
}

bool
tx_data_version(const struct tx *tx, uint64_t *out)
{
	return tx->open && tx->err == OK && tx->mode == TX_READ &&
	       tx->db->driver->data_version &&
	       tx->db->driver->data_version(tx, out);
}

static enum err
end(struct tx *tx, enum err (*end_by)(struct tx *tx))
{
	enum err e;

	assert(tx->open || tx->err != OK);
	if (tx->err == OK && tx->arena != NULL && arena_failed(tx->arena)) {
		log_event(LOG_ERROR, "commit_refused",
		    LOG_S("why", "the arena has failed"));
		tx_fail(tx, E_BUSY);
	}
	if (tx->err != OK) {
		tx_rollback(tx);
		return tx->err;
	}
	/* A query that is still open would have its answer thrown away. */
	assert(tx->db->open_rows == 0);
	e = end_by(tx);
	tx->open = false;
	tx->db->tx = NULL;
	return tx->err = e;
}

enum err
tx_commit(struct tx *tx)
{
	return end(tx, tx->db->driver->commit);
}

enum err
tx_end_reading(struct tx *tx)
{
	const struct db_driver *driver = tx->db->driver;

	assert(tx->mode == TX_READ);
	return end(
	    tx, driver->end_reading ? driver->end_reading : driver->commit);
}

void
db_rest(struct db *db)
{
	assert(db->tx == NULL);
	if (db->driver->rest)
		db->driver->rest(db);
}

void
tx_rollback(struct tx *tx)
{
	if (!tx->open)
		return;
	tx->db->driver->rollback(tx);
	tx->db->open_rows = 0;
	tx->db->tx = NULL;
	tx->open = false;
	/* A statement after the end is a mistake of the caller, not a crash. */
	tx_fail(tx, E_DB);
}

/* Wait long enough for the winners to be gone, each loser another time. */
static void
pause_before(int retry)
{
	uint32_t us = random_below(RETRY_STEP_US << retry) + 1;
	struct timespec t = {.tv_nsec = (long)us * 1000};

	nanosleep(&t, NULL);
}

static enum err
run_once(struct db *db, enum tx_mode mode, struct tx *tx,
    enum err (*fn)(struct tx *tx, void *arg), void *arg)
{
	enum err e = tx_begin(db, mode, tx);

	if (e != OK)
		return e;
	e = fn(tx, arg);
	if (e == OK)
		return tx_commit(tx);
	/* What the database said first is the reason for what fn says. */
	if (tx->err != OK)
		e = tx->err;
	tx_rollback(tx);
	return tx->err = e;
}

enum err
tx_run(struct db *db, enum tx_mode mode, struct tx *tx,
    enum err (*fn)(struct tx *tx, void *arg), void *arg)
{
	size_t problems = tx->problems ? tx->problems->n : 0;
	enum err e = run_once(db, mode, tx, fn, arg);

	for (int retry = 0; e == E_RETRY && retry < RETRIES_MAX; retry++) {
		pause_before(retry);
		if (tx->problems != NULL)
			tx->problems->n = problems;
		e = run_once(db, mode, tx, fn, arg);
	}
	if (e == E_RETRY) {
		log_event(LOG_WARN, "transaction_starved",
		    LOG_I("retries", RETRIES_MAX));
		e = E_BUSY;
	}
	return e;
}

void
tx_init(struct tx *tx, struct arena *a, struct problems *p,
    const struct actor *actor, const char *tenant_id)
{
	*tx = (struct tx){
	    .arena = a,
	    .problems = p,
	    .actor = actor,
	    .now = clock_now(),
	    .request_id = "",
	};
	if (tenant_id != NULL && tenant_id[0] != '\0')
		tx->tenant = id_of(tenant_id);
}
