/* ranges.c - addresses and ranges of them, bit by bit.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is a list of ranges, a newline and an address.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/text.h"
#include "input.h"
#include "replay.h"
#include "base/address.h"

const char fuzz_name[] = "ranges";

static bool
parse(const char *s, unsigned char out[static 16])
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, s, out + 12) == 1 ||
	       inet_pton(AF_INET6, s, out) == 1;
}

static bool
bit(const unsigned char a[static 16], int i)
{
	return (a[i / 8] >> (7 - i % 8)) & 1;
}

static bool
is_in(const struct range *r, const unsigned char a[static 16])
{
	for (int i = 0; i < r->bits; i++) {
		if (bit(r->address, i) != bit(a, i))
			return false;
	}
	return true;
}

static void
check_ranges(const struct ranges *r, const char *address)
{
	unsigned char a[16];
	bool valid = parse(address, a), in = false;

	for (size_t i = 0; i < r->n; i++) {
		char text[INET6_ADDRSTRLEN];

		assert(r->item[i].bits >= 0 && r->item[i].bits <= 128);
		assert(inet_ntop(
		    AF_INET6, r->item[i].address, text, sizeof(text)));
		assert(ranges_have(r, text));
		in |= valid && is_in(&r->item[i], a);
	}
	assert(address_is_valid(address) == valid);
	assert(ranges_have(r, address) == in);
}

/* However an address is written, its limit is counted in one place. */
static void
check_key(const char *address)
{
	char key[ADDRESS_KEY_LEN], other[ADDRESS_KEY_LEN];
	char text[INET6_ADDRSTRLEN];
	unsigned char a[16];

	address_key(address, key);
	if (!parse(address, a)) {
		assert(str_eq(key, "none") && !address_is_loopback(address));
		return;
	}
	assert(inet_ntop(AF_INET6, a, text, sizeof(text)));
	address_key(text, other);
	assert(strlen(key) == 32 && str_eq(key, other));
	assert(address_is_loopback(text) == address_is_loopback(address));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct part rest = {(const char *)data, n};
	char *list = part_text(next_part(&rest, '\n'));
	char *address = part_text(rest);
	struct ranges r;

	if (ranges_parse(list, &r) == OK)
		check_ranges(&r, address);
	check_key(address);
	free(address);
	free(list);
	return 0;
}
