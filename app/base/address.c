/* address.c - IP addresses and ranges of them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What IPv4 begins with in IPv6 (RFC 4291 section 2.5.5.2). */
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

/* An address as 16 bytes, IPv4 mapped into IPv6. */
static bool
address_parse(const char *s, unsigned char out[static 16])
{
	if (inet_pton(AF_INET6, s, out) == 1)
		return true;
	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, s, out + 12) == 1;
}

static bool
range_parse(char *text, struct range *r)
{
	char *slash = strchr(text, '/');
	int64_t bits = 128;

	if (slash)
		*slash = '\0';
	if (!address_parse(text, r->address))
		return false;
	if (slash) {
		bool v4 = strchr(text, ':') == NULL;

		if (!str_to_i64(slash + 1, 0, v4 ? 32 : 128, &bits))
			return false;
		if (v4)
			bits += 96;
	}
	r->bits = (int)bits;
	return true;
}

enum err
ranges_parse(const char *list, struct ranges *out)
{
	char copy[1024];
	char *rest = copy;
	struct ranges r = {0};

	if (snprintf(copy, sizeof(copy), "%s", list) >= (int)sizeof(copy))
		return E_INPUT;
	for (char *t; (t = strtok_r(rest, ", \t", &rest));) {
		if (r.n == N_ELEMS(r.item) || !range_parse(t, &r.item[r.n]))
			return E_INPUT;
		r.n++;
	}
	*out = r;
	return OK;
}

static bool
is_within(const struct range *r, const unsigned char a[static 16])
{
	int whole = r->bits / 8, rest = r->bits % 8;

	if (memcmp(r->address, a, (size_t)whole) != 0)
		return false;
	return rest == 0 || (r->address[whole] ^ a[whole]) >> (8 - rest) == 0;
}

bool
ranges_have(const struct ranges *r, const char *address)
{
	unsigned char a[16];

	if (!address_parse(address, a))
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (is_within(&r->item[i], a))
			return true;
	return false;
}

bool
address_is_valid(const char *address)
{
	unsigned char a[16];

	return address_parse(address, a);
}

bool
address_is_loopback(const char *address)
{
	static const struct ranges own = {2,
	    {{{[10] = 0xff, [11] = 0xff, [12] = 127}, 104}, {{[15] = 1}, 128}}};

	return ranges_have(&own, address);
}

void
address_key(const char *address, char out[static ADDRESS_KEY_LEN])
{
	unsigned char a[16];

	if (!address_parse(address, a)) {
		snprintf(out, ADDRESS_KEY_LEN, "none");
		return;
	}
	if (memcmp(a, mapped, sizeof(mapped)) != 0)
		memset(a + 8, 0, 8);
	hex_encode(out, a, sizeof(a));
}
