/* payment_said.c - money that staff say has come: how, when, and what the payer
 * wrote.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/payment_said.h"

#include "base/clock.h"
#include "base/text.h"

const char *const payment_means[] = {"bank_transfer", "cash", "other", NULL};
const struct choice payment_means_labels[] = {
    {"bank_transfer", "Bank transfer"},
    {"cash", "Cash"},
    {"other", "Other"},
    {NULL},
};

const char *
payment_means_label(const char *means)
{
	const struct choice *c = payment_means_labels;

	if (!means)
		return "By hand";
	while (c->word && !str_eq(c->word, means))
		c++;
	return c->word ? c->label : means;
}

static bool
wrong(struct tx *tx, const char *field, const char *code, const char *text)
{
	problem_add(tx->problems, field, code, "%s", text);
	return false;
}

static bool
check_means(struct tx *tx, const char *field, const char *means)
{
	for (size_t i = 0; payment_means[i]; i++)
		if (str_eq(payment_means[i], means))
			return true;
	return wrong(tx, field, "not_in_list",
	    "Money comes by bank_transfer, cash or other.");
}

/* Somewhere on earth it is tomorrow already. */
static bool
check_day(struct tx *tx, const char *day)
{
	char today[11];

	if (!date_valid(day))
		return wrong(tx, "date", "bad_format",
		    "This is no day, like 2026-11-20.");
	date_iso(tx->now, today);
	if (date_diff_days(today, day) > 1)
		return wrong(tx, "date", "out_of_range",
		    "This day is still to come: note money when it is there.");
	if (date_diff_days(day, today) > 3660)
		return wrong(tx, "date", "out_of_range",
		    "This day is more than ten years ago.");
	return true;
}

bool
payment_said_check(
    struct tx *tx, struct payment_said *said, const char *means_field)
{
	static const struct field line = {
	    "reference", "", FIELD_TEXT, .max = PAYMENT_REFERENCE_MAX};
	const struct field_reader in = {tx->arena, tx->problems, NULL};
	struct db_val unused;
	char today[11];
	bool good;

	date_iso(tx->now, today);
	if (!said->means)
		said->means = payment_means[0];
	if (!said->reference)
		said->reference = "";
	if (!said->received_on)
		said->received_on = arena_strdup(tx->arena, today);
	if (!said->received_on)
		return false; /* the arena has failed, and tx with it */
	good = check_means(tx, means_field, said->means);
	good &= check_day(tx, said->received_on);
	return field_read(&line, &in, said->reference, &unused) && good;
}
