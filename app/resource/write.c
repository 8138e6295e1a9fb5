/* write.c - rows of a described noun made, changed and taken away.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/write.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "resource/search.h"
#include "resource/write_sql.h"

enum { NOTED_BYTES = 4000 };

/* ---- values ---- */

void
values_new(
    struct values *v, struct tx *tx, const struct noun *n, const char *currency)
{
	assert(n->n_fields <= NOUN_FIELDS_MAX && (n->ops & NOUN_ADD));
	*v = (struct values){
	    .noun = n, .tx = tx, .op = NOUN_ADD, .currency = currency};
}

/* The row as it is, kept until this transaction ends. */
static enum err
hold(struct tx *tx, const struct noun *n, const struct id *id,
    int64_t *version_out)
{
	struct sql s;
	struct rows r;
	enum err e;

	sql_init(&s);
	sql_lit(&s, "SELECT version FROM ");
	sql_name(&s, n->table);
	sql_lit(&s, " WHERE tenant_id = ");
	sql_val(&s, DB_ID(&tx->tenant));
	sql_lit(&s, " AND id = ");
	sql_val(&s, DB_ID(id));
	sql_lit(&s, " " SQL_FOR_UPDATE);
	if ((e = sql_query(tx, &r, &s)) != OK)
		return e;
	if (!rows_next(&r)) {
		e = rows_done(&r);
		return e == OK ? E_NOTFOUND : e;
	}
	*version_out = row_int(&r, 0);
	return rows_done(&r);
}

static struct db_val
kept_value(const struct field *f, const struct rows *r, int column)
{
	if (row_is_null(r, column))
		return DB_NULL();
	if (field_is_number(f->type) || f->type == FIELD_BOOL)
		return DB_INT(row_int(r, column));
	return DB_TEXT(row_strdup(r, column));
}

enum err
values_of(
    struct values *v, struct tx *tx, const struct noun *n, const struct id *id)
{
	struct rows r;
	enum err e;

	assert(n->n_fields <= NOUN_FIELDS_MAX && (n->ops & NOUN_CHANGE));
	*v = (struct values){.noun = n, .tx = tx, .op = NOUN_CHANGE, .id = *id};
	e = hold(tx, n, id, &v->version_now);
	if (e == OK)
		e = noun_get(tx, n, id, &r);
	if (e != OK)
		return e;
	v->currency = row_strdup(&r, NOUN_CURRENCY);
	for (size_t i = 0; i < n->n_fields; i++)
		v->was[i] = kept_value(&n->field[i], &r, NOUN_FIELDS + (int)i);
	return rows_done(&r);
}

bool
field_is_written(const struct field *f, enum noun_op op)
{
	return (f->flags & (op == NOUN_ADD ? NEW : EDIT)) != 0;
}

bool
values_may(const struct values *v, const struct field *f)
{
	return field_is_written(f, v->op);
}

static bool
wrong(struct values *v, const char *field, const char *code, const char *text)
{
	problem_add(v->tx->problems, field, code, "%s", text);
	return false;
}

bool
values_has(const struct values *v, size_t i)
{
	return (v->given >> i & 1) != 0;
}

bool
values_take(struct values *v, const char *api, const char *text)
{
	const struct field_reader in = {
	    v->tx->arena, v->tx->problems, v->currency};
	int i = noun_field(v->noun, api);

	if (i < 0)
		return wrong(
		    v, api, "unknown_field", "There is no such field.");
	if (!values_may(v, &v->noun->field[i]))
		return wrong(v, api, "not_allowed", "This can't be set here.");
	/* Nothing for a new one: the database's default. */
	if (v->op == NOUN_ADD && text[0] == '\0' &&
	    !(v->noun->field[i].flags & REQUIRED))
		return true;
	if (!field_read(&v->noun->field[i], &in, text, &v->val[i]))
		return false;
	if (v->noun->field[i].type == FIELD_CURRENCY && v->val[i].text[0])
		v->currency = v->val[i].text;
	v->given |= UINT64_C(1) << i;
	return true;
}

void
values_set(struct values *v, const char *api, struct db_val val)
{
	int i = noun_field(v->noun, api);

	assert(i >= 0);
	v->val[i] = val;
	v->given |= UINT64_C(1) << i;
}

bool
values_will(const struct values *v, const char *api, struct db_val *out)
{
	int i = noun_field(v->noun, api);

	assert(i >= 0);
	if (values_has(v, (size_t)i))
		*out = v->val[i];
	else if (v->op == NOUN_CHANGE)
		*out = v->was[i];
	else
		return false;
	return true;
}

