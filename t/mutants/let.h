/* let.h - checks of permissions that can be passed by; for a build of its own.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * MPanel::Lets puts LET(n, ...) around each check of a copy of the source.  It
 * says what the check says, but yes when the n-th is taken away, and counts how
 * often the n-th said no.
 *
 *	MPANEL_LETS=FILE	two numbers of 64 bits for each check, which all
 *		processes share: how often it said no, whether it is taken
 */
#ifndef MPANEL_T_LET_H
#define MPANEL_T_LET_H

#include <stdbool.h>

#define LET(n, is_held) let_pass((n), (is_held))

bool let_pass(unsigned n, bool is_held);

#endif
