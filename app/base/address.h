/* address.h - IP addresses and ranges of them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_BASE_ADDRESS_H
#define MPANEL_BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include "base/error.h"

struct range {
	unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
	int bits;
};

struct ranges {
	size_t n;
	struct range item[32];
};

/* "127.0.0.0/8, ::1" (CIDR, RFC 4632).  E_INPUT: one of them is none. */
enum err ranges_parse(const char *list, struct ranges *out) MUST_USE;
/* False for what is no address. */
bool ranges_have(const struct ranges *r, const char *address);
bool address_is_valid(const char *address);
bool address_is_loopback(const char *address);

#define ADDRESS_KEY_LEN 33
/* Whom a limit by address counts: the address, for IPv6 its /64. */
void address_key(const char *address, char out[static ADDRESS_KEY_LEN]);

#endif
