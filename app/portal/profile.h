/* profile.h - an account's name and address, and which mails one gets: what
 * its calls and its page share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PORTAL_PROFILE_H
#define MPANEL_PORTAL_PROFILE_H

#include "billing/customer_mail.h"

/* Beside the words of customer_mails[]: what can't be switched off. */
#define PROFILE_SECURITY "security"

#endif
