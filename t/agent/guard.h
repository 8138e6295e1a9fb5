/* guard.h - a tree of files that must stay exactly as they are.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_AGENT_GUARD_H
#define MPANEL_T_AGENT_GUARD_H

/* All that there is below `top`, but for `top`/except (NULL: nothing): a line
 * per file with its mode, owner, size, time of change, links and a hash of its
 * content.  Links are not followed.  Two looks at an untouched tree are equal;
 * free() it. */
char *guard_look(const char *top, const char *except);

/* Make a file or directory below top; the test ends where that fails. */
void guard_file(const char *top, const char *name, const char *text);
void guard_dir(const char *top, const char *name);

/* Remove top and all that is in it. */
void guard_remove(const char *top);

#endif
