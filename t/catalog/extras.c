/* extras.c - what a product is sold with: what is taken, and what is refused.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "catalog/extras_noun.h"
#include "resource/write.h"
#include "shop.h"
#include "tap.h"

struct call {
	const struct noun *noun;
	struct id id;		 /* of the one that is changed or removed */
	const char *const *text; /* name, value ..., ended by NULL */
	bool gone;
};

static enum err
run(struct tx *tx, void *arg)
{
	struct call *c = arg;
	struct values v;
	bool good = true;
	enum err e = OK;

	if (c->gone)
		return noun_remove(tx, c->noun, &c->id, 0);
	if (id_is_set(&c->id))
		e = values_of(&v, tx, c->noun, &c->id);
	else
		values_new(&v, tx, c->noun, "USD");
	for (const char *const *t = c->text; e == OK && *t; t += 2)
		good &= values_take(&v, t[0], t[1]);
	good = good && e == OK && values_end(&v);
	if (e == OK && !good)
		e = E_INPUT;
	if (e != OK)
		return e;
	return id_is_set(&c->id) ? noun_change(&v) : noun_add(&v, &c->id);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static enum err
add(struct shop *s, const struct noun *n, const char *const *text,
    struct id *out)
{
	struct call c = {.noun = n, .text = text};
	enum err e = shop_run(s, run, &c);

	if (e == OK && out)
		*out = c.id;
	return e;
}

static enum err
change(struct shop *s, const struct noun *n, const struct id *id,
    const char *field, const char *text)
{
	struct call c = {.noun = n, .id = *id, .text = TEXTS(field, text)};

	return shop_run(s, run, &c);
}

static enum err
take_away(struct shop *s, const struct noun *n, const struct id *id)
{
	struct call c = {.noun = n, .id = *id, .gone = true};

	return shop_run(s, run, &c);
}

static struct id
product(struct shop *s, const char *name, const char *type)
{
	struct id id;

	if (add(s, &products_noun, TEXTS("name", name, "type", type), &id) !=
	    OK)
		bail("product %s", name);
	return id;
}

/* ---- TLDs ---- */

/* clang-format off */
static const struct {
	const char *claim, *tld, *currency, *price, *least, *most;
	enum err e;
	const char *field; /* that is to blame */
} tlds[] = {
	{"one", "com", "USD", "9.00", "1", "10", OK, NULL},
	{"one of two labels", "co.uk", "USD", "7.50", "2", "2", OK, NULL},
	{"one that costs nothing", "test", "USD", "0", "1", "1", OK, NULL},
	{"an internationalised one", "xn--p1ai", "USD", "9", "1", "10", OK, NULL},
	{"another currency", "com", "EUR", "8.00", "1", "10", OK, NULL},
	{"the same again", "com", "USD", "8.00", "1", "10", E_CONFLICT, "tld"},
	{"one with its dot", ".com", "USD", "9", "1", "10", E_INPUT, "tld"},
	{"one in capitals", "COM", "USD", "9", "1", "10", E_INPUT, "tld"},
	{"one of digits", "123", "USD", "9", "1", "10", E_INPUT, "tld"},
	{"one with a gap", "co uk", "USD", "9", "1", "10", E_INPUT, "tld"},
	{"none", "", "USD", "9", "1", "10", E_INPUT, "tld"},
	{"a currency that is none", "net", "dollars", "9", "1", "10", E_INPUT, "currency"},
	{"a price below nothing", "net", "USD", "-1", "1", "10", E_INPUT, "registerPrice"},
	{"a part of a cent", "net", "USD", "9.999", "1", "10", E_INPUT, "registerPrice"},
	{"at most less than at least", "net", "USD", "9", "3", "2", E_INPUT, "maxYears"},
	{"eleven years", "net", "USD", "9", "1", "11", E_INPUT, "maxYears"},
	{"no years", "net", "USD", "9", "0", "1", E_INPUT, "minYears"},
};
/* clang-format on */

static bool
blames(const struct shop *s, const char *field)
{
	const struct problems *p = &s->t->problems;

	for (size_t i = 0; i < problems_kept(p); i++)
		if (strcmp(p->item[i].field, field) == 0)
			return true;
	return false;
}

static void
test_tlds(struct testdb *t)
{
	struct shop s, rival;
	struct id names, hosting, com = {""};

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	names = product(&s, "Names", "domain");
	hosting = product(&s, "More hosting", "hosting");
	for (size_t i = 0; i < N_ELEMS(tlds); i++) {
		const char *price = tlds[i].price;
		enum err e = add(&s, &tlds_noun,
		    TEXTS("productId", names.s, "currency", tlds[i].currency,
			"tld", tlds[i].tld, "registerPrice", price,
			"renewPrice", "10", "transferPrice", "9", "minYears",
			tlds[i].least, "maxYears", tlds[i].most),
		    i == 0 ? &com : NULL);

		is_int(e, tlds[i].e,
		    arena_printf(t->arena, "a TLD: %s", tlds[i].claim));
		if (tlds[i].field)
			ok(blames(&s, tlds[i].field), "%s is to blame",
			    tlds[i].field);
	}
	is_int(add(&s, &tlds_noun,
		   TEXTS("productId", hosting.s, "currency", "USD", "tld",
		       "org", "registerPrice", "9", "renewPrice", "9",
		       "transferPrice", "9"),
		   NULL),
	    E_INPUT, "what sells no domains has no TLDs");
	is_int(add(&rival, &tlds_noun,
		   TEXTS("productId", names.s, "currency", "USD", "tld", "org",
		       "registerPrice", "9", "renewPrice", "9", "transferPrice",
		       "9"),
		   NULL),
	    E_INPUT, "another tenant's product is not there");
	is_int(shop_int(&s,
		   "SELECT register_minor * 1000 + renew_minor "
		   "FROM product_tlds WHERE tenant_id = $1 AND id = $2",
		   DB_ID(&com)),
	    900 * 1000 + 1000, "prices are kept in cents");
	is_int(change(&s, &tlds_noun, &com, "maxYears", "5"), OK,
	    "one is changed");
	is_int(change(&s, &tlds_noun, &com, "minYears", "6"), E_INPUT,
	    "but not to more years than it may have");
	is_int(change(&s, &tlds_noun, &com, "tld", "net"), E_INPUT,
	    "nor to another TLD");
	is_int(change(&rival, &tlds_noun, &com, "maxYears", "9"), E_NOTFOUND,
	    "another tenant changes none");
	is_int(change(&s, &products_noun, &names, "type", "hosting"), E_INPUT,
	    "their product keeps its type");
	is_int(take_away(&s, &tlds_noun, &com), OK, "one is removed");
	is_int(add(&s, &tlds_noun,
		   TEXTS("productId", names.s, "currency", "USD", "tld", "com",
		       "registerPrice", "8", "renewPrice", "9", "transferPrice",
		       "9"),
		   NULL),
	    OK, "and can be made again");
}

/* ---- options and add-ons ---- */

static void
test_options(struct testdb *t)
{
	struct shop s;
	struct id plan, other, space, choice;

	shop_open(&s, t, "acme");
	plan = product(&s, "Plan", "hosting");
	other = product(&s, "Other", "addon");
	is_int(add(&s, &options_noun,
		   TEXTS("productId", plan.s, "name", "Disk space", "code",
		       "disk"),
		   &space),
	    OK, "an option");
	is_int(add(&s, &options_noun,
		   TEXTS("productId", plan.s, "name", "Twice", "code", "disk"),
		   NULL),
	    E_CONFLICT, "its code is one of the product");
	is_int(add(&s, &options_noun,
		   TEXTS("productId", other.s, "name", "Disk space", "code",
		       "disk"),
		   NULL),
	    OK, "and free for another product");
#define CHOICE(period, price)                                                  \
	TEXTS("optionId", space.s, "currency", "USD", "name", "50 GB", "code", \
	    "gb50", "period", period, "price", price)
	is_int(add(&s, &choices_noun, CHOICE("month", "2.00"), &choice), OK,
	    "a choice has a price");
	is_int(add(&s, &choices_noun, CHOICE("year", "20.00"), NULL), OK,
	    "and another one for a year");
	is_int(add(&s, &choices_noun, CHOICE("month", "3.00"), NULL),
	    E_CONFLICT, "but not two for a month");
	is_int(add(&s, &choices_noun, CHOICE("week", "1.00"), NULL), E_INPUT,
	    "a week is no period");
	is_int(change(&s, &choices_noun, &choice, "price", "2.50"), OK,
	    "a price is changed");
	is_int(add(&s, &addons_noun,
		   TEXTS("productId", plan.s, "addonId", other.s), NULL),
	    OK, "an add-on");
	is_int(add(&s, &addons_noun,
		   TEXTS("productId", plan.s, "addonId", other.s), NULL),
	    E_CONFLICT, "which is offered once");
	is_int(add(&s, &addons_noun,
		   TEXTS("productId", plan.s, "addonId", plan.s), NULL),
	    E_INPUT, "and not with itself");
	is_int(change(&s, &products_noun, &plan, "serverGroup", "web-eu"),
	    E_INPUT, "a group that no server is in is refused");
	if (shop_exec(&s, "UPDATE servers SET server_group = 'web-eu' "
			  "WHERE tenant_id = $1") != OK)
		bail("group");
	is_int(change(&s, &products_noun, &plan, "serverGroup", "web-eu"), OK,
	    "one that is there is taken");
	is_int(change(&s, &products_noun, &plan, "serverGroup", ""), OK,
	    "and so is none");
}

int
main(void)
{
	testdb_each(test_tlds);
	testdb_each(test_options);
	return tap_done();
}
