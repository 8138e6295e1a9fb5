/* cmd_doctor.c - mpanel doctor: is everything that must be true, true?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Every invariant of every room, for every tenant, with the number of rows
 * that it looked at: a check that looks at nothing where there are orders
 * has gone blind, which is a failure as well.  And every description of a
 * noun, once.
 */
#include "config.h"
#include "main/app.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "mail/mail_work.h"
#include "main/descriptions.h"
#include "main/doctor.h"
#include "main/wiring.h"
#include "store/schema_version.h"

#define PATIENCE_MS (30 * 60 * 1000) /* with one invariant of a large house */

struct doctor {
	bool json, notes;
	int64_t n_checked; /* of the tenant at hand, as its failures */
	struct json_out *out;
	int64_t failures, failures_before; /* this tenant */
	int64_t differing;		   /* descriptions */
	bool has_orders;		   /* the tenant at hand */
	const struct tenant *tenant;
	const struct invariant *invariant;
};

/* ---- one invariant of one tenant ---- */

static size_t
n_shown(const struct doctor_result *res)
{
	return res->n_bad > DOCTOR_SHOWN ? DOCTOR_SHOWN : res->n_bad;
}

static void
print_text(const struct doctor *d, const struct doctor_result *res)
{
	printf("%s\t%s\t%s\t%" PRId64 " checked\t%s\n",
	    doctor_is_good(res) ? "ok" : "FAILED", d->tenant->slug,
	    d->invariant->name, res->checked, d->invariant->promise);
	if (res->is_blind)
		printf("\tthere are orders, yet nothing was looked at\n");
	for (size_t i = 0; i < n_shown(res); i++)
		printf("\t%s\t%s\n", res->bad[i].row ? res->bad[i].row : "",
		    res->bad[i].why ? res->bad[i].why : "");
	if (res->n_bad > DOCTOR_SHOWN)
		printf("\tand more\n");
}

static void
print_json(const struct doctor *d, const struct doctor_result *res)
{
	struct json_out *w = d->out;

	json_open(w, NULL, '{');
	json_str(w, "tenant", d->tenant->slug);
	json_str(w, "invariant", d->invariant->name);
	json_str(w, "promise", d->invariant->promise);
	json_bool(w, "ok", doctor_is_good(res));
	json_int(w, "checked", res->checked);
	json_bool(w, "blind", res->is_blind);
	json_open(w, "bad", '[');
	for (size_t i = 0; i < n_shown(res); i++) {
		json_open(w, NULL, '{');
		json_str_or_null(w, "row", res->bad[i].row);
		json_str_or_null(w, "why", res->bad[i].why);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_close(w, '}');
}

static enum err
check_one(struct tx *tx, struct doctor *d)
{
	struct doctor_result res = {0};
	enum err e = doctor_look(tx, d->invariant, d->has_orders, &res);

	if (e != OK)
		return e;
	d->n_checked++;
	if (!doctor_is_good(&res))
		d->failures++;
	if (d->json)
		print_json(d, &res);
	else
		print_text(d, &res);
	return OK;
}

/* ---- all of them ---- */

/* In one snapshot, so that rows which belong together are seen together. */
static enum err
check_tenant(struct tx *tx, void *arg)
{
	struct doctor *d = arg;
	enum err e = doctor_has_orders(tx, &d->has_orders);

	for (size_t t = 0; e == OK && t < n_invariant_tables; t++)
		for (d->invariant = invariant_tables[t];
		     e == OK && d->invariant->name; d->invariant++)
			e = check_one(tx, d);
	return e;
}

/* For Guardian: how many of a tenant's promises do not hold. */
static enum err
note_tenant(struct tx *tx, void *arg)
{
	const struct doctor *d = arg;

	return doctor_note(
	    tx, d->failures - d->failures_before, d->n_checked, 0);
}

static enum err
examine_one(struct app *app, const struct tenant *t, void *arg)
{
	struct doctor *d = arg;
	enum err e;

	d->tenant = t;
	d->n_checked = 0;
	d->failures_before = d->failures;
	e = app_run(app, TX_READ, &t->id, check_tenant, d);
	return e == OK && d->notes
		   ? app_run(app, TX_WRITE, &t->id, note_tenant, d)
		   : e;
}

static enum err
examine(struct app *app, struct doctor *d)
{
	return app_each_tenant(app, NULL, examine_one, d);
}

static bool
is_sound(const struct doctor *d)
{
	return d->failures == 0 && d->differing == 0;
}

static enum err
examine_text(struct app *app, struct doctor *d)
{
	enum err e = examine(app, d);

	return e == OK ? descriptions_check(app, NULL, &d->differing) : e;
}

static enum err
examine_json(struct app *app, struct doctor *d)
{
	struct json_out w;
	struct buf b;
	enum err e;

	buf_init(&b, 64 * 1024 * 1024);
	json_out_init(&w, &b);
	d->out = &w;
	json_open(&w, NULL, '{');
	json_int(&w, "schema", DB_SCHEMA_VERSION);
	json_open(&w, "checks", '[');
	e = examine(app, d);
	json_close(&w, ']');
	json_open(&w, "descriptions", '[');
	if (e == OK)
		e = descriptions_check(app, &w, &d->differing);
	json_close(&w, ']');
	json_bool(&w, "ok", e == OK && is_sound(d));
	json_bool(&w, "mailServer", mail_is_possible(app->settings));
	json_close(&w, '}');
	puts(buf_str(&b));
	buf_fini(&b);
	return e;
}

static enum err
complain(struct app *app, const struct doctor *d)
{
	app->exit_status = 1;
	if (d->differing == 0)
		return app_complain(app, E_CONFLICT,
		    "%" PRId64 " invariants do not hold", d->failures);
	if (d->failures == 0)
		return app_complain(app, E_CONFLICT,
		    "%" PRId64 " descriptions are not what the schema is",
		    d->differing);
	return app_complain(app, E_CONFLICT,
	    "%" PRId64 " invariants do not hold, and "
	    "%" PRId64 " descriptions are not what the schema is",
	    d->failures, d->differing);
}

static enum err
run(struct app *app, int argc, char **argv)
{
	struct doctor d = {0};
	const struct option_row options[] = {
	    {.name = "json", .flag = &d.json},
	    {.name = "note", .flag = &d.notes},
	    {.name = NULL},
	};
	enum err e = app_options_only(app, options, argc, argv);

	app->patience_ms = PATIENCE_MS;
	if (e == OK)
		e = app_open(app);
	if (e != OK)
		return e;
	e = d.json ? examine_json(app, &d) : examine_text(app, &d);
	if (!d.json && !mail_is_possible(app->settings))
		puts("note\tno mail server is set (smtp_url): mails wait");
	return e == OK && !is_sound(&d) ? complain(app, &d) : e;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .args = "[--json] [--note]",
    .help = "check the schema and every invariant of the data",
    .run = run,
};
