/* notes.h - nightly backups that the panel has not heard of yet.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Kept in state/notes.jsonl, one JSON object per line, so that a restart does
 * not forget them.  The oldest are dropped past NOTES_MAX.
 */
#ifndef MPANEL_AGENT_NOTES_H
#define MPANEL_AGENT_NOTES_H

#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

#define NOTES_MAX      500
#define NOTES_PER_CALL 50

struct notes {
	char *text[NOTES_MAX]; /* heap */
	size_t n;
};

enum err notes_load(
    struct notes *notes, struct arena *a, int state_dir) MUST_USE;
/* A failure to store is logged: the note is still told by this process. */
void notes_add(struct notes *notes, int state_dir, const char *json);
/* Write the first NOTES_PER_CALL as the array `name`; returns how many. */
size_t notes_write(
    const struct notes *notes, struct json_out *w, const char *name);
/* The first n have been heard. */
void notes_drop(struct notes *notes, int state_dir, size_t n);
void notes_fini(struct notes *notes);

#endif
