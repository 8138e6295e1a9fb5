/* personal_key_pages.h - which keys end, said before it is done.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_PERSONAL_KEY_PAGES_H
#define MPANEL_IDENTITY_PERSONAL_KEY_PAGES_H

#include "face/part.h"
#include "identity/personal_key.h"
#include "web/web.h"

/* `keys` of the view: "2 personal API keys"; empty when there are none. */
void keys_put(struct request *rq, struct view *v, int64_t n);
/* The same of a person who is good now. */
enum err keys_put_of(
    struct request *rq, struct view *v, const struct id *user) MUST_USE;

/* Points of a question whose answer ends the person's sessions; is_last: the
 * person goes, and the company's keys that they made and may know stay. */
enum err keys_ask(struct request *rq, struct view *ask, const struct id *user,
    bool is_last) MUST_USE;

#endif
