/* print.h - answers of commands as JSON.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_PRINT_H
#define MPANEL_MAIN_PRINT_H

#include "main/app.h"

struct print_member {
	const char *name, *text; /* NULL text is null */
};
/* One object on a line; members are ended by a NULL name. */
enum err print_object(
    struct app *app, const struct print_member *members) MUST_USE;

#endif
