/* guardian.h - what the house knows of its own health.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Each line is a question with an answer in a sentence: well, to be looked at,
 * or wrong.  Everything is read from what others have written down: nothing is
 * checked while somebody waits.  Lines about the house itself are for those who
 * run it (tenant_runs_house()).
 */
#ifndef MPANEL_MAIN_GUARDIAN_H
#define MPANEL_MAIN_GUARDIAN_H

#include "jobs/checks.h"
#include "web/web.h"

extern const struct route guardian_routes[];

enum { GUARDIAN_LINES_MAX = 16 };

struct guardian_line {
	const char *name; /* "backup": for programs */
	const char *title;
	enum check_result result;
	const char *text, *href; /* href may be NULL */
	int64_t at;		 /* when it was found out; 0: now */
};

struct guardian {
	enum check_result worst;
	size_t n;
	struct guardian_line line[GUARDIAN_LINES_MAX];
};

enum err guardian_look(struct request *rq, struct guardian *out) MUST_USE;

#endif
