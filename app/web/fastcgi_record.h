/* fastcgi_record.h - the answer to a FastCGI request, as records.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * FastCGI 1.0, sections 3.3, 3.5 and 5: the answer is a stream of FCGI_STDOUT
 * records, an empty one behind it, and FCGI_END_REQUEST.
 */
#ifndef MPANEL_WEB_FASTCGI_RECORD_H
#define MPANEL_WEB_FASTCGI_RECORD_H

#include <stdbool.h>

#include "base/buf.h"

/* The whole answer, which is not empty, and its end, to a socket that blocks:
 * one call of the system up to 64 KiB.  (libfcgi writes 8 KiB each time, and
 * each wakes the web server.)  False: the web server has gone. */
bool fastcgi_write_answer(int fd, int request_id, const struct buf *answer);

#endif
