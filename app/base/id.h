/* id.h - UUIDv7 (RFC 9562): ids that sort by the time they were made.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_ID_H
#define MPANEL_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

/* The canonical text form: lower case, 36 characters and NUL.  A value, so
 * that it can be copied, returned and kept in structs. */
struct id {
	char s[37];
};

/* A new id for the moment unix_ms; rises within one process even when the
 * clock stands still (RFC 9562 section 6.2 method 1) or steps back by up to
 * ten seconds.  A clock set back further is followed. */
struct id id_new(int64_t unix_ms);
/* Below every id of the moment and above every earlier one: to look rows up by
 * when they were made. */
struct id id_floor(int64_t unix_ms);
/* The moment that a valid id was made for. */
int64_t id_ms(const char *s);
/* True when s is a UUID in canonical form (lower-case hex). */
bool id_valid(const char *s);
/* From text that is valid; asserts. */
struct id id_of(const char *s);
/* The same of any text: unset where it is none. */
static inline struct id
id_of_any(const char *s)
{
	return s && id_valid(s) ? id_of(s) : (struct id){""};
}
static inline bool
id_is_set(const struct id *id)
{
	return id->s[0] != '\0';
}

#endif
