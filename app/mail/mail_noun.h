/* mail_noun.h - mails as staff read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIL_MAIL_NOUN_H
#define MPANEL_MAIL_MAIL_NOUN_H

#include "resource/noun.h"

/* Columns of mails_noun. */
enum {
	M_ID,
	M_RECIPIENT,
	M_TEMPLATE,
	M_STATUS,
	M_ATTEMPTS,
	M_ANSWER,
	M_DUE,
	M_CREATED,
	M_UPDATED
};
extern const struct noun mails_noun;

#endif
