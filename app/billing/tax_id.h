/* tax_id.h - the form of VAT numbers, by country.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Only the form: whether a number has been given out, nobody is asked.
 * Source: European Commission, VIES, "What is the format of the VAT numbers",
 * and the tax authorities of the United Kingdom, Norway and Switzerland.
 */
#ifndef MPANEL_BILLING_TAX_ID_H
#define MPANEL_BILLING_TAX_ID_H

#include <stdbool.h>

/* How numbers of a country look, for people: "DE129273398".  NULL: it is not
 * known of that country, and any text is good. */
const char *tax_id_example(const char *country);
/* With or without the prefix of the country; blanks, dots and hyphens between
 * are not looked at, nor is case.  True for a country that is not known. */
bool tax_id_fits(const char *country, const char *text);

#endif
