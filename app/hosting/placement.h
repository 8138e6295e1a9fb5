/* placement.h - which server gets a site, and what waits for a place on one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A site goes to an active web server of its product's group that has room:
 * one whose agent reports goes first, one whose agent has fallen silent last,
 * then the one with the fewest sites for its weight.  Where there is none, the
 * site and its tasks are rows without a server, staff are told, and clockwork
 * puts them as soon as there is room. No server ever has more sites than it
 * takes: on PostgreSQL the row that counts them refuses the second of two who
 * took the last place (0019_places).
 */
#ifndef MPANEL_HOSTING_PLACEMENT_H
#define MPANEL_HOSTING_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "hosting/server.h"
#include "mail/mail_fill.h"
#include "store/store.h"

/* The better the later. */
enum server_agent { AGENT_SILENT, AGENT_NEW, AGENT_THERE };

/* The servers that may get sites: active, role web, with the number they
 * have.  Ask for them, and read the answer. */
struct server_list {
	struct server_load {
		struct server_load *next;
		struct server server;
		const char *group;
		int64_t sites, capacity, weight;
		enum server_agent agent;
	} * first;
};
enum err servers_ask(struct tx *tx, struct rows *r) MUST_USE;
enum err servers_read(struct rows *r, struct server_list *out) MUST_USE;

/* Where the next site of a group ("": of any) goes, which is counted.  why is
 * a sentence for staff: "3 of 50 places taken, fewest in group web-eu". */
struct placement {
	const struct server *server; /* NULL: nowhere yet */
	const char *why;
};
struct placement servers_pick(
    struct arena *a, struct server_list *list, const char *group);

/* Is there anything to put?  A look without the writers' lock. */
enum err places_wait(struct tx *tx, bool *out) MUST_USE;
/* Put what waits on servers that have room, the oldest first, at most a
 * hundred at a time; how many (clockwork). */
enum err places_fill(struct tx *tx, int64_t *n_out) MUST_USE;

/* What the mail to staff says of a task that waits; E_NOTFOUND: not any more.
 */
enum err place_mail_fill(struct tx *tx, const struct id *task, const char *lang,
    struct view *v) MUST_USE;

#endif
