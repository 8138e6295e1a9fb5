/* noun_parts.h - what pages of described nouns share, for those by hand.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_FACE_NOUN_PARTS_H
#define MPANEL_FACE_NOUN_PARTS_H

#include "resource/noun.h"
#include "web/web.h"

/* The page of one of it, whose row is at hand: title, way back, badge, verbs
 * (to which more may be added), and where its history is. */
struct view *noun_page_view(struct request *rq, const struct noun *n,
    const struct rows *r, const struct id *id, struct view **verbs_out);
/* Its fields that have a label. */
void noun_put_facts(struct request *rq, const struct noun *n,
    const struct rows *r, struct view *facts);

#endif
