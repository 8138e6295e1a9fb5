/* customer_notes.h - what staff write down about a customer, for each other.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Customers never see them.  A note is changed and taken away by whoever wrote
 * it, and by those who may change staff; a program's, by anybody who may write
 * notes.
 */
#ifndef MPANEL_BILLING_CUSTOMER_NOTES_H
#define MPANEL_BILLING_CUSTOMER_NOTES_H

#include <stdbool.h>
#include "resource/write.h"

extern const struct noun customer_notes_noun;

/* A new one of a customer: values_new(), for noun_add().  E_NOTFOUND: there is
 * no such customer. */
enum err customer_note_new(
    struct values *v, struct tx *tx, const struct id *customer) MUST_USE;
/* One of that customer's, to be changed: values_of().  E_NOTFOUND; E_DENIED
 * with a problem: it is somebody else's. */
enum err customer_note_hold(struct values *v, struct tx *tx,
    const struct id *customer, const struct id *note) MUST_USE;
/* The same for removing: noun_remove(). */
enum err customer_note_remove(struct tx *tx, const struct id *customer,
    const struct id *note, int64_t version) MUST_USE;

/* May the acting one change a note of this author (unset: a program's)? */
bool customer_note_may_change(const struct tx *tx, const struct id *author);

#endif
