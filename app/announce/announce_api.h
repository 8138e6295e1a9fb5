/* announce_api.h - routes of announcements and network status.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ANNOUNCE_ANNOUNCE_API_H
#define MPANEL_ANNOUNCE_ANNOUNCE_API_H

#include "resource/shape.h"
#include "web/web.h"

/* Ended by rows without a path, without a route. */
extern const struct route status_page_routes[];
extern const struct route status_api_routes[];
extern const struct route announce_staff_routes[];
extern const struct api_shape announce_shapes[];

/* A page of them, as client/status and public/status draw it: `sentence`,
 * `rows`, `older`; path: where the page is. */
enum err put_status(
    struct request *rq, struct view *v, const char *path) MUST_USE;
/* feed_pages.c */
enum err status_feed(struct request *rq) MUST_USE;

#endif
