/* export.h - all that there is about a customer, as one file for them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Who looks after all of an account asks for it; `mpanel work` makes it
 * (export_work.c), outside of the database and of what nginx gives to anybody,
 * in state_dir/exports/TENANT; for some days it can be fetched, then clockwork
 * takes it away.
 *
 * What is in it are the rows of exporters[], which main/ gathers: a room that
 * keeps something about customers adds a row with a noun of its own, whose
 * fields are what customers may know.
 */
#ifndef MPANEL_PORTAL_EXPORT_H
#define MPANEL_PORTAL_EXPORT_H

#include "base/buf.h"
#include "base/settings.h"
#include "jobs/work.h"
#include "resource/noun.h"

/* The field of each exporter's noun that has the account's id. */
#define EXPORT_OWNER "accountId"

/* The rows of a table by its letter, and a list of fields. */
#define EXPORT_OF(letter, list)                                                \
	.tenant = letter ".tenant_id", .id = letter ".id", .field = (list),    \
	.n_fields = N_ELEMS(list)

struct export_place {
	const char *company; /* its name */
	const struct settings *settings;
};

/* A file beside a row; begun with an empty buffer and fd -1. */
struct export_file {
	const char *name; /* "invoices/INV-2026-000001.pdf" */
	struct buf bytes; /* what is in it, or else ... */
	int fd;		  /* ... what is read from here; closed for you */
};

struct exporter {
	const char *name;  /* "invoices": of NAME.json and NAME.csv */
	const char *about; /* "Your invoices, each also as PDF" */
	const struct noun *noun;
	/* The i-th file beside a row, 0 and up; E_NOTFOUND: there are no more.
	 * NULL: there are none. */
	enum err (*file)(struct tx *tx, const struct export_place *at,
	    const struct id *row, int i, struct export_file *out);
};
/* Ended by a NULL name (main/). */
extern const struct exporter exporters[];

/* What this room itself knows of customers. */
extern const struct noun export_account_noun, export_people_noun,
    export_orders_noun, export_order_items_noun, export_subscriptions_noun,
    export_websites_noun, export_domains_noun, export_invoices_noun,
    export_lines_noun, export_payments_noun, export_refunds_noun,
    export_credit_notes_noun, export_credit_noun, export_plan_changes_noun,
    export_mails_noun, export_activity_noun;
enum err export_invoice_file(struct tx *tx, const struct export_place *at,
    const struct id *row, int i, struct export_file *out) MUST_USE;
enum err export_credit_note_file(struct tx *tx, const struct export_place *at,
    const struct id *row, int i, struct export_file *out) MUST_USE;

/* ---- its row ---- */

extern const struct noun portal_exports_noun;

struct export
{
	struct id id, customer, user;
	const char *status; /* waiting, ready, failed, removed */
	const char *file;   /* NULL: not made */
};
/* E_CONFLICT with a problem: one was asked for today. */
enum err export_ask(
    struct tx *tx, const struct id *customer, struct id *out) MUST_USE;
/* E_NOTFOUND. */
enum err export_get(
    struct tx *tx, const struct id *id, struct export *out) MUST_USE;
/* The file is there: whoever asked hears so.  *took_out false: another one was
 * made meanwhile, this one is nobody's. */
enum err export_ready(struct tx *tx, const struct export *x, const char *file,
    int64_t bytes, int64_t keep_days, bool *took_out) MUST_USE;

/* Hears FACT_OUTBOX_DEAD: one that can't be made may be asked for again. */
enum err export_dead(struct tx *tx, const struct id *outbox) MUST_USE;
/* Of work_kinds[]: staff try it again. */
enum err export_again(struct tx *tx, const struct id *outbox) MUST_USE;

/* ---- its file ---- */

/* "/var/lib/mpanel/exports"; NULL: memory was refused. */
const char *export_dir(struct arena *a, const struct settings *s);
/* A kind of work: make one. */
enum err export_work(struct work *w) MUST_USE;
/* Clockwork, by tenant: take away what is over, and what was left half made. */
enum err export_sweep(struct work *w) MUST_USE;

#endif
