/* customer.c - who buys; one row per e-mail address within a tenant.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/customer.h"

#include "base/clock.h"
#include "base/text.h"

/* The columns of read_row(), in its order.  SQLite knows no alias of the table
 * that is written. */
#define CUSTOMER_COLUMNS                                                       \
	"id, name, email, phone, line1, line2, city, state, postal_code, "     \
	"country, currency, company_name, tax_id, "                            \
	"CASE WHEN EXISTS (SELECT 1 FROM customer_people p "                   \
	"WHERE p.tenant_id = customers.tenant_id "                             \
	"AND p.customer_id = customers.id) THEN 1 ELSE 0 END"

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

static void
read_row(const struct rows *r, struct customer *out)
{
	*out = (struct customer){
	    .id = row_id(r, 0),
	    .name = row_strdup(r, 1),
	    .email = row_strdup(r, 2),
	    .phone = row_strdup(r, 3),
	    .line1 = row_strdup(r, 4),
	    .line2 = row_strdup(r, 5),
	    .city = row_strdup(r, 6),
	    .state = row_strdup(r, 7),
	    .postal_code = row_strdup(r, 8),
	    .country = row_strdup(r, 9),
	    .currency = row_strdup(r, 10),
	    .company = row_strdup(r, 11),
	    .tax_id = row_strdup(r, 12),
	    .has_people = row_int(r, 13) != 0,
	};
}

/* One statement, so that two first orders of one person make one customer:
 * the conflict arm fills what the row does not know yet. */
enum err
customer_upsert_ask(struct tx *tx, const struct customer *in, struct rows *r)
{
	struct id id = id_new(clock_now_ms());

	return db_query(tx, r,
	    "INSERT INTO customers (tenant_id, id, name, email, phone, "
	    "line1, line2, city, state, postal_code, country, currency, "
	    "created_at, updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$13) "
	    "ON CONFLICT (tenant_id, email_key) WHERE deleted_at IS NULL "
	    "DO UPDATE SET "
	    "phone = CASE WHEN customers.phone = '' THEN excluded.phone "
	    "ELSE customers.phone END, "
	    "line1 = CASE WHEN customers.line1 = '' THEN excluded.line1 "
	    "ELSE customers.line1 END, "
	    "line2 = CASE WHEN customers.line1 = '' THEN excluded.line2 "
	    "ELSE customers.line2 END, "
	    "city = CASE WHEN customers.line1 = '' THEN excluded.city "
	    "ELSE customers.city END, "
	    "state = CASE WHEN customers.line1 = '' THEN excluded.state "
	    "ELSE customers.state END, "
	    "postal_code = CASE WHEN customers.line1 = '' THEN excluded.postal_code "
	    "ELSE customers.postal_code END, "
	    "country = CASE WHEN customers.country = '' THEN excluded.country "
	    "ELSE customers.country END, "
	    "updated_at = excluded.updated_at "
	    "RETURNING " CUSTOMER_COLUMNS,
	    DB_ID(&tx->tenant), DB_ID(&id), DB_TEXT(in->name),
	    DB_TEXT(in->email), DB_TEXT(or_empty(in->phone)),
	    DB_TEXT(or_empty(in->line1)), DB_TEXT(or_empty(in->line2)),
	    DB_TEXT(or_empty(in->city)), DB_TEXT(or_empty(in->state)),
	    DB_TEXT(or_empty(in->postal_code)), DB_TEXT(or_empty(in->country)),
	    DB_TEXT(in->currency), DB_INT(tx->now));
}

enum err
customer_read(struct rows *r, struct customer *out)
{
	bool found = rows_next(r);
	enum err e;

	if (found)
		read_row(r, out);
	e = rows_done(r);
	return e == OK && !found ? E_NOTFOUND : e;
}

enum err
customer_upsert(struct tx *tx, const struct customer *in, struct customer *out)
{
	struct rows r;
	enum err e = customer_upsert_ask(tx, in, &r);

	return e == OK ? customer_read(&r, out) : e;
}

enum err
customer_get(struct tx *tx, const struct id *id, struct customer *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT " CUSTOMER_COLUMNS " FROM customers "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	return e == OK ? customer_read(&r, out) : e;
}

enum err
customer_credit(struct tx *tx, const struct id *id, int64_t *minor_out)
{
	if (tx->mode == TX_READ)
		return db_int(tx, 0, minor_out,
		    "SELECT credit_minor FROM customers "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(id));
	return db_int(tx, 0, minor_out,
	    "SELECT credit_minor FROM customers "
	    "WHERE tenant_id = $1 AND id = $2 " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(id));
}

enum err
customer_find(struct tx *tx, const struct id *id, const char *email,
    struct customer *out, bool *is_open_out)
{
	bool by_id = id && id_is_set(id);
	struct id found;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, status FROM customers "
	    "WHERE tenant_id = $1 AND deleted_at IS NULL "
	    "AND (id = $2 OR email_key = lower($3))",
	    DB_ID(&tx->tenant), DB_ID(by_id ? id : NULL),
	    DB_TEXT(by_id ? NULL : email));

	if (e != OK)
		return e;
	found = row_id(&r, 0);
	*is_open_out = !str_eq(row_text(&r, 1), "closed");
	e = rows_done(&r);
	return e == OK ? customer_get(tx, &found, out) : e;
}

enum err
customer_add_credit(struct tx *tx, const struct id *id, int64_t minor)
{
	return db_exec(tx,
	    "UPDATE customers SET credit_minor = credit_minor + $3, "
	    "updated_at = $4 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(minor), DB_INT(tx->now));
}