bool
values_end(struct values *v)
{
	bool good = true;

	if (v->op != NOUN_ADD)
		return true;
	for (size_t i = 0; i < v->noun->n_fields; i++) {
		const struct field *f = &v->noun->field[i];

		if ((f->flags & NEW) && (f->flags & REQUIRED) &&
		    !values_has(v, i))
			good =
			    wrong(v, f->api, "required", "This is required.");
	}
	return good;
}

/* ---- what is checked before anything is written ---- */

/* What it is one of is there, in the same company. */
static enum err
check_reference(struct values *v, size_t i)
{
	const struct field *f = &v->noun->field[i];
	struct rows r;
	struct id id;
	enum err e;

	if (!f->of || v->val[i].type != DB_T_TEXT)
		return OK;
	id = id_of(v->val[i].text);
	e = noun_get(v->tx, f->of, &id, &r);
	if (e == OK)
		return rows_done(&r);
	if (e == E_NOTFOUND)
		wrong(v, f->api, "not_found", "There is no such one.");
	return e == E_NOTFOUND ? OK : e;
}

/* What the row has where others must have something else; false: this row is
 * none of those. */
static bool
key_values(const struct values *v, const struct noun_key *k,
    struct db_val out[static KEY_FIELDS_MAX])
{
	struct db_val word;

	assert(k->n_fields <= KEY_FIELDS_MAX);
	for (size_t i = 0; i < k->n_fields; i++)
		if (!values_will(v, k->fields[i], &out[i]))
			return false;
	return !k->when || !values_will(v, k->when, &word) ||
	       str_eq(word.text, k->word);
}

static enum err
check_key(struct values *v, const struct db_val *val, const struct id *id,
    const struct noun_key *k)
{
	const struct noun *n = v->noun;
	struct sql s;
	struct rows r;
	enum err e;

	write_same(&s, v->tx, n, k, val);
	if (id) {
		sql_lit(&s, " AND ");
		sql_const(&s, n->id);
		sql_lit(&s, " <> ");
		sql_val(&s, DB_ID(id));
	}
	if ((e = sql_query(v->tx, &r, &s)) != OK)
		return e;
	if (rows_next(&r))
		wrong(v, k->fields[0], "conflict", k->message);
	return rows_done(&r);
}

/* Before it is written, because a statement that the database refuses ends the
 * transaction, and a form is to be shown again. */
static enum err
check_keys(struct values *v, const struct id *id)
{
	struct db_val val[KEY_FIELDS_MAX];
	size_t before = v->tx->problems->n;
	enum err e = OK;

	for (const struct noun_key *k = v->noun->key; e == OK && k && k->index;
	     k++)
		if (key_values(v, k, val))
			e = check_key(v, val, id, k);
	return e == OK && v->tx->problems->n > before ? E_CONFLICT : e;
}

static enum err
check(struct values *v, const struct id *id)
{
	size_t before = v->tx->problems->n;
	enum err e = OK;

	for (size_t i = 0; e == OK && i < v->noun->n_fields; i++)
		if (values_has(v, i))
			e = check_reference(v, i);
	if (e == OK && v->noun->check)
		e = v->noun->check(v->tx, v);
	if (e == OK && v->tx->problems->n > before)
		e = E_INPUT;
	return e == OK ? check_keys(v, id) : e;
}

/* Somebody was faster: the database refused a second one. */
static enum err
say_twice(struct tx *tx, const struct noun *n, enum err e)
{
	const char *index = db_conflict_name(tx->db);

	if (e != E_CONFLICT)
		return e;
	for (const struct noun_key *k = n->key; k && k->index; k++)
		if (str_eq(k->index, index))
			problem_add(tx->problems, k->fields[0], "conflict",
			    "%s", k->message);
	return e;
}

/* ---- what the log is told ---- */

/* Of a long text its beginning: the log is no second place for bodies. */
static const char *
beginning(struct arena *a, const char *text)
{
	size_t n = strlen(text);

	if (n <= NOTED_BYTES)
		return text;
	for (n = NOTED_BYTES; ((unsigned char)text[n] & 0xc0) == 0x80;)
		n--;
	return arena_printf(a, "%.*s…", (int)n, text);
}

static void
put_value(struct arena *a, struct json_out *w, const char *name,
    const struct db_val *v)
{
	if (v->type == DB_T_INT)
		json_int(w, name, v->num);
	else
		json_str_or_null(w, name,
		    v->type == DB_T_NULL ? NULL : beginning(a, v->text));
}

