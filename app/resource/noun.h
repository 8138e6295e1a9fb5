/* noun.h - a thing that staff list and read, described once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A noun is a const table: where its rows are, and its fields with the names
 * and types that the API and the pages show.  The list and detail queries, the
 * JSON and the filters all come from it.  Every query carries the tenant.
 */
#ifndef MPANEL_RESOURCE_NOUN_H
#define MPANEL_RESOURCE_NOUN_H

#include <stddef.h>
#include "base/json.h"
#include "store/store.h"

enum field_type {
	FIELD_TEXT,
	FIELD_WORD, /* one of a few lower-case words */
	FIELD_ID,
	FIELD_INT,
	FIELD_BOOL,
	FIELD_MONEY, /* minor units in the noun's currency */
	FIELD_TIME,  /* UTC seconds */
	FIELD_DATE,
	FIELD_JSON /* text that is JSON */
};

enum field_flag {
	FILTER = 1 << 0, /* ?name=value */
	SEARCH = 1 << 1, /* looked at by ?q= */
	DETAIL = 1 << 2, /* in the detail only, not in lists */
	/* in the object "address"; such fields are neighbours */
	ADDRESS = 1 << 3,
	JOINED = 1 << 4 /* from a table that the noun's FROM joins */
};

struct field {
	const char *api; /* "customerId"; JSON and query name */
	const char *sql; /* column or expression over the noun's FROM */
	enum field_type type;
	unsigned flags;
	/* What ?sort=api orders by, never NULL in a row; NULL: not sortable.
	 * createdAt sorts by the id, which rises with time. */
	const char *sort;
};

struct noun {
	const char *name; /* "orders" */
	const char *from; /* "orders o JOIN customers c ON ..." */
	/* "orders o": enough to count by, while no JOINED field is asked for;
	 * every join finds one row.  NULL: all of FROM. */
	const char *base;
	const char *tenant;   /* "o.tenant_id" */
	const char *id;	      /* "o.id" */
	const char *currency; /* "o.currency"; NULL: no money in it */
	const char *alive;    /* "o.deleted_at IS NULL"; NULL: all rows */
	const char *made; /* "o.created_at": ?from= and ?to=; NULL: neither */
	const struct field *field;
	size_t n_fields;
};

/* Column of field i in rows of list_run() and noun_get(); before them come
 * the id, the currency, the sort value and list_total()'s. */
enum { NOUN_ID, NOUN_CURRENCY, NOUN_SORT, NOUN_TOTAL, NOUN_FIELDS };

/* By API name; -1 when there is none. */
int noun_field(const struct noun *n, const char *api);

/* One row as a JSON object; closes what it opens.  details: with the fields
 * that lists leave out.  The caller may add members: it opens and closes. */
void noun_json(const struct noun *n, const struct rows *r, bool details,
    struct json_out *w);

/* The row of an id, positioned (rows_done() is the caller's); E_NOTFOUND. */
enum err noun_get(struct tx *tx, const struct noun *n, const struct id *id,
    struct rows *r) MUST_USE;

#endif
