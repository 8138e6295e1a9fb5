/* template_speak.h - a template in another language.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What people read in it is what stands between two tags of HTML or two
 * sections, and the value of an attribute that is read (aria-label, title,
 * placeholder, alt).  Values may stand in it: "{{count}} in all".  White space
 * around it stays, white space inside is one blank to whoever translates.
 */
#ifndef MPANEL_TEMPLATE_TEMPLATE_SPEAK_H
#define MPANEL_TEMPLATE_TEMPLATE_SPEAK_H

#include <stddef.h>
#include "base/buf.h"

/* The other text, borrowed until the next call; NULL: it stays. */
typedef const char *template_say_fn(void *arg, const char *english);

void template_speak(const char *text, size_t n, template_say_fn *say, void *arg,
    struct buf *out);

#endif