/* {"code":{"from":null,"to":"SPRING"}} */
static const char *
detail_of(struct tx *tx, const struct values *v)
{
	static const struct db_val nothing = {.type = DB_T_NULL};
	struct json_out w;
	struct buf b;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	for (size_t i = 0; i < v->noun->n_fields; i++) {
		if (!values_has(v, i))
			continue;
		json_open(&w, v->noun->field[i].api, '{');
		put_value(tx->arena, &w, "from",
		    v->op == NOUN_CHANGE ? &v->was[i] : &nothing);
		put_value(tx->arena, &w, "to", &v->val[i]);
		json_close(&w, '}');
	}
	json_close(&w, '}');
	return buf_move(tx->arena, &b);
}

/* ---- a new one ---- */

enum err
noun_add(struct values *v, struct id *out)
{
	struct tx *tx = v->tx;
	struct id id = id_new(clock_now_ms());
	size_t before = tx->problems->n;
	struct sql s;
	enum err e = OK;

	if (v->noun->defaults)
		e = v->noun->defaults(tx, v);
	if (e == OK && tx->problems->n > before)
		e = E_INPUT;
	if (e == OK)
		e = check(v, NULL);
	if (e != OK)
		return e;
	write_insert(&s, v, &id);
	if ((e = sql_exec(tx, NULL, &s)) != OK)
		return say_twice(tx, v->noun, e);
	e = noun_note(tx, v->noun, "add", &id, detail_of(tx, v));
	if (e == OK && v->noun->found && v->noun->found->kind)
		e = search_add(tx, v->noun, &id);
	if (e == OK && v->noun->follow)
		e = v->noun->follow(tx, &id, NOUN_ADD);
	if (e == OK)
		*out = id;
	return e;
}

/* ---- another one ---- */

static bool
is_same(const struct db_val *a, const struct db_val *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == DB_T_INT)
		return a->num == b->num;
	return a->type == DB_T_NULL || str_eq(a->text, b->text);
}

/* What is no change is forgotten. */
static void
forget_same(struct values *v)
{
	for (size_t i = 0; i < v->noun->n_fields; i++)
		if (values_has(v, i) && is_same(&v->was[i], &v->val[i]))
			v->given &= ~(UINT64_C(1) << i);
}

static enum err
stale(struct tx *tx)
{
	problem_add(tx->problems, "version", "stale_version",
	    "Somebody else has changed this meanwhile.");
	return E_CONFLICT;
}

enum err
values_judge(struct values *v)
{
	enum err e = OK;

	forget_same(v);
	if (v->version != 0 && v->version != v->version_now)
		e = stale(v->tx);
	return e == OK ? check(v, &v->id) : e;
}

enum err
values_note(const struct values *v)
{
	return noun_note(v->tx, v->noun, "change", &v->id, detail_of(v->tx, v));
}

enum err
noun_change(struct values *v)
{
	struct tx *tx = v->tx;
	struct sql s;
	enum err e = values_judge(v);

	if (e != OK || v->given == 0)
		return e;
	write_update(&s, v, &v->id);
	if ((e = sql_exec(tx, NULL, &s)) != OK)
		return say_twice(tx, v->noun, e);
	e = values_note(v);
	return e == OK && v->noun->follow
		   ? v->noun->follow(tx, &v->id, NOUN_CHANGE)
		   : e;
}

/* ---- none any more ---- */

/* The row is held. */
static enum err
check_remove(struct tx *tx, const struct noun *n, const struct id *id)
{
	const struct values v = {
	    .noun = n, .tx = tx, .op = NOUN_REMOVE, .id = *id};
	size_t before = tx->problems->n;
	enum err e = n->check ? n->check(tx, &v) : OK;

	return e == OK && tx->problems->n > before ? E_CONFLICT : e;
}

enum err
noun_remove(
    struct tx *tx, const struct noun *n, const struct id *id, int64_t version)
{
	int64_t now, changed;
	struct sql s;
	enum err e = hold(tx, n, id, &now);

	assert(n->ops & NOUN_REMOVE);
	if (e == OK && version != 0 && version != now)
		e = stale(tx);
	if (e == OK)
		e = check_remove(tx, n, id);
	if (e != OK)
		return e;
	write_remove(&s, tx, n, id);
	if ((e = sql_exec(tx, &changed, &s)) != OK)
		return e;
	if (changed == 0)
		return E_NOTFOUND;
	e = noun_note(tx, n, "remove", id, NULL);
	return e == OK && n->follow ? n->follow(tx, id, NOUN_REMOVE) : e;
}
