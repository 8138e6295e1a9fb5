/* quoted.h - what is new in a reply, and what it quotes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A guess that loses nothing: both pieces together are the text.  Where people
 * answer between the quoted lines, nothing is taken for old.
 */
#ifndef MPANEL_MAIL_QUOTED_H
#define MPANEL_MAIL_QUOTED_H

#include "base/arena.h"

/* Lives in the arena; without blank lines around it, "" where there is none. */
struct quoted {
	const char *fresh, *old;
};

/* The line that mails to which one may answer begin with, in a language:
 * "Please reply above this line". */
const char *quoted_marker(const char *lang);

/* Part a text of lines that end in LF.  The marker is preferred; else where
 * a mail program says who wrote what follows, and lines with ">".  `fresh` is
 * empty only where the text is. */
void quoted_split(struct arena *a, const char *text, struct quoted *out);

#endif
