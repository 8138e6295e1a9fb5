/* actor.h - who acts: every flow, audit row and query gets one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_ACTOR_H
#define MPANEL_BASE_ACTOR_H

#include "base/id.h"
#include "base/perm.h"

enum actor_kind {
	ACTOR_ANYONE, /* not signed in */
	ACTOR_USER,   /* a person with a session or a user token */
	ACTOR_TOKEN,  /* an API token */
	ACTOR_SERVER, /* an agent: a token bound to one server */
	ACTOR_SYSTEM, /* `mpanel work`, the command line */
	ACTOR__MAX
};

struct actor {
	enum actor_kind kind;
	struct id tenant;  /* unset only for ACTOR_ANYONE on unknown hosts */
	struct id id;	   /* user or token; unset for anyone and system */
	struct id session; /* ACTOR_USER with a cookie */
	struct id server;  /* ACTOR_SERVER */
	char name[128];	   /* for audit and pages: e-mail, token name */
	char role[32];
	struct perm_set perms;
	/* The role wants a second factor and this person has none: there are
	 * no permissions until one is set up. */
	bool must_enrol;
	/* Staff who look as this person: whose session it is, and their name.
	 * Unset: it is the person. */
	struct id behind, behind_session;
	char behind_name[128];
};

const char *actor_kind_name(enum actor_kind k);

#endif
