/* colour.h - colours of a brand, and whether people can read them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Contrast is that of WCAG 2.2 (relative luminance, sRGB): 1 to 21; text wants
 * 4.5 at least.
 */
#ifndef MPANEL_TENANCY_COLOUR_H
#define MPANEL_TENANCY_COLOUR_H

#include <stdbool.h>

#define COLOUR_TEXT_MIN 4.5

struct colour {
	unsigned char r, g, b;
};

/* "#2540c4", in any case. */
bool colour_parse(const char *s, struct colour *out);
/* The same in lower case. */
void colour_print(struct colour c, char out[static 8]);
double colour_contrast(struct colour a, struct colour b);
/* Black or white, whichever can be read better on c: at least 4.5. */
struct colour colour_ink(struct colour c);
/* `percent` of the way from one to the other. */
struct colour colour_mix(struct colour from, struct colour to, int percent);
/* c, darker or lighter by so much that it can be read as text on `on`. */
struct colour colour_readable(struct colour c, struct colour on);

#endif
