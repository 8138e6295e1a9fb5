/* error.c - the one table that maps an error to its faces.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/error.h"

#include <sysexits.h>

/* clang-format off */
static const struct err_info infos[ERR__MAX] = {
	[OK]         = { "ok",             "OK",                    200, EX_OK },
	[E_INPUT]    = { "invalid",        "The request is not valid", 422, EX_DATAERR },
	[E_DENIED]   = { "forbidden",      "Not allowed",           403, EX_NOPERM },
	[E_NOTFOUND] = { "not_found",      "Not found",             404, EX_NOINPUT },
	[E_CONFLICT] = { "conflict",       "Conflict",              409, EX_DATAERR },
	[E_LIMIT]    = { "rate_limited",   "Too many requests",     429, EX_TEMPFAIL },
	[E_BUSY]     = { "busy",           "Try again shortly",     503, EX_TEMPFAIL },
	[E_RETRY]    = { "busy",           "Try again shortly",     503, EX_TEMPFAIL },
	[E_REMOTE]   = { "remote_failed",  "Another system failed", 503, EX_UNAVAILABLE },
	[E_DB]       = { "unavailable",    "Service unavailable",   503, EX_IOERR },
	[E_SYS]      = { "unavailable",    "Service unavailable",   503, EX_OSERR },
};
/* clang-format on */

const struct err_info *
err_info(enum err e)
{
	assert((int)e >= 0 && e < ERR__MAX);
	return &infos[e];
}
