/* people_api.c - who looks after a customer's account, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "billing/billing_api.h"
#include "billing/customer_people.h"
#include "face/list_api.h"

#define PEOPLE	 "/api/admin/customers/:id/people"
#define TEXT_MAX 254

static void
put_person(struct json_out *w, const struct customer_person *p)
{
	json_open(w, NULL, '{');
	json_str(w, "userId", p->user.s);
	json_str(w, "email", p->email);
	json_str(w, "name", p->name);
	json_str(w, "status", p->is_active ? "active" : "disabled");
	json_bool(w, "invited", !p->has_password);
	json_open(w, "rights", '[');
	if (p->rights.billing)
		json_str(w, NULL, "billing");
	if (p->rights.technical)
		json_str(w, NULL, "technical");
	if (p->rights.support)
		json_str(w, NULL, "support");
	json_close(w, ']');
	json_close(w, '}');
}

enum err
reply_customer_people(struct request *rq, int status, const struct id *customer)
{
	const struct customer_person *list;
	struct json_out *w;
	size_t n;
	enum err e = customer_people_list(rq->tx, customer, &list, &n);

	if (e != OK)
		return e;
	w = reply_items(rq, status);
	for (size_t i = 0; i < n; i++)
		put_person(w, &list[i]);
	reply_items_end(w, n);
	return OK;
}

static enum err
list_people(struct request *rq)
{
	struct id customer;
	int64_t n;
	enum err e = path_id(rq, "id", &customer);

	if (e == OK)
		e = query_known(rq, NULL, 0);
	if (e == OK)
		e = db_int(rq->tx, 0, &n,
		    "SELECT count(*) FROM customers "
		    "WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
		    DB_ID(&rq->tx->tenant), DB_ID(&customer));
	if (e == OK && n == 0)
		e = E_NOTFOUND;
	return e == OK ? reply_customer_people(rq, 200, &customer) : e;
}

static bool
read_rights(const struct json_in *in, struct customer_rights *out)
{
	static const char *const words[] = {"billing", "technical", "support"};
	bool *const rights[] = {&out->billing, &out->technical, &out->support};
	const json_t *list;
	bool good = json_in_array(
	    in, "rights", JSON_REQUIRED, 1, N_ELEMS(words), &list);

	for (size_t i = 0; good && i < json_array_size(list); i++) {
		const char *said = json_string_value(json_array_get(list, i));
		size_t k = 0;

		while (k < N_ELEMS(words) && !(said && str_eq(said, words[k])))
			k++;
		if (k < N_ELEMS(words)) {
			*rights[k] = true;
			continue;
		}
		problem_add(in->problems,
		    arena_printf(in->arena, "rights[%zu]", i), "not_in_list",
		    "A right is one of billing, technical and support.");
		good = false;
	}
	return good;
}

bool
read_customer_person(struct request *rq, struct customer_person_wish *out)
{
	static const char *const names[] = {"email", "name", "rights"};
	struct json_in in = request_json(rq);
	bool good = json_in_known(&in, names, N_ELEMS(names));

	*out = (struct customer_person_wish){.email = NULL};
	good &=
	    json_in_text(&in, "email", JSON_REQUIRED, TEXT_MAX, &out->email);
	good &= json_in_text(&in, "name", JSON_OPTIONAL, TEXT_MAX, &out->name);
	return good & read_rights(&in, &out->rights);
}

static enum err
add_person(struct request *rq)
{
	struct customer_person_wish wish;
	struct id customer, user;
	enum err e = path_id(rq, "id", &customer);

	if (e != OK)
		return e;
	if (!read_customer_person(rq, &wish))
		return E_INPUT;
	e = customer_people_add(
	    rq->tx, &customer, wish.email, wish.name, &wish.rights, &user);
	return e == OK ? reply_customer_people(rq, 201, &customer) : e;
}

static enum err
remove_person(struct request *rq)
{
	struct id customer, user;
	enum err e = path_id(rq, "id", &customer);

	if (e == OK)
		e = path_id(rq, "userId", &user);
	if (e == OK)
		e = customer_people_remove(rq->tx, &customer, &user);
	return e == OK ? reply_customer_people(rq, 200, &customer) : e;
}

/* clang-format off */
const struct route people_api_routes[] = {
	{ GET,    PEOPLE,            POOL_UI, AUTH_API, PERM_CUSTOMERS_READ,  BODY_NONE,
	  0, list_people,   "customers.people" },
	{ POST,   PEOPLE,            POOL_UI, AUTH_API, PERM_CUSTOMERS_WRITE, BODY_JSON,
	  0, add_person,    "customers.people.add" },
	{ DELETE, PEOPLE "/:userId", POOL_UI, AUTH_API, PERM_CUSTOMERS_WRITE, BODY_NONE,
	  0, remove_person, "customers.people.remove" },
	{0}
};
/* clang-format on */
