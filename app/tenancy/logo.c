/* logo.c - a picture from a stranger, taken apart and put together again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "tenancy/logo.h"

#include <string.h>

#include "base/buf.h"

enum { SIGNATURE_LEN = 8, CHUNK_FRAME = 12, HEADER_LEN = 13 };
/* Types of colour. */
enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGB_ALPHA = 6 };

static const unsigned char signature[SIGNATURE_LEN] = {
    0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

struct png {
	const unsigned char *p, *end;
	struct buf out;
	int64_t width, height;
	bool has_header, needs_palette, has_data, is_over;
};

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* ISO 3309, as in annex D of the specification; bit by bit is fast enough for
 * a picture that is sent once. */
static uint32_t
crc(const unsigned char *p, size_t n)
{
	uint32_t c = 0xffffffff;

	while (n-- > 0) {
		c ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
	}
	return ~c;
}

static bool
is_type(const unsigned char *type, const char *name)
{
	return memcmp(type, name, 4) == 0;
}

/* What the picture is made of, and how its colours are meant. */
static bool
is_kept(const unsigned char *type)
{
	static const char *const kept[] = {
	    "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "sRGB"};

	for (size_t i = 0; i < N_ELEMS(kept); i++) {
		if (is_type(type, kept[i]))
			return true;
	}
	return false;
}

/* Table 11.1 of the specification: bits of a sample by type of colour. */
static bool
is_colour(int bits, int type)
{
	switch (type) {
	case GREY:
		return bits == 1 || bits == 2 || bits == 4 || bits == 8 ||
		       bits == 16;
	case PALETTE:
		return bits == 1 || bits == 2 || bits == 4 || bits == 8;
	case RGB:
	case GREY_ALPHA:
	case RGB_ALPHA:
		return bits == 8 || bits == 16;
	default:
		return false;
	}
}

/* Sides, bits, type of colour; compression and filter are always 0, and there
 * is one way to interlace. */
static bool
read_header(struct png *g, const unsigned char *data, size_t n)
{
	if (g->has_header || n != HEADER_LEN)
		return false;
	g->width = be32(data);
	g->height = be32(data + 4);
	g->has_header = true;
	g->needs_palette = data[9] == PALETTE;
	return is_colour(data[8], data[9]) && data[10] == 0 && data[11] == 0 &&
	       data[12] <= 1 && g->width >= LOGO_SIDE_MIN &&
	       g->width <= LOGO_SIDE_MAX && g->height >= LOGO_SIDE_MIN &&
	       g->height <= LOGO_SIDE_MAX;
}

/* A chunk: length, type, data, check sum. */
static bool
read_chunk(struct png *g)
{
	const unsigned char *type = g->p + 4;
	size_t left = (size_t)(g->end - g->p), n;

	if (left < CHUNK_FRAME)
		return false;
	n = be32(g->p);
	if (n > left - CHUNK_FRAME || crc(type, n + 4) != be32(type + 4 + n))
		return false;
	if (is_type(type, "IHDR") ? !read_header(g, type + 4, n)
				  : !g->has_header)
		return false;
	/* a critical chunk that nobody knows changes the picture */
	if (!is_kept(type) && !(type[0] & 0x20))
		return false;
	if (is_kept(type))
		buf_add(&g->out, g->p, n + CHUNK_FRAME);
	if (is_type(type, "PLTE"))
		g->needs_palette = false;
	if (is_type(type, "IDAT")) {
		if (g->needs_palette)
			return false;
		g->has_data = true;
	}
	g->is_over = is_type(type, "IEND");
	g->p += n + CHUNK_FRAME;
	return true;
}

static bool
read_png(struct png *g)
{
	if (g->end - g->p < SIGNATURE_LEN ||
	    memcmp(g->p, signature, SIGNATURE_LEN) != 0)
		return false;
	buf_add(&g->out, signature, SIGNATURE_LEN);
	g->p += SIGNATURE_LEN;
	while (!g->is_over) {
		if (!read_chunk(g))
			return false;
	}
	return g->has_data;
}

static enum err
refuse(struct problems *p, const char *code, const char *why)
{
	problem_add(p, "logo", code, "%s", why);
	return E_INPUT;
}

enum err
logo_read(struct arena *a, struct problems *p, const char *data, size_t len,
    struct logo *out)
{
	struct png g = {
	    .p = (const unsigned char *)data,
	    .end = (const unsigned char *)data + len,
	};
	bool good;

	if (len > LOGO_BYTES_MAX)
		return refuse(p, "too_large", "A logo has at most 256 KB.");
	buf_init(&g.out, LOGO_BYTES_MAX + 1);
	good = read_png(&g);
	*out = (struct logo){
	    .len = g.out.len, .width = g.width, .height = g.height};
	out->data = arena_memdup(a, buf_str(&g.out), g.out.len);
	buf_fini(&g.out);
	if (!out->data)
		return E_BUSY;
	if (!good)
		return refuse(p, "bad_format",
		    "A logo is a whole PNG of 16 to 1024 pixels a side.");
	content_hash(out->data, out->len, out->hash);
	return OK;
}
