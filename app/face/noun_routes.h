/* noun_routes.h - the rows of the route table that described nouns have.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * From a noun's path, its operations and permissions come its list, its detail,
 * its form and its question before removing, for programs and as pages; and
 * from each of its verbs, how it is done.  A row that a room has by hand wins
 * over one from here.
 */
#ifndef MPANEL_FACE_NOUN_ROUTES_H
#define MPANEL_FACE_NOUN_ROUTES_H

#include "resource/noun.h"
#include "resource/verb.h"
#include "web/web.h"

/* The nouns that have their faces from here, ended by NULL (main/). */
extern const struct noun *const nouns[];

/* A route table: made by the first call, one and the same ever after.  What
 * the n other tables have already is left out.  NULL without memory. */
const struct route *noun_routes(const struct route *const *tables, size_t n);

/* The menu's line for a noun's pages: its own, or that of the noun below whose
 * page it stands: "/products" for "/products/prices". */
const char *noun_menu(const struct noun *n);

/* Whose row the request has come by, and which verb's (NULL: none's). */
const struct noun *noun_of(const struct request *rq);
const struct verb *verb_of(const struct request *rq);

#endif
