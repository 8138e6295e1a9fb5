/* counter.h - a panel's routes behind the real gate, on a connection that can
 * be made to fail, and calls that change its state.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Each call is one request with its own subject (an order, a task) and its own
 * Idempotency-Key, so that it can be made once, and again after a failure.
 */
#ifndef MPANEL_T_COUNTER_H
#define MPANEL_T_COUNTER_H

#include "base/secret.h"
#include "identity/jwt.h"
#include "shop.h"
#include "webtest.h"

struct counter {
	struct shop shop;  /* on a connection that never fails */
	struct testdb cut; /* as shop.t, but db is the gate's */
	struct webtest web;
	struct db *watch; /* PostgreSQL's superuser */
	char access[JWT_MAX], intake[TOKEN_MAX], node[TOKEN_MAX];
	char cookie[128];
};

/* url: what the gate's connection is opened with. */
void counter_open(struct counter *c, struct testdb *t, const char *url);
void counter_close(struct counter *c);

/* A call with its subject. */
struct trip {
	const struct errand *errand;
	struct call call;
	const char *subject;
	int64_t rows;	    /* in all tables, before it */
	const char *before; /* what counter_look() said then */
};

/* A kind of call. */
struct errand {
	const char *name;
	int status; /* when all is well */
	int again;  /* of a repetition of what is done; 0: nothing is known */
	/* Make the subject, fill the call. */
	void (*prepare)(struct counter *c, int n, struct trip *t);
	/* One word about the subject $1, as the superuser sees it. */
	const char *probe;
};
extern const struct errand errands[];
extern const int n_errands;
/* Bails out when there is none of that name. */
const struct errand *errand_find(const char *name);

/* Make the subject; nothing has happened to it yet. */
void counter_prepare(struct counter *c, const struct errand *e, struct trip *t);
/* Make the call; the status. */
int counter_call(struct counter *c, const struct trip *t);
/* The state of the subject, and the rows that were added anywhere, when nobody
 * works any more: "processing +31". */
const char *counter_look(struct counter *c, const struct trip *t);

#endif
