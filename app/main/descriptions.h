/* descriptions.h - is the database what each noun's description says?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_DESCRIPTIONS_H
#define MPANEL_MAIN_DESCRIPTIONS_H

#include "base/json.h"
#include "main/app.h"

/* A line for each noun on standard output, or (w) an object in the open array.
 * How many differ is in *differing_out. */
enum err descriptions_check(
    struct app *app, struct json_out *w, int64_t *differing_out) MUST_USE;

#endif
