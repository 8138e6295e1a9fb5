/* csv.c - a value of a described noun as a cell for a spreadsheet (RFC 4180).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/csv.h"

#include "base/clock.h"
#include "base/money.h"

/* Numbers as such: a minus sign of ours is no formula. */
void
csv_field(struct buf *b, const struct noun *n, const struct rows *r, size_t i)
{
	const char *currency = row_text(r, NOUN_CURRENCY);
	const struct field *f = &n->field[i];
	int column = NOUN_FIELDS + (int)i;
	char iso[21];

	if (row_is_null(r, column))
		return;
	switch (field_base(f->type)) {
	case BASE_INT:
		buf_int(b, row_int(r, column));
		break;
	case BASE_MONEY:
		money_decimal(b, row_int(r, column), currency);
		break;
	case BASE_PERCENT:
		buf_puts(b,
		    field_show(r->tx->arena, f, row_text(r, column), currency));
		break;
	case BASE_TIME:
		time_iso(row_int(r, column), iso);
		buf_puts(b, iso);
		break;
	case BASE_TEXT:
	case BASE_ID:
	case BASE_DATE:
	case BASE_BOOL:
	case BASE_JSON:
		buf_csv(b,
		    field_show(r->tx->arena, f, row_text(r, column), currency));
		break;
	}
}
