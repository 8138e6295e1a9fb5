/* tenant_settings.c - what a company sets for itself: read and written.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A value is kept as the text that a column would have: "14", "1", "[]".
 */
#include "config.h"
#include "tenancy/tenant_settings.h"

#include <inttypes.h>

#include "base/hours.h"
#include "base/text.h"
#include "base/zone.h"
#include "tenancy/tenant.h"
#include "tenancy/tenant_parts.h"
#include "tenancy/tenant_setting.h"

#define N_SETTINGS N_TENANT_SETTINGS

static const struct field *
setting(size_t i)
{
	return &tenant_setting_fields[i];
}

const struct settings_group *
settings_group_of(size_t i)
{
	const struct settings_group *g = settings_groups;

	while (g[1].word &&
	       (size_t)noun_field(&tenant_settings_noun, g[1].first) <= i)
		g++;
	return g;
}

/* Opening hours and holidays, where they change. */
static void
check_hours(struct tx *tx, const struct values *v, const char *name,
    bool (*read)(struct arena *a, const char *text, struct hours *out,
	const char **what_out))
{
	struct hours h;
	const char *what;
	struct db_val text;

	if (values_will(v, name, &text) && text.type == DB_T_TEXT &&
	    !read(tx->arena, text.text, &h, &what))
		problem_add(tx->problems, name, "bad_format",
		    "“%s” can't be read, or is there twice.", what);
}

static enum err
check(struct tx *tx, const struct values *v)
{
	struct db_val zone;

	check_hours(tx, v, "helpHours", hours_read);
	check_hours(tx, v, "helpHolidays", hours_read_holidays);
	if (values_will(v, "timeZone", &zone) && !zone_valid(zone.text))
		problem_add(tx->problems, "timeZone", "not_in_list",
		    "There is no such time zone.");
	return OK;
}

const struct noun tenant_settings_noun = {
    .name = "settings",
    .from = "tenant_settings",
    .tenant = "tenant_id",
    .id = "tenant_id",
    .field = tenant_setting_fields,
    .n_fields = N_TENANT_SETTINGS,
    .few = "a company has one row of each",
    .one = "setting",
    .many = "Settings",
    .may_read = PERM_SETTINGS_READ,
    .may_write = PERM_SETTINGS_WRITE,
    .check = check,
};

/* ---- reading ---- */

static struct db_val
val_of(const struct field *f, const char *kept)
{
	int64_t n;

	if (!field_is_number(f->type) && f->type != FIELD_BOOL)
		return DB_TEXT(kept);
	return str_to_i64(kept, INT64_MIN, INT64_MAX, &n) ? DB_INT(n)
							  : DB_NULL();
}

static void
put(struct tenant_settings *s, size_t i, const char *kept)
{
	s->kept[i] = kept;
	s->v.was[i] = val_of(setting(i), kept);
	if (!str_eq(kept, tenant_setting_default(setting(i))))
		s->own |= UINT64_C(1) << i;
}

/* The company's own row: what it counts in, and the version of all this.  All
 * rows of a company refer to it, so that a lock of the key would keep orders
 * waiting. */
static enum err
read_tenant(struct tenant_settings *s, struct tx *tx, bool holds)
{
	int currency = noun_field(&tenant_settings_noun, "currency");
	struct rows r;
	enum err e = holds ? db_one(tx, &r,
				 "SELECT currency, settings_version "
				 "FROM tenants WHERE id = $1 " SQL_FOR_CHANGE,
				 DB_ID(&tx->tenant))
			   : db_one(tx, &r,
				 "SELECT currency, settings_version "
				 "FROM tenants WHERE id = $1",
				 DB_ID(&tx->tenant));

	if (e != OK)
		return e;
	s->v.currency = row_strdup(&r, 0);
	s->v.version_now = row_int(&r, 1);
	put(s, (size_t)currency, s->v.currency);
	return rows_done(&r);
}

/* What a version of tomorrow has kept is left alone. */
static enum err
read_rows(struct tenant_settings *s, struct tx *tx)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT name, value FROM tenant_settings WHERE tenant_id = $1",
	    DB_ID(&tx->tenant));

	while (e == OK && rows_next(&r)) {
		int i = noun_field(&tenant_settings_noun, row_text(&r, 0));

		if (i >= 0)
			put(s, (size_t)i, row_strdup(&r, 1));
	}
	return e == OK ? rows_done(&r) : e;
}

