/* browser.h - a browser that somebody has signed in with before.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Who tries passwords at somebody's account makes that account wait.  Its
 * owner, in a browser that was let in once, carries a sealed word for that
 * account and is counted apart, so that nobody can keep a person out of their
 * own account.  It opens nothing; who steals it has a count of one's own.
 */
#ifndef MPANEL_IDENTITY_BROWSER_H
#define MPANEL_IDENTITY_BROWSER_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"

#define BROWSER_LIFE_S (365 * 86400)

/* The word for an account, each time another; text without spaces. */
enum err browser_word(struct arena *a, const struct secret_box *box,
    const struct id *tenant, const char *email, const char **out) MUST_USE;
/* Was it made here, for this account? */
bool browser_is_known(struct arena *a, const struct secret_box *box,
    const struct id *tenant, const char *email, const char *word);

#endif
