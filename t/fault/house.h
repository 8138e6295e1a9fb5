/* house.h - the whole wiring over a database with orders in every state, and
 * requests to it of every kind.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	house_open(&h, t);
 *	for (size_t i = 0; i < n_scenes; i++) {
 *		struct asked a;
 *
 *		house_ask(&h, &scenes[i], &a);
 *		status = webtest_try(&h.web, &a.call);
 *		...
 *		contents_restore(h.contents);
 *	}
 *	house_close(&h);
 */
#ifndef MPANEL_T_HOUSE_H
#define MPANEL_T_HOUSE_H

#include "base/secret.h"
#include "identity/jwt.h"
#include "contents.h"
#include "shop.h"
#include "webtest.h"

enum who { NOBODY, OWNER, ACCESS, INTAKE, NODE, DOOR_COOKIE, STRIPE };

enum scene_flag {
	/* A repetition tells what has been done: after 503 it may be. */
	KEYED = 1 << 0,
	/* Hashes a password, which takes long: fewer n. */
	SLOW = 1 << 1,
	/* Figures of the running program: bodies are not compared. */
	VARIES = 1 << 2,
	/* A refusal whose record is lost with a word in the log. */
	NOTED = 1 << 3
};

struct scene {
	const char *name;
	enum who who;
	const char *method, *uri, *body;
	int status;
	unsigned flags;
};
extern const struct scene scenes[];
extern const size_t n_scenes;

#define HOUSE_VARS 9

struct house {
	struct shop shop;
	struct webtest web;
	struct contents *contents;
	struct digest before;	   /* each request */
	char var[HOUSE_VARS][128]; /* what the scenes' {words} mean */
	char cookie[256], door_cookie[128];
	char access[JWT_MAX], intake[TOKEN_MAX], node[TOKEN_MAX];
};
void house_open(struct house *h, struct testdb *t);
void house_close(struct house *h);

/* A scene's request, written out. */
struct asked {
	struct call call;
	char uri[512], body[2048], signed_by[160];
};
void house_ask(
    const struct house *h, const struct scene *sc, struct asked *out);

#endif
