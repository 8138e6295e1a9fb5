/* work.h - the loop of `mpanel work`: claim a queue row, carry it out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A kind's run() is called outside any transaction, with a lease on its row:
 * it may wait for a network and opens short transactions of its own.  OK ends
 * the row; E_REMOTE and E_RETRY put it back with back-off and jitter, E_BUSY
 * (nothing was tried: no memory, no lock) without counting it as an attempt;
 * other errors, or too many tries, give it up: the outbox row becomes `dead`,
 * FACT_OUTBOX_DEAD is announced, and it is shown to staff and never dropped.
 */
#ifndef MPANEL_JOBS_WORK_H
#define MPANEL_JOBS_WORK_H

#include <stdbool.h>
#include <stdint.h>
#include "base/actor.h"
#include "base/arena.h"
#include "base/id.h"
#include "base/perm.h"
#include "base/secret.h"
#include "base/settings.h"
#include "store/store.h"

struct work {
	struct db *db;
	struct arena *arena; /* reset after each piece of work */
	const struct settings *settings;
	const struct secret_box *box;
	struct actor actor;    /* ACTOR_SYSTEM of the tenant */
	struct id tenant;      /* unset for clockwork that is not per tenant */
	struct id ref;	       /* the outbox row of a piece of work */
	int64_t attempt;       /* 1.. */
	const char *complaint; /* run() may say why, for last_error */
	/* run() may say what its outbox row has become, where OK is not simply
	 * `done`: it then returns OK. */
	const char *ending;
	/* With E_BUSY: look again after so long; 0: in half a minute. */
	int wait_s;
	struct problems *problems;
	/* Clockwork rests behind its transactions; see struct work_config. */
	bool rests;
	void (*between)(struct work *w);
};

struct work_kind {
	const char *kind; /* "mail", "verify", "refund" */
	int max_attempts;
	int lease_s;
	enum err (*run)(struct work *w);
	/* Could anything be done by these settings?  NULL: yes; otherwise rows
	 * stay in the queue untouched. */
	bool (*is_possible)(const struct settings *s);
	const char *about; /* for people: "Pay a refund back" */
	/* Who settles what was given up; PERM__UNSET: who may write tasks. */
	enum perm may_settle;
	/* Called instead of outbox_retry(), also of what was dismissed, and of
	 * outbox_dismiss(), where that alone would lose something. */
	enum err (*again)(struct tx *tx, const struct id *outbox);
	enum err (*dismiss)(struct tx *tx, const struct id *outbox);
	bool is_noted; /* those two write to the audit log themselves */
};

/* Something done now and then: expire leases, forget old rows, checkpoints. */
struct clockwork {
	const char *name;
	int every_s; /* 0: each time round */
	bool per_tenant;
	enum err (*run)(struct work *w);
	const char *about; /* for people: "Writes the database's log back" */
};

/* Has somebody asked the loop to stop?  A piece of work that waits for somebody
 * slow, and can still be done later, looks now and then and gives up. */
bool work_is_stopping(void);

/* tx_run() within a piece of work, in the name of its tenant.  Where writers
 * queue (SQLite), clockwork rests behind one that wrote, so that those who wait
 * for an answer come between the transactions of a long piece.  A row of the
 * queue does not: what is noted as begun is done at once. */
enum err work_do(struct work *w, enum tx_mode mode,
    enum err (*fn)(struct tx *tx, void *arg), void *arg) MUST_USE;

struct work_config {
	const struct settings *settings;
	const struct secret_box *box;  /* the keys of key_file */
	const struct work_kind *kinds; /* ended by a NULL kind */
	const struct clockwork *clock; /* ended by a NULL name */
	/* Called where clockwork rests; may be NULL. */
	void (*between)(struct work *w);
	bool once; /* do what is due, then return */
};
/* Until SIGTERM or SIGINT, or once.  The piece of work in hand is finished. */
enum err work_run(struct db *db, const struct work_config *c) MUST_USE;

#endif