static enum err
read_all(struct tenant_settings *s, struct tx *tx, bool holds)
{
	enum err e;

	*s = (struct tenant_settings){
	    .v = {.noun = &tenant_settings_noun,
		.tx = tx,
		.op = NOUN_CHANGE,
		.id = tx->tenant},
	};
	for (size_t i = 0; i < N_SETTINGS; i++)
		put(s, i, tenant_setting_default(setting(i)));
	e = read_tenant(s, tx, holds);
	return e == OK ? read_rows(s, tx) : e;
}

enum err
tenant_settings_get(struct tenant_settings *s, struct tx *tx)
{
	return read_all(s, tx, false);
}

enum err
tenant_settings_hold(struct tenant_settings *s, struct tx *tx)
{
	return read_all(s, tx, true);
}

/* ---- writing ---- */

static enum err
forget(struct tx *tx, const char *name)
{
	return db_exec(tx,
	    "DELETE FROM tenant_settings WHERE tenant_id = $1 AND name = $2",
	    DB_ID(&tx->tenant), DB_TEXT(name));
}

static enum err
keep(struct tx *tx, const char *name, const char *value)
{
	return db_exec(tx,
	    "INSERT INTO tenant_settings (tenant_id, name, value, created_at, "
	    "updated_at) VALUES ($1, $2, $3, $4, $4) "
	    "ON CONFLICT (tenant_id, name) DO UPDATE "
	    "SET value = excluded.value, updated_at = excluded.updated_at",
	    DB_ID(&tx->tenant), DB_TEXT(name), DB_TEXT(value), DB_INT(tx->now));
}

static enum err
write_one(struct tenant_settings *s, size_t i)
{
	const struct db_val *val = &s->v.val[i];
	const struct field *f = setting(i);
	struct tx *tx = s->v.tx;
	const char *text = val->type == DB_T_INT
			       ? arena_printf(tx->arena, "%" PRId64, val->num)
			       : val->text;

	if (text == NULL)
		return tx_fail(tx, E_BUSY);
	if (f->type == FIELD_CURRENCY)
		return tenant_change(
		    tx, &(struct tenant_change){.currency = text});
	return str_eq(text, tenant_setting_default(f)) ? forget(tx, f->api)
						       : keep(tx, f->api, text);
}

enum err
tenant_settings_check(struct tenant_settings *s)
{
	size_t i = (size_t)noun_field(&tenant_settings_noun, "currency");
	enum err e = values_judge(&s->v);

	return e == OK && values_has(&s->v, i)
		   ? tenant_check_currency(s->v.tx, s->v.val[i].text)
		   : e;
}

enum err
tenant_settings_write(struct tenant_settings *s)
{
	struct tx *tx = s->v.tx;
	enum err e = OK;

	if (s->v.given == 0)
		return OK;
	for (size_t i = 0; e == OK && i < N_SETTINGS; i++)
		if (values_has(&s->v, i))
			e = write_one(s, i);
	if (e == OK)
		e = db_must(tx,
		    "UPDATE tenants SET settings_version = "
		    "settings_version + 1, updated_at = $2 WHERE id = $1",
		    DB_ID(&tx->tenant), DB_INT(tx->now));
	return e == OK ? values_note(&s->v) : e;
}

enum err
tenant_settings_change(struct tenant_settings *s)
{
	enum err e = tenant_settings_check(s);

	return e == OK ? tenant_settings_write(s) : e;
}

enum err
tenant_set_welcomes(struct tx *tx, bool welcomes)
{
	struct tenant_settings *s =
	    ARENA_NEW(tx->arena, struct tenant_settings);
	enum err e;

	if (!s)
		return tx_fail(tx, E_BUSY);
	e = tenant_settings_hold(s, tx);
	if (e == OK && !values_take(&s->v, "welcomeCustomers",
			   welcomes ? "true" : "false"))
		e = E_INPUT;
	return e == OK ? tenant_settings_change(s) : e;
}
