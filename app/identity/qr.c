/* qr.c - a text as a QR code that a page can draw (libqrencode).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/qr.h"

#include <errno.h>
#include <qrencode.h>

#include "base/buf.h"

#define QUIET	       4
#define PATH_MAX_BYTES (64 * 1024)

/* The runs of dark modules of one row, each as a relative stroke. */
static void
put_row(struct buf *b, const QRcode *code, int y)
{
	const unsigned char *row = code->data + y * code->width;
	int pen = -1; /* where the last stroke has ended */

	for (int x = 0; x < code->width; x++) {
		int from = x;

		while (x < code->width && row[x] & 1)
			x++;
		if (x == from)
			continue;
		if (pen < 0)
			buf_printf(b, "M%d %d.5", from + QUIET, y + QUIET);
		else
			buf_printf(b, "m%d 0", from - pen);
		buf_printf(b, "h%d", x - from);
		pen = x;
	}
}

enum err
qr_make(struct arena *a, const char *text, struct qr *out)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	struct qr qr;
	struct buf b;

	if (code == NULL)
		return errno == ERANGE ? E_INPUT : E_BUSY;
	buf_init(&b, PATH_MAX_BYTES);
	for (int y = 0; y < code->width; y++)
		put_row(&b, code, y);
	qr.size = code->width + 2 * QUIET;
	QRcode_free(code);
	qr.path = buf_move(a, &b);
	if (qr.path == NULL)
		return E_BUSY;
	*out = qr;
	return OK;
}

const char *
qr_svg(struct arena *a, const struct qr *qr)
{
	return arena_printf(a,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
	    "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
	    "<path stroke=\"#000\" d=\"%s\"/></svg>",
	    qr->size, qr->size, qr->size, qr->size, qr->path);
}
