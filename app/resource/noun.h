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
#include "base/perm.h"
#include "resource/field.h"
#include "store/store.h"

enum noun_op { NOUN_ADD = 1 << 0, NOUN_CHANGE = 1 << 1, NOUN_REMOVE = 1 << 2 };

struct noun_found;
struct noun_key;
struct values;

struct noun {
	const char *name; /* "orders" */
	/* The noun that changes of it are noted under in the audit log, where
	 * it is others' view of the same rows; NULL: its own name. */
	const char *noted_as;
	const char *from; /* "orders o JOIN customers c ON ..." */
	/* "orders o": enough to count by, while no JOINED field is asked for;
	 * every join finds one row.  NULL: all of FROM. */
	const char *base;
	const char *tenant;   /* "o.tenant_id" */
	const char *id;	      /* "o.id" */
	const char *currency; /* "o.currency"; NULL: no money in it */
	const char *alive;    /* "o.deleted_at IS NULL"; NULL: all rows */
	/* Rows for which this does not hold are there only for who may
	 * may_read_all, too; NULL: whoever may read reads all. */
	const char *open;
	enum perm may_read_all;
	const char *made; /* "o.created_at": ?from= and ?to=; NULL: neither */
	/* "a company has few servers": why all its rows may be read, so that
	 * filters and sorts need no index; NULL: they need one each. */
	const char *few;
	/* How it is searched (resource/search.h); NULL: ?q= looks for its text
	 * in the SEARCH fields of all rows. */
	const struct noun_found *found;
	const struct field *field;
	size_t n_fields;

	/* ---- only of a noun that has its faces from here ---- */
	const char *one, *many; /* "tax rule", "Tax rules" */
	/* Its field that one of it is called by, where that is not empty;
	 * otherwise, and where this is NULL, it is noun_name()'s. */
	const char *title;
	const char *about; /* a sentence below the headline of its list */
	const char *empty; /* ... and where there is none yet */
	const char *page;  /* "/tax" */
	const char *api;   /* "/api/admin/tax-rules" */
	const char *flat;  /* a second path of the same; NULL: none */
	const char *table; /* "tax_rules", with id, version, updated_at */
	unsigned ops;	   /* of enum noun_op; each needs may_write */
	enum perm may_read, may_write;
	const struct noun_key *key; /* ended by a NULL index; or NULL */
	/* Its field that has the id of what it is part of, and whose pages
	 * its own lead back to; NULL: to its list. */
	const char *below;
	bool has_paper; /* its page leads to itself as a PDF, at /pdf */
	const struct noun_related *related; /* ended by a NULL noun; or NULL */
	/* Other lists, in the order of the tabs above each of them, this one
	 * among them; ended by NULL.  NULL: no tabs. */
	const struct noun *const *beside;
	/* Hooks; but for follow() none may write.  Members of the detail's JSON
	 * that are no fields ... */
	enum err (*more)(
	    struct tx *tx, const struct id *id, struct json_out *w);
	/* ... values for fields that nobody gave, or problems ... */
	enum err (*defaults)(struct tx *tx, struct values *v);
	/* ... and what no field knows by itself, also before one is removed
	 * (`op`; no values then): adds problems. */
	enum err (*check)(struct tx *tx, const struct values *v);
	/* ... and behind it: one was made, changed or removed (`op`) in this
	 * transaction; what of it is kept elsewhere, too. */
	enum err (*follow)(struct tx *tx, const struct id *id, enum noun_op op);
};

/* Rows of another noun that belong to one of this, below its detail. */
struct noun_related {
	const struct noun *noun;
	const char *field; /* of that noun: has this one's id */
	const char *sort;  /* NULL: newest first */
};

/* What there may be once only: rows with the same values of these fields. */
struct noun_key {
	const char *index;	   /* that holds the database to it */
	const char *const *fields; /* API names, the first is to blame */
	size_t n_fields;
	const char *when,
	    *word; /* among rows whose `when` is `word`; or NULL */
	const char *message;
};

/* Column of field i in rows of list_run() and noun_get(); before them come
 * the id, the currency, the sort value and list_total()'s. */
enum { NOUN_ID, NOUN_CURRENCY, NOUN_SORT, NOUN_TOTAL, NOUN_FIELDS };

/* By API name; -1 when there is none. */
int noun_field(const struct noun *n, const char *api);
/* By which people know one of it: its first field that has a label. */
int noun_name(const struct noun *n);

/* One row as a JSON object; closes what it opens.  details: with the fields
 * that lists leave out.  The caller may add members: it opens and closes. */
void noun_json(const struct noun *n, const struct rows *r, bool details,
    struct json_out *w);

/* The row of an id, positioned (rows_done() is the caller's); E_NOTFOUND. */
enum err noun_get(struct tx *tx, const struct noun *n, const struct id *id,
    struct rows *r) MUST_USE;

#endif
