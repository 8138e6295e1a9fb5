/* fact.c - tell a fact to its hearers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/fact.h"

enum err
fact(struct tx *tx, enum fact f, const struct id *subject)
{
	for (const struct fact_hearer *h = fact_hearers; h->hear; h++) {
		if (h->fact != f)
			continue;
		enum err e = h->hear(tx, subject);
		if (e != OK)
			return e;
	}
	return OK;
}
