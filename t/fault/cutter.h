/* cutter.h - a proxy before PostgreSQL that cuts a connection at one message.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	struct cutter *c = cutter_start("/tmp/pg/.s.PGSQL.5432");
 *	struct cut cut = {CUT_FRONTEND, 7, CUT_BEFORE, .reset = true};
 *
 *	cutter_arm(c, &cut);
 *	... work over 127.0.0.1:cutter_port(c) ...
 *	seen = cutter_disarm(c);
 *	cutter_stop(&c);
 *
 * It is a process of its own that reads the message stream of both sides
 * (PostgreSQL documentation, 55.7: a type byte, but for the first of the
 * client, and four bytes of length).  Bails out when it can't.
 */
#ifndef MPANEL_T_CUTTER_H
#define MPANEL_T_CUTTER_H

#include <stdbool.h>

enum cut_side { CUT_FRONTEND, CUT_BACKEND, CUT_SIDES };
enum cut_place { CUT_BEFORE, CUT_MIDDLE, CUT_AFTER, CUT_PLACES };

struct cut {
	enum cut_side side; /* whose message: the program's, the server's */
	int nth; /* of that side since it was armed, from 1; 0: none */
	enum cut_place place; /* not passed on, half of it, or all of it */
	bool reset;	      /* the program gets RST, not FIN */
};

/* Messages of each side since it was armed, and whether it has cut. */
struct cut_seen {
	int n[CUT_SIDES];
	bool has_cut;
};

struct cutter;

struct cutter *cutter_start(const char *socket_path);
int cutter_port(const struct cutter *c);
void cutter_arm(struct cutter *c, const struct cut *cut);
/* Nothing more is cut. */
struct cut_seen cutter_disarm(struct cutter *c);
/* Close every connection now, as a server does that stops. */
void cutter_drop(struct cutter *c);
void cutter_stop(struct cutter **take_c);

#endif
