/* noun_api.c - a described noun for programs: REST.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/noun_faces.h"

#include "base/text.h"
#include "face/list_api.h"
#include "face/noun_routes.h"
#include "face/noun_verbs.h"
#include "face/waiting.h"
#include "resource/write.h"

enum err
noun_api_list(struct request *rq)
{
	return list_api(rq, noun_of(rq), NULL, NULL);
}

enum err
noun_api_get(struct request *rq)
{
	return detail_api(rq, noun_of(rq));
}

/* ---- a body ---- */

static bool
wrong(struct request *rq, const char *name, const char *text)
{
	problem_add(&rq->problems, name, "wrong_type", "%s", text);
	return false;
}

/* A list of texts, as a form would have it. */
static const char *
joined(struct request *rq, const json_t *list)
{
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (!json_is_text(v)) {
			buf_fini(&b);
			return NULL;
		}
		buf_puts(&b, i > 0 ? "," : "");
		buf_puts(&b, json_string_value(v));
	}
	return buf_move(rq->arena, &b);
}

/* A member as the text that its field reads; NULL with a problem. */
static const char *
text_of(struct request *rq, const struct field *f, const json_t *v)
{
	const char *text = NULL;

	if (json_is_null(v))
		return "";
	switch (field_base(f->type)) {
	case BASE_BOOL:
		if (!json_is_boolean(v))
			break;
		return json_is_true(v) ? "true" : "false";
	case BASE_INT:
	case BASE_MONEY:
	case BASE_PERCENT:
		text = json_num_text(rq->arena, v);
		if (!text && json_is_text(v) && f->type != FIELD_INT)
			text = json_string_value(v);
		break;
	case BASE_JSON:
		if (f->type == FIELD_JSON)
			text = json_canonical(rq->arena, v);
		else if (json_is_array(v))
			text = joined(rq, v);
		break;
	case BASE_TEXT:
	case BASE_ID:
	case BASE_TIME:
	case BASE_DATE:
		text = json_is_text(v) ? json_string_value(v) : NULL;
		break;
	}
	if (!text)
		wrong(rq, f->api, "This is of another type.");
	return text;
}

static bool
take_member(
    struct request *rq, struct values *v, const char *name, const json_t *value)
{
	int i = noun_field(v->noun, name);
	const char *text = "";

	if (str_eq(name, "version") && v->op == NOUN_CHANGE) {
		if (!json_is_integer(value))
			return wrong(rq, name, "This is a whole number.");
		v->version = json_integer_value(value);
		return true;
	}
	if (i >= 0 && values_may(v, &v->noun->field[i]))
		text = text_of(rq, &v->noun->field[i], value);
	return text && values_take(v, name, text);
}

static bool
has_address(const struct noun *n)
{
	for (size_t i = 0; i < n->n_fields; i++)
		if (n->field[i].flags & ADDRESS)
			return true;
	return false;
}

/* The members of the object "address" are fields like others. */
static bool
take_address(struct request *rq, struct values *v, const json_t *address)
{
	const char *name;
	json_t *value, *members = (json_t *)(uintptr_t)address;
	bool good = true;

	if (!json_is_object(address))
		return wrong(rq, "address", "This is an object.");
	json_object_foreach(members, name, value)
	{
		good &= take_member(rq, v, name, value);
	}
	return good;
}

static bool
is_currency(const struct noun *n, const char *name)
{
	int i = noun_field(n, name);

	return i >= 0 && n->field[i].type == FIELD_CURRENCY;
}

static bool
is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

/* Money is read in the currency that the body may name. */
enum err
noun_take_json(struct request *rq, struct values *v, const char *const *others,
    size_t n_others)
{
	const char *name;
	json_t *value;
	bool good = true;

	for (int pass = 0; pass < 2; pass++)
		json_object_foreach(rq->json, name, value)
		{
			if (is_among(name, others, n_others) ||
			    is_currency(v->noun, name) != (pass == 0))
				continue;
			if (str_eq(name, "address") && has_address(v->noun))
				good &= take_address(rq, v, value);
			else
				good &= take_member(rq, v, name, value);
		}
	good &= values_end(v);
	return good ? OK : E_INPUT;
}

/* ---- made, changed, removed, done to ---- */

enum err
noun_api_add(struct request *rq)
{
	const struct noun *n = noun_of(rq);
	struct values v;
	struct id id;
	enum err e;

	values_new(&v, rq->tx, n, rq->tenant_currency);
	e = noun_take_json(rq, &v, NULL, 0);
	if (e == OK)
		e = noun_add(&v, &id);
	return e == OK ? noun_reply_made(rq, n, &id) : e;
}

enum err
noun_api_change(struct request *rq)
{
	const struct noun *n = noun_of(rq);
	struct values v;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = values_of(&v, rq->tx, n, &id);
	if (e == OK)
		e = noun_take_json(rq, &v, NULL, 0);
	if (e == OK)
		e = noun_change(&v);
	return e == OK ? noun_reply(rq, n, &id) : e;
}

enum err
noun_take_version(struct request *rq, int64_t *out)
{
	static const char *const known[] = {"version"};
	const char *text = query_text(rq, "version");
	enum err e = query_known(rq, known, N_ELEMS(known));

	*out = 0;
	if (e == OK && text && !str_to_i64(text, 1, INT64_MAX, out)) {
		wrong(rq, "version", "This is a whole number.");
		e = E_INPUT;
	}
	return e;
}

enum err
noun_api_remove(struct request *rq)
{
	int64_t version;
	struct id id;
	enum err e = noun_take_version(rq, &version);

	if (e == OK)
		e = path_id(rq, "id", &id);
	if (e == OK)
		e = noun_remove(rq->tx, noun_of(rq), &id, version);
	if (e == OK)
		reply_success(rq, 200);
	return e;
}

enum err
noun_api_verb(struct request *rq)
{
	const struct verb *verb = verb_of(rq);
	struct verb_many m;
	struct values args;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK)
		return e;
	values_new(&args, rq->tx, verb_args(verb), rq->tenant_currency);
	e = noun_take_json(rq, &args, NULL, 0);
	if (e == OK)
		e = verb_look(rq, verb, &id, 1, &args, &m);
	if (e == OK && id_is_set(&m.waiting))
		return reply_waiting(rq, &m.waiting);
	if (e == OK)
		e = verb->run(
		    &(struct verb_call){rq->tx, id, &args, rq->settings});
	return e == OK ? noun_reply(rq, verb->noun, &id) : e;
}
