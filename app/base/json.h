/* json.h - reading JSON with jansson behind limits; writing it as a stream.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Reading: duplicate keys, depth over 32, NUL in strings, bad UTF-8 and
 * trailing bytes are refused, each with its own code.  Numbers keep their
 * text, because money must not pass through a double: json_parse() is given
 * text in which every non-integer number literal has been turned into a
 * tagged string, see json_num_text().
 * Writing: tokens go straight into a buf; commas are put by the writer.
 */
#ifndef MPANEL_BASE_JSON_H
#define MPANEL_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/problem.h"

#define JSON_DEPTH_MAX 32
#define JSON_BODY_MAX  (256 * 1024)

/* Parse a whole text; its size is the caller's to limit.  On E_INPUT one
 * problem has been added (codes json_invalid, duplicate_key, too_deep,
 * too_large, bad_encoding).  The value belongs to the caller: json_decref(). */
enum err json_parse(
    const char *text, size_t n, struct problems *p, json_t **out) MUST_USE;

/* What MPanel itself wrote into a row; NULL when it is no JSON, or when memory
 * is refused: then a has failed. */
json_t *json_own(struct arena *a, const char *text);

/* The literal text of a number (integer or not), or NULL when v is none.
 * A JSON number that is not an integer within int64 arrives here only. */
const char *json_num_text(struct arena *a, const json_t *v);
/* True when v came from a JSON string (and not from a number literal). */
bool json_is_text(const json_t *v);

/* Compact, members sorted by name, 1, 1.0 and 1e0 alike: equal values give
 * equal bytes.  v comes from json_parse().  NULL when memory is refused. */
char *json_canonical(struct arena *a, const json_t *v);

/* -- reading typed members: each adds a problem named `path.member` on a wrong
 *    value and returns false; absent optional members (also null) leave
 *    *out alone and return true.  `in` ends with the list of members that are
 * known. -- */
struct json_in {
	const json_t *obj;
	const char *path; /* "" or e.g. "items[2]" */
	struct problems *problems;
	struct arena *arena;
};
enum json_need { JSON_OPTIONAL, JSON_REQUIRED };
/* False (and one problem each) when obj has a member not in names. */
bool json_in_known(
    const struct json_in *in, const char *const *names, size_t n);
/* UTF-8 text of up to max code points, printable, trimmed.  A required one is
 * not empty; an optional one may be, which clears the field. */
bool json_in_text(const struct json_in *in, const char *name,
    enum json_need need, size_t max, const char **out);
/* A whole number; 3.0 is one. */
bool json_in_int(const struct json_in *in, const char *name,
    enum json_need need, int64_t min, int64_t max, int64_t *out);
bool json_in_bool(
    const struct json_in *in, const char *name, enum json_need need, bool *out);
/* JSON number or decimal string in major units. */
bool json_in_money(const struct json_in *in, const char *name,
    enum json_need need, const char *currency, int64_t *minor_out);
/* Index into words[n]; problem not_in_list otherwise. */
bool json_in_enum(const struct json_in *in, const char *name,
    enum json_need need, const char *const *words, size_t n, int *out);
bool json_in_object(const struct json_in *in, const char *name,
    enum json_need need, const json_t **out);
bool json_in_array(const struct json_in *in, const char *name,
    enum json_need need, size_t min, size_t max, const json_t **out);

/* -- the streaming writer -- */
struct json_out {
	struct buf *buf;
	int depth;
	bool comma; /* a value stands before the next one at this level */
};
void json_out_init(struct json_out *w, struct buf *b);
/* `name` is NULL inside arrays and for the outermost value. */
void json_open(struct json_out *w, const char *name, char bracket);
void json_close(struct json_out *w, char bracket);
void json_str(struct json_out *w, const char *name, const char *s);
void json_strn(struct json_out *w, const char *name, const char *s, size_t n);
void json_int(struct json_out *w, const char *name, int64_t n);
void json_bool(struct json_out *w, const char *name, bool yes);
/* null; jansson has taken the better name */
void json_none(struct json_out *w, const char *name);
/* s or null when s is NULL. */
void json_str_or_null(struct json_out *w, const char *name, const char *s);
/* A JSON decimal number in major units. */
void json_money(
    struct json_out *w, const char *name, int64_t minor, const char *currency);
/* ISO 8601 UTC, or null when t is 0. */
void json_time(struct json_out *w, const char *name, int64_t t);
/* Text that is JSON already. */
void json_raw(struct json_out *w, const char *name, const char *json);

#endif
