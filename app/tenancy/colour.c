/* colour.c - colours of a brand, and whether people can read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "tenancy/colour.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct colour black = {0, 0, 0}, white = {255, 255, 255};

bool
colour_parse(const char *s, struct colour *out)
{
	unsigned char rgb[3];
	char lower[7];

	if (s[0] != '#' || strlen(s) != 7)
		return false;
	for (int i = 0; i < 7; i++)
		lower[i] = s[i + 1] >= 'A' && s[i + 1] <= 'F'
			       ? (char)(s[i + 1] - 'A' + 'a')
			       : s[i + 1];
	if (!hex_decode(lower, rgb, sizeof(rgb)))
		return false;
	*out = (struct colour){rgb[0], rgb[1], rgb[2]};
	return true;
}

void
colour_print(struct colour c, char out[static 8])
{
	out[0] = '#';
	hex_encode(out + 1, (unsigned char[]){c.r, c.g, c.b}, 3);
}

/* v to the power of 12/5, 0 < v <= 1: the fifth root by Newton's method, which
 * spares every program the mathematical library. */
static double
power_2_4(double v)
{
	double v2 = v * v, v4 = v2 * v2, v12 = v4 * v4 * v4, root = 1;

	for (int i = 0; i < 60; i++) {
		double r2 = root * root;

		root -= (root - v12 / (r2 * r2)) / 5;
	}
	return root;
}

static double
linear(unsigned char byte)
{
	double v = byte / 255.0;

	return v <= 0.04045 ? v / 12.92 : power_2_4((v + 0.055) / 1.055);
}

static double
luminance(struct colour c)
{
	return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) +
	       0.0722 * linear(c.b);
}

double
colour_contrast(struct colour a, struct colour b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}

struct colour
colour_ink(struct colour c)
{
	return colour_contrast(c, white) >= COLOUR_TEXT_MIN ? white : black;
}

static unsigned char
mix_byte(unsigned char from, unsigned char to, int percent)
{
	return (unsigned char)((from * (100 - percent) + to * percent) / 100);
}

struct colour
colour_mix(struct colour from, struct colour to, int percent)
{
	return (struct colour){
	    mix_byte(from.r, to.r, percent),
	    mix_byte(from.g, to.g, percent),
	    mix_byte(from.b, to.b, percent),
	};
}

struct colour
colour_readable(struct colour c, struct colour on)
{
	struct colour to =
	    colour_contrast(on, white) > colour_contrast(on, black) ? white
								    : black;
	struct colour tried = c;

	for (int percent = 5;
	     percent <= 100 && colour_contrast(tried, on) < COLOUR_TEXT_MIN;
	     percent += 5)
		tried = colour_mix(c, to, percent);
	return tried;
}
