/* gate_house.h - a small house behind the real gate, for its tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Pretends to be identity/ (the host acme.test, one person with a session, a
 * few tokens) and has handlers that do, fail or lose in every way.  "Things"
 * are a counter in the database: one more per run that was kept.
 */
#ifndef MPANEL_T_WEB_GATE_HOUSE_H
#define MPANEL_T_WEB_GATE_HOUSE_H

#include "tap.h"
#include "webtest.h"

#define COOKIE	    "sUcH0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s"
#define WITH_COOKIE "mp_session=" COOKIE

extern const struct gate_ops house_ops;
extern const struct route *const house_tables[];
extern const size_t n_house_tables;

extern struct id tenant, user, session;
extern char denied[128];     /* what note_denied() was told last */
extern int refused;	     /* status that note_refused() was told */
extern size_t refused_bytes; /* of the body at that time */
extern int touched, runs, afters;
extern int retries; /* races that /api/race will lose */

/* Open w over the house, with a tenant, user and session in the database. */
void house_open(struct webtest *w, struct testdb *t);
/* How many there are. */
int64_t things(struct testdb *t);
/* The token of forms that come with this cookie. */
const char *token_of(const char *cookie);

/* One call, the status it gets and a piece of its body or headers. */
struct row {
	struct call c;
	int status;
	const char *piece;
};

/* One test for each row. */
__attribute__((unused)) static void
check_rows(
    struct webtest *w, const struct row *rows, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++) {
		int status = webtest_call(w, &rows[i].c);
		const char *piece = rows[i].piece;
		bool there = !piece || strstr(w->headers, piece) ||
			     strstr(w->body, piece);

		if (ok(status == rows[i].status && there, "%s %zu: %s %s is %d",
			what, i, rows[i].c.method ? rows[i].c.method : "GET",
			rows[i].c.uri, rows[i].status))
			continue;
		note("got %d, want piece %s\n%s\n%s", status,
		    piece ? piece : "", w->headers, w->body);
	}
}

#endif
