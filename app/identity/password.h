/* password.h - which passwords a person may choose.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * After NIST SP 800-63B section 5.1.1.2 (revision 3): length, and no password
 * that is tried first by whoever guesses; no rules of composition, no expiry.
 * Shorter than 12 is refused, so that a list of leaked passwords would hold
 * nearly none that is left; what is guessed of longer ones are words that
 * everybody uses, repetitions, sequences, and what is known about the person.
 */
#ifndef MPANEL_IDENTITY_PASSWORD_H
#define MPANEL_IDENTITY_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/problem.h"

#define PASSWORD_MIN_CHARS 12
#define PASSWORD_MAX_BYTES 256

/* What whoever guesses knows; each may be NULL. */
struct password_context {
	const char *email;
	const char *name;    /* of the person */
	const char *company; /* of the tenant */
};

/* False with a problem in `field`: too_long, bad_encoding, out_of_range (too
 * short), not_allowed (easily guessed; the sentence says why). */
bool password_acceptable(struct problems *p, const char *field,
    const char *password, const struct password_context *about);

#endif
