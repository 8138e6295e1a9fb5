/* params.h - names and values out of URLs, forms and cookies, decoded once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Everything that leaves here is valid UTF-8 without NUL.  What is refused
 * adds one problem: bad_encoding, bad_format, duplicate_key, too_large (more
 * than PARAMS_MAX) or too_long (a name over PARAM_NAME_MAX bytes).
 */
#ifndef MPANEL_WEB_PARAMS_H
#define MPANEL_WEB_PARAMS_H

#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/problem.h"
#include "web/web.h"

#define PARAMS_MAX     200
#define PARAM_NAME_MAX 64

struct params {
	struct param *item;
	size_t n;
};

/* application/x-www-form-urlencoded (WHATWG URL section 5.1): also queries. */
enum err params_urlencoded(struct arena *a, const char *text, size_t n,
    struct problems *p, struct params *out) MUST_USE;
/* The Cookie header (RFC 6265 section 4.2.1); values are taken as they are,
 * without quotes around them. */
enum err params_cookies(struct arena *a, const char *text, struct problems *p,
    struct params *out) MUST_USE;
/* The path of a request target, still encoded, without its query.  Refuses
 * what could be read in two ways: encoded slashes, dot segments, control
 * characters. */
enum err path_decode(struct arena *a, const char *raw, size_t n,
    struct problems *p, const char **out) MUST_USE;

/* A decoded copy of s[0..n), in which '+' is no space; NULL with a problem of
 * `field`, or without one when a has no memory. */
const char *percent_decoded(struct arena *a, const char *s, size_t n,
    const char *field, struct problems *p);
/* Refuse a name that is too long, or taken. */
enum err param_name_check(
    const char *name, bool is_taken, struct problems *p) MUST_USE;
const char *params_find(const struct param *item, size_t n, const char *name);

#endif
