/* transact.c - the transaction of a request, and the handler in it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One transaction reads from whose host it is to the handler's last row.  What
 * writes has another one, from the caller's idempotency key to the answer that
 * is kept for it; who loses a race there runs again from the start.
 */
#include "config.h"
#include "web/exchange.h"

#include <time.h>

#include "base/secret.h"
#include "web/shm.h"

#define RETRIES_MAX   5
#define RETRY_STEP_US 2000

static bool
only_reads(const struct request *rq)
{
	return rq->method == GET && !(rq->route->flags & ROUTE_WRITES);
}

enum err
exchange_begin(struct exchange *x, enum tx_mode mode)
{
	enum err e;

	request_tx(&x->rq, &x->tx);
	e = tx_begin(x->rq.db, mode, &x->tx);
	if (e == OK)
		x->rq.tx = &x->tx;
	return e;
}

/* What the transaction has said of the host, which was taken for granted. */
static void
note_host(struct exchange *x, enum err e)
{
	if (x->rq.is_host_sure)
		return;
	x->rq.is_host_sure = e == OK;
	x->is_wrong = e == E_RETRY;
}

void
exchange_end(struct exchange *x)
{
	if (x->tx.open)
		note_host(x, x->rq.is_host_sure ? OK : tx_settle(&x->tx));
	tx_rollback(&x->tx);
	x->rq.tx = NULL;
}

/* A handler that only reads goes on in the transaction; its tenant may be
 * another by now. */
enum err
exchange_pass_on(struct exchange *x)
{
	const struct request *rq = &x->rq;

	if (rq->route && only_reads(rq) && !(rq->route->flags & ROUTE_OWN_TX)) {
		tx_set_tenant(&x->tx, &rq->tenant);
		return OK;
	}
	exchange_end(x);
	if (x->is_wrong)
		return E_RETRY;
	return rq->is_host_sure ? OK : E_BUSY;
}

enum err
request_undo(struct request *rq)
{
	struct exchange *x = exchange_of(rq);

	exchange_end(x);
	x->idem_key = NULL;
	return x->is_wrong ? E_RETRY : exchange_begin(x, TX_READ);
}

/* ---- the handler ---- */

/* A connection that is lost while it commits leaves open what has happened. */
static enum err
commit(struct exchange *x)
{
	enum err e =
	    x->tx.mode == TX_READ ? tx_end_reading(&x->tx) : tx_commit(&x->tx);

	note_host(x, e);
	if (e == OK || x->tx.mode != TX_WRITE || !db_is_lost(x->rq.db))
		return e;
	return refuse(x, 503,
	    "The database was lost while this was being stored. Look whether "
	    "it is done before you repeat it.");
}

static enum err
call_handler(struct exchange *x)
{
	struct request *rq = &x->rq;
	enum err e = rq->route->handler(rq);

	if (e == OK && rq->is_api && !rq->query_read && x->reply.status < 400)
		e = query_known(rq, NULL, 0);
	if (e == OK)
		e = reply_check(x);
	if (e == OK)
		e = flash_store(x, x->rq.tx);
	return e;
}

/* The one of steps 4 and 5, or a new one. */
static enum err
ready_tx(struct exchange *x)
{
	if (!x->tx.open)
		return exchange_begin(
		    x, only_reads(&x->rq) ? TX_READ : TX_WRITE);
	x->tx.arena = x->rq.arena;
	return OK;
}

static enum err
run_in_tx(struct exchange *x)
{
	bool used = false;
	enum err e = ready_tx(x);

	if (e != OK)
		return e;
	e = idem_claim(x, &used);
	if (e == OK && !used)
		e = call_handler(x);
	if (e == OK && !used)
		e = idem_store(x);
	if (e == OK && !used)
		e = commit(x);
	else if (x->tx.err != OK)
		e = x->tx.err; /* what the database said is the reason */
	exchange_end(x);
	return used ? idem_replay(x) : e;
}

/* The handler's own transactions; it has claimed the caller's key in one. */
static enum err
run_in_own_tx(struct exchange *x)
{
	enum err e = call_handler(x);

	if (!x->idem_used)
		return e;
	reply_reset(&x->reply);
	return idem_replay(x);
}

/* Everything that a run of the handler leaves behind is forgotten. */
static void
prepare_run(struct exchange *x)
{
	arena_reset(x->gate->handler_arena);
	x->rq.arena = x->gate->handler_arena;
	problems_init(&x->rq.problems, x->rq.arena);
	x->rq.kept = NULL;
	reply_reset(&x->reply);
	if (!x->session)
		x->rq.csrf = NULL;
}

/* The losers of a race wait a little, each another time. */
static void
pause_before(int retry)
{
	uint32_t us = random_below(RETRY_STEP_US << retry) + 1;
	struct timespec t = {.tv_nsec = (long)us * 1000};

	nanosleep(&t, NULL);
}

enum err
exchange_run(struct exchange *x)
{
	bool own_tx = (x->rq.route->flags & ROUTE_OWN_TX) != 0;
	enum err e = E_RETRY;

	for (int i = 0; e == E_RETRY && !x->is_wrong && i <= RETRIES_MAX; i++) {
		if (i > 0)
			pause_before(i);
		prepare_run(x);
		e = own_tx ? run_in_own_tx(x) : run_in_tx(x);
		if (own_tx)
			break;
	}
	if (e == E_DENIED && !x->refusal.status && x->rq.is_host_sure &&
	    !exchange_is_starved(x)) {
		metric_add(METRIC_DENIED, 1);
		x->gate->config->ops->note_denied(&x->rq, x->rq.route->name);
	}
	return e;
}
