/* account_pages.h - the pages of accounts: one's own, and where links lead.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_ACCOUNT_PAGES_H
#define MPANEL_IDENTITY_ACCOUNT_PAGES_H

#include "web/web.h"

extern const struct route account_page_routes[]; /* signed in */
extern const struct route link_page_routes[];	 /* at the door */

/* log_ins_pages.c */
enum err show_log_ins(struct request *rq) MUST_USE;

#endif
