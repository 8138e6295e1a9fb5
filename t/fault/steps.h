/* steps.h - the first steps of the schema, as an older program has them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_STEPS_H
#define MPANEL_T_STEPS_H

/* Make the directory, for both engines; for migrate_to(). */
void steps_make(const char *dir, int n);
void steps_remove(const char *dir);

#endif
