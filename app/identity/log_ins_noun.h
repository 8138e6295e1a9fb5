/* log_ins_noun.h - when and from where somebody signed in, or tried to.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Entries of the audit log about a person, of the last LOG_INS_DAYS.  Tries
 * with an address that nobody has are nobody's.
 */
#ifndef MPANEL_IDENTITY_LOG_INS_NOUN_H
#define MPANEL_IDENTITY_LOG_INS_NOUN_H

#include "resource/list.h"

#define LOG_INS_DAYS 90

/* What was shown: the password, or a second factor as well.  Entries from
 * before these were noted have none of the circumstances. */
#define LOG_IN_BY_PASSWORD "password"
#define LOG_IN_BY_FACTOR   "factor"

extern const struct noun log_ins_noun;

/* Where its fields are. */
enum {
	LOG_IN_ID,
	LOG_IN_AT,
	LOG_IN_SUCCESS,
	LOG_IN_WAY,
	LOG_IN_ADDRESS,
	LOG_IN_DEVICE,
	LOG_IN_USER
};

/* A list of one person's alone. */
void log_ins_of(struct list *l, const struct id *user, int64_t now);

#endif
