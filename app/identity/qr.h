/* qr.h - a text as a QR code that a page can draw (libqrencode).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_QR_H
#define MPANEL_IDENTITY_QR_H

#include "base/arena.h"
#include "base/error.h"

/* For <svg viewBox="0 0 size size"><path d="path" stroke="#000"/></svg>: one
 * line of width 1 through the dark modules of each row, with the quiet zone of
 * four modules around (ISO/IEC 18004). */
struct qr {
	int size;
	const char *path;
};
/* E_INPUT: too long for a code; E_BUSY: no memory. */
enum err qr_make(struct arena *a, const char *text, struct qr *out) MUST_USE;
/* The whole picture, dark on white; NULL: no memory. */
const char *qr_svg(struct arena *a, const struct qr *qr);

#endif
