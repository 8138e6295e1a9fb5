/* public_pages.h - pages that anybody may read, under a company's brand.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_ANNOUNCE_PUBLIC_PAGES_H
#define MPANEL_ANNOUNCE_PUBLIC_PAGES_H

#include "announce/announce.h"
#include "web/web.h"

#define KB_PATH	    "/kb"
#define STATUS_PATH "/status"
#define FEED_PATH   STATUS_PATH "/feed"

/* The root of such a page.  current: the line of the bar; path: what search
 * engines shall know it by, NULL: they shall not have it; about: a sentence for
 * them, or NULL. */
struct view *public_page(struct request *rq, const char *title,
    const char *current, const char *path, const char *about);
/* What absolute links begin with (brand_url()); NULL: nobody said. */
enum err public_base(struct request *rq, const char **out) MUST_USE;
/* The start of a text, for search engines; at most 160 characters. */
const char *public_about(struct arena *a, const char *text);

/* One as part/announcement.mustache draws it, with its updates. */
enum err put_announcement(
    struct request *rq, struct view *v, const struct announcement *a) MUST_USE;
/* All of a list, as items of `rows`; path: where each has its page. */
enum err put_announcements(struct request *rq, struct view *rows,
    const char *path, const struct announcement *list, size_t n) MUST_USE;
/* Its kind, in words. */
const char *announce_kind_word(const char *kind);

#endif
