/* logo.h - a picture from a stranger, taken apart and put together again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * PNG only (W3C PNG, third edition): one format that every mail program
 * shows and that holds no script.  What is kept are the chunks that make the
 * picture; comments, profiles, animations and whatever stands behind the end
 * are left out.
 */
#ifndef MPANEL_TENANCY_LOGO_H
#define MPANEL_TENANCY_LOGO_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/problem.h"
#include "base/secret.h"

#define LOGO_BYTES_MAX ((size_t)256 * 1024)
#define LOGO_SIDE_MIN  16
#define LOGO_SIDE_MAX  1024

struct logo {
	const char *data; /* in the arena */
	size_t len;
	int64_t width, height;
	char hash[TOKEN_HASH_LEN];
};

/* E_INPUT with a problem `logo`: too large, no PNG, or a broken one. */
enum err logo_read(struct arena *a, struct problems *p, const char *data,
    size_t len, struct logo *out) MUST_USE;

#endif
