/* field.h - one field of a noun: its names, its type, who may write it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A value comes in as text, from a form or from JSON alike, and is read by its
 * type in one place.  What is wrong with it is a problem named after the field.
 */
#ifndef MPANEL_RESOURCE_FIELD_H
#define MPANEL_RESOURCE_FIELD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/problem.h"
#include "store/store.h"

enum field_type {
	FIELD_TEXT, /* one line */
	FIELD_AREA, /* several lines */
	FIELD_WORD, /* one of a few lower-case words: see `choice` */
	FIELD_CODE, /* [a-z0-9-], as in addresses */
	FIELD_EMAIL,
	FIELD_DOMAIN,
	FIELD_COUNTRY,	/* ISO 3166: two capitals */
	FIELD_CURRENCY, /* ISO 4217 */
	FIELD_IP4,
	FIELD_IP6,
	FIELD_ID,
	FIELD_INT,
	FIELD_BOOL,
	FIELD_MONEY,   /* minor units in the noun's currency */
	FIELD_PERCENT, /* parts per million; 19.25 outside */
	FIELD_TIME,    /* UTC seconds */
	FIELD_DATE,
	FIELD_TAGS, /* a JSON list of words; "a, b" on forms */
	FIELD_JSON, /* text that is JSON; what is written is an object */
	FIELD__MAX
};

enum field_flag {
	FILTER = 1 << 0, /* ?name=value */
	SEARCH = 1 << 1, /* looked at by ?q= */
	DETAIL = 1 << 2, /* in the detail only, not in lists */
	/* in the object "address"; such fields are neighbours */
	ADDRESS = 1 << 3,
	JOINED = 1 << 4, /* from a table that the noun's FROM joins */
	NEW = 1 << 5,	 /* given when one is made */
	EDIT = 1 << 6,	 /* changed later */
	REQUIRED = 1 << 7,
	/* No index is behind it (resource/describe.h): values of the filter are
	 * few, so that rows by time soon fill a page of most of them ... */
	COARSE = 1 << 8,
	/* ... and nobody sorts by it so often that each new row should pay. */
	IN_MEMORY = 1 << 9,
	/* The filter looks in `sort`, which is the same in lower case. */
	FOLDED = 1 << 10,
	/* May be left out, for the column has a default; never empty. */
	DEFAULTED = 1 << 11,
	QUIET = 1 << 12, /* no column of the list's page */
	/* On forms only: its page shows it otherwise. */
	FORM_ONLY = 1 << 13
};

/* A word and what people call it; a list is ended by a NULL word.  No word
 * ("") is one only where it is in the list. */
struct choice {
	const char *word, *label;
};

struct noun;

struct field {
	const char *api; /* "customerId"; JSON, form and query name */
	const char *sql; /* column or expression over the noun's FROM */
	enum field_type type;
	unsigned flags;
	/* What ?sort=api orders by, never NULL in a row; NULL: not sortable.
	 * createdAt sorts by the id, which rises with time. */
	const char *sort;

	/* For people; a field without a label is on no page. */
	const char *label, *hint;
	const char *first; /* what the form of a new one begins with */
	const struct choice *choice;
	/* Of a number; of a text, its characters.  Both 0: as the type has. */
	int64_t min, max;
	/* FIELD_ID: what it is one of.  A text that is the name of such a one
	 * says which field has its id. */
	const struct noun *of;
	const char *link;
	/* "d.code, k.code": the filter's value is in one of these columns. */
	const char *among;
};

/* How a type's values look in SQL and JSON. */
enum field_base {
	BASE_TEXT,
	BASE_ID,
	BASE_INT,
	BASE_BOOL,
	BASE_MONEY,
	BASE_PERCENT,
	BASE_TIME,
	BASE_DATE,
	BASE_JSON
};
enum field_base field_base(enum field_type t);
/* It is kept as a number. */
bool field_is_number(enum field_type t);

/* "rate_ppm" of "t.rate_ppm": where a field that is written is kept. */
const char *field_column(const struct field *f);
/* Column or expression that ?name=value is compared with. */
const char *field_filter(const struct field *f);
/* What people call a word of f; the word itself when it has none. */
const char *field_word(const struct field *f, const char *word);

/* The value of a text, trimmed; "" is none: SQL NULL, or the empty text.
 * currency is that of money.  False with a problem. */
struct field_reader {
	struct arena *arena;
	struct problems *problems;
	const char *currency;
};
bool field_read(const struct field *f, const struct field_reader *in,
    const char *text, struct db_val *out);

/* The inverse, as a form shows it; `raw` is the column's text, NULL for NULL.
 */
const char *field_show(struct arena *a, const struct field *f, const char *raw,
    const char *currency);

#endif
