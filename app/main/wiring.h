/* wiring.h - what the rooms offer, gathered: main/ alone knows everyone.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_WIRING_H
#define MPANEL_MAIN_WIRING_H

#include <stddef.h>
#include "resource/noun.h"
#include "face/openapi.h"
#include "store/invariant.h"
#include "web/web.h"

/* Every route table; each is ended by a row without a path.  None when memory
 * is refused. */
const struct route *const *wiring_routes(size_t *n_out);

/* The same with what describes their calls. */
struct api_tables wiring_api(void);

extern const struct gate_ops gate_ops;

/* Every table of invariants; each is ended by a row without a name. */
extern const struct invariant *const invariant_tables[];
extern const size_t n_invariant_tables;

/* The nouns that rooms show by hand, beside `nouns`; ended by a row without. */
struct shown_noun {
	const struct noun *noun;
	const char *by; /* "api", "page" */
};
extern const struct shown_noun shown_nouns[];

#endif
