/* manifest.c - lines as sha256sum(1) writes them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/manifest.h"

#include <string.h>

#include "base/text.h"

static void
put_escaped(struct buf *b, char c)
{
	if (c == '\\')
		buf_puts(b, "\\\\");
	else if (c == '\n')
		buf_puts(b, "\\n");
	else if (c == '\r')
		buf_puts(b, "\\r");
	else
		buf_putc(b, c);
}

void
manifest_add(struct buf *manifest,
    const unsigned char hash[static crypto_hash_sha256_BYTES], const char *path)
{
	char hex[2 * crypto_hash_sha256_BYTES + 1];

	if (strpbrk(path, "\\\n\r") != NULL)
		buf_putc(manifest, '\\');
	hex_encode(hex, hash, crypto_hash_sha256_BYTES);
	buf_puts(manifest, hex);
	buf_puts(manifest, "  ");
	for (const char *p = path; *p != '\0'; p++)
		put_escaped(manifest, *p);
	buf_putc(manifest, '\n');
}
