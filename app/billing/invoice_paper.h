/* invoice_paper.h - an invoice or a credit note as a file, for whoever is no
 * page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BILLING_INVOICE_PAPER_H
#define MPANEL_BILLING_INVOICE_PAPER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

/* The same bytes as its page's /pdf, appended to out; company is the name of
 * who sells, where the invoice does not say.  E_NOTFOUND; E_BUSY. */
enum err invoice_on_paper(struct tx *tx, const char *company,
    const struct id *invoice, struct buf *out,
    const char **number_out) MUST_USE;
enum err credit_note_on_paper(struct tx *tx, const char *company,
    const struct id *note, struct buf *out, const char **number_out) MUST_USE;

#endif
