/* invoice_body_api.c - an invoice made by hand, as JSON says it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/invoices_api.h"

#include "base/money.h"
#include "base/text.h"
#include "resource/field.h"

static const char *const new_names[] = {"customerId", "currency", "items",
    "taxRate", "dueDate", "notes", "number", "invoiceNumber"};
static const char *const change_names[] = {"items", "taxRate", "dueDate",
    "notes", "version", "number", "invoiceNumber"};
static const char *const line_names[] = {
    "description", "quantity", "unitPrice", "amount", "taxable"};

static bool
wrong(struct request *rq, const char *name, const char *code, const char *text)
{
	problem_add(&rq->problems, name, code, "%s", text);
	return false;
}

/* A number that nobody may choose: without gaps means one after the other. */
static bool
refuse_number(struct request *rq)
{
	bool good = true;

	for (size_t i = 0; i < 2; i++) {
		const char *name = i == 0 ? "number" : "invoiceNumber";

		if (json_object_get(rq->json, name))
			good = wrong(rq, name, "not_allowed",
			    "A number is allotted when the invoice is issued, "
			    "one after the other without a gap. Leave it "
			    "out.");
	}
	return good;
}

static bool
take_line(struct request *rq, const json_t *v, size_t i, const char *currency,
    struct hand_line *l)
{
	struct json_in in = {v, arena_printf(rq->arena, "items[%zu]", i),
	    &rq->problems, rq->arena};
	const json_t *amount = json_object_get(v, "amount");
	bool good;

	if (!json_is_object(v))
		return wrong(rq, in.path, "wrong_type", "This is an object.");
	*l = (struct hand_line){.quantity = 1, .is_taxable = true};
	good = json_in_text(
	    &in, "description", JSON_REQUIRED, 500, &l->description);
	good &= json_in_int(&in, "quantity", JSON_OPTIONAL, 1,
	    INVOICE_QUANTITY_MAX, &l->quantity);
	good &= json_in_money(
	    &in, "unitPrice", JSON_REQUIRED, currency, &l->unit_minor);
	good &= json_in_money(
	    &in, "amount", JSON_OPTIONAL, currency, &l->amount_minor);
	l->has_amount = amount && !json_is_null(amount);
	good &= json_in_bool(&in, "taxable", JSON_OPTIONAL, &l->is_taxable);
	return json_in_known(&in, line_names, N_ELEMS(line_names)) && good;
}

static bool
take_lines(struct request *rq, bool is_new, struct hand_invoice *h)
{
	struct json_in in = request_json(rq);
	const json_t *items = NULL;
	bool good =
	    json_in_array(&in, "items", is_new ? JSON_REQUIRED : JSON_OPTIONAL,
		1, INVOICE_LINES_MAX, &items);

	if (!good || !items)
		return good;
	h->n_lines = json_array_size(items);
	for (size_t i = 0; i < h->n_lines; i++)
		good &= take_line(
		    rq, json_array_get(items, i), i, h->currency, &h->line[i]);
	return good;
}

/* null: by the tax rules. */
static bool
take_rate(struct request *rq, struct hand_invoice *h)
{
	static const struct field rate = {
	    "taxRate", "", FIELD_PERCENT, .min = 0, .max = 1000000};
	const struct field_reader in = {rq->arena, &rq->problems, NULL};
	const json_t *v = json_object_get(rq->json, "taxRate");
	const char *text;
	struct db_val val;

	if (!v)
		return true;
	h->has_rate = !json_is_null(v);
	if (!h->has_rate)
		return true;
	text = json_is_text(v) ? json_string_value(v)
			       : json_num_text(rq->arena, v);
	if (!text)
		return wrong(rq, "taxRate", "wrong_type",
		    "A tax rate is a number of percent, like 19 or 8.125.");
	if (!field_read(&rate, &in, text, &val))
		return false;
	if (val.type != DB_T_INT)
		return wrong(rq, "taxRate", "bad_format",
		    "A tax rate is a number of percent, like 19 or 8.125.");
	h->tax_ppm = val.num;
	return true;
}

/* Text of any kind: the flow judges it. */
static bool
take_text(struct request *rq, const char *name, const char **out)
{
	const json_t *v = json_object_get(rq->json, name);

	if (!v)
		return true;
	if (json_is_null(v)) {
		*out = NULL;
		return true;
	}
	if (!json_is_text(v))
		return wrong(rq, name, "wrong_type", "This is a text.");
	*out = str_trim(rq->arena, json_string_value(v));
	return true;
}

static enum err
take_customer(struct request *rq, struct hand_invoice *h)
{
	struct json_in in = request_json(rq);
	const char *id = NULL, *currency = NULL;
	enum err e;

	if (!json_in_text(&in, "customerId", JSON_REQUIRED, 36, &id) ||
	    !json_in_text(&in, "currency", JSON_OPTIONAL, 3, &currency))
		return E_INPUT;
	if (!id_valid(id)) {
		wrong(rq, "customerId", "bad_format", "This is no id.");
		return E_INPUT;
	}
	h->customer = id_of(id);
	e = invoice_currency(rq->tx, &h->customer, &h->currency);
	if (e != OK || !currency || !currency[0])
		return e;
	if (!currency_valid(currency)) {
		wrong(rq, "currency", "bad_format",
		    "A currency is three capitals, like EUR.");
		return E_INPUT;
	}
	h->currency = currency;
	return OK;
}

enum err
invoice_take_json(struct request *rq, bool is_new, struct hand_invoice *h,
    int64_t *version_out)
{
	struct json_in in = request_json(rq);
	bool good =
	    is_new ? json_in_known(&in, new_names, N_ELEMS(new_names))
		   : json_in_known(&in, change_names, N_ELEMS(change_names));
	enum err e;

	good &= refuse_number(rq);
	if (is_new && (e = take_customer(rq, h)) != OK)
		return e;
	good &= take_lines(rq, is_new, h);
	good &= take_rate(rq, h);
	good &= take_text(rq, "dueDate", &h->due_date);
	good &= take_text(rq, "notes", &h->notes);
	if (!is_new)
		good &= json_in_int(
		    &in, "version", JSON_OPTIONAL, 1, INT64_MAX, version_out);
	return good ? OK : E_INPUT;
}
