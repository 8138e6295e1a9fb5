/* notices_api.h - notifications: routes, and what they say.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ORDERS_NOTICES_API_H
#define MPANEL_ORDERS_NOTICES_API_H

#include "orders/notices.h"
#include "web/web.h"

/* /api/admin/notifications */
extern const struct route notices_api_routes[];
/* /notifications */
extern const struct route notices_page_routes[];

/* ---- between the files of these ---- */

struct notice_words {
	const char *title, *text; /* text may be "" */
	const char *href;	  /* NULL: nowhere */
};
struct notice_words notice_words(struct arena *a, const struct notice *n);

#endif
