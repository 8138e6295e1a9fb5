/* jobs_noun.h - what is to be done outside, as staff read it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_JOBS_JOBS_NOUN_H
#define MPANEL_JOBS_JOBS_NOUN_H

#include "resource/noun.h"

extern const struct noun jobs_noun;

/* Its fields. */
enum job_field {
	JOB_ID,
	JOB_KIND,
	JOB_STATUS,
	JOB_KEY,
	JOB_TEMPLATE,
	JOB_ATTEMPTS,
	JOB_ERROR,
	JOB_DUE,
	JOB_LEASE,
	JOB_DONE,
	JOB_CREATED,
	JOB_UPDATED
};

#endif
