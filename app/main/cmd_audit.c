/* cmd_audit.c - mpanel audit: check the log, hand it out, set its end back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "identity/audit.h"
#include "identity/audit_chain.h"
#include "identity/audit_export.h"
#include "main/anchor.h"
#include "resource/list.h"

#define PATIENCE_MS  (30 * 60 * 1000) /* with one page of a large log */
#define EXPORT_PIECE ((int64_t)256 * 1024)
#define REPORT_MAX   ((size_t)16 * 1024 * 1024)

struct call {
	const char *tenant, *from, *to;
	bool json, csv;
	struct json_out *out; /* verify --json */
	int64_t findings;
};

/* ---- verify ---- */

static void
print_text(struct app *app, const struct tenant *t, const struct audit_check *c)
{
	const struct audit_report *r = &c->report;

	printf("%s\t%s\t%" PRId64 " rows checked, %" PRId64
	       " forgotten, seal %" PRId64 " %.16s%s\n",
	    r->n_findings == 0 ? "ok" : "FAILED", t->slug, r->rows,
	    r->forgotten, r->head.seq, r->head.hash,
	    c->kept ? "" : ", no end was kept here");
	for (int64_t i = 0; i < r->n_findings && i < AUDIT_FINDINGS_MAX; i++)
		printf("\t%s\t%s\n", audit_fault_names[r->finding[i].fault],
		    audit_finding_text(app->arena, &r->finding[i]));
	if (r->n_findings > AUDIT_FINDINGS_MAX)
		printf("\tand %" PRId64 " more\n",
		    r->n_findings - AUDIT_FINDINGS_MAX);
	if (r->n_late > 0)
		printf("\tnote\t%" PRId64 " rows came long after younger "
		       "ones, the first is %s\n",
		    r->n_late, r->late.s);
}

static void
print_finding(
    struct app *app, struct json_out *w, const struct audit_finding *f)
{
	json_open(w, NULL, '{');
	json_str(w, "fault", audit_fault_names[f->fault]);
	if (f->seq > 0)
		json_int(w, "seal", f->seq);
	if (f->last_seq > f->seq)
		json_int(w, "lastSeal", f->last_seq);
	json_str_or_null(w, "row", id_is_set(&f->row) ? f->row.s : NULL);
	json_str(w, "text", audit_finding_text(app->arena, f));
	json_close(w, '}');
}

static void
print_json(struct app *app, struct json_out *w, const struct tenant *t,
    const struct audit_check *c)
{
	const struct audit_report *r = &c->report;

	json_open(w, NULL, '{');
	json_str(w, "tenant", t->slug);
	json_bool(w, "ok", r->n_findings == 0);
	json_int(w, "rows", r->rows);
	json_int(w, "forgotten", r->forgotten);
	json_int(w, "seal", r->head.seq);
	json_str(w, "hash", r->head.hash);
	json_bool(w, "endKept", c->kept != NULL);
	json_int(w, "late", r->n_late);
	json_int(w, "findings", r->n_findings);
	json_open(w, "found", '[');
	for (int64_t i = 0; i < r->n_findings && i < AUDIT_FINDINGS_MAX; i++)
		print_finding(app, w, &r->finding[i]);
	json_close(w, ']');
	json_close(w, '}');
}

static enum err
verify_tenant(struct app *app, const struct tenant *t, void *arg)
{
	struct call *call = arg;
	const char *dir = setting_text(app->settings, "state_dir");
	struct audit_check *c = ARENA_NEW(app->arena, struct audit_check);
	struct audit_head kept;
	enum err e = c ? audit_kept_read(dir, &t->id, &kept) : E_BUSY;

	if (e != OK && e != E_NOTFOUND)
		return e;
	c->box = app->box;
	c->kept = e == OK ? &kept : NULL;
	e = app_run(app, TX_READ, &t->id, audit_verify, c);
	if (e != OK)
		return e;
	call->findings += c->report.n_findings;
	if (call->json)
		print_json(app, call->out, t, c);
	else
		print_text(app, t, c);
	return OK;
}

static enum err
verify_all(struct app *app, struct call *c)
{
	return app_each_tenant(app, c->tenant, verify_tenant, c);
}

static enum err
verify_json(struct app *app, struct call *c)
{
	struct json_out w;
	struct buf b;
	enum err e;

	buf_init(&b, REPORT_MAX);
	json_out_init(&w, &b);
	c->out = &w;
	json_open(&w, NULL, '{');
	json_open(&w, "tenants", '[');
	e = verify_all(app, c);
	json_close(&w, ']');
	json_bool(&w, "ok", e == OK && c->findings == 0);
	json_close(&w, '}');
	puts(buf_str(&b));
	buf_fini(&b);
	return e;
}

static enum err
verify(struct app *app, struct call *c)
{
	enum err e = app_open_box(app);

	if (e == OK)
		e = c->json ? verify_json(app, c) : verify_all(app, c);
	if (e != OK || c->findings == 0)
		return e;
	app->exit_status = 1;
	return app_complain(app, E_CONFLICT,
	    "the audit log is not what was sealed: %" PRId64 " findings",
	    c->findings);
}

/* ---- export ---- */

static enum err
export_log(struct app *app, struct call *c)
{
	struct audit_export x = {.csv = c->csv, .bytes = EXPORT_PIECE};
	struct tenant t;
	struct buf b;
	enum err e = app_tenant(app, c->tenant, &t);

	if (e != OK)
		return e;
	if ((c->from && !list_time(&app->problems, "from", c->from, &x.from)) ||
	    (c->to && !list_time(&app->problems, "to", c->to, &x.to)))
		return app_complain(app, E_INPUT,
		    "--from and --to take 2026-11-20 or 2026-11-20T18:02:03Z");
	buf_init(&b, 0);
	x.out = &b;
	audit_export_begin(&x);
	while (e == OK && !x.is_done) {
		e = app_run(app, TX_READ, &t.id, audit_export_some, &x);
		if (e == OK)
			fwrite(buf_str(&b), 1, b.len, stdout);
		buf_reset(&b);
	}
	buf_fini(&b);
	return e;
}

/* ---- anchor ---- */

static enum err
note_anchor(struct tx *tx, void *arg)
{
	const struct audit_head *heads = arg; /* was, is */

	return audit(tx, "audit.anchor", "audit_logs", NULL,
	    arena_printf(tx->arena,
		"{\"fromSeal\":%" PRId64 ",\"toSeal\":%" PRId64 "}",
		heads[0].seq, heads[1].seq));
}

static enum err
anchor(struct app *app, struct call *c)
{
	struct audit_head heads[2];
	struct tenant t;
	enum err e = app_tenant(app, c->tenant, &t);

	if (e == OK)
		e = anchor_tenant(app, &t, &heads[0], &heads[1]);
	if (e == OK)
		e = app_run(app, TX_WRITE, &t.id, note_anchor, heads);
	if (e == OK)
		printf("%s: the log ends at seal %" PRId64 "; seal %" PRId64
		       " was kept before\n",
		    t.slug, heads[1].seq, heads[0].seq);
	return e;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct call c = {0};
	const struct option_row options[] = {
	    {.name = "tenant", .value = &c.tenant},
	    {.name = "from", .value = &c.from},
	    {.name = "to", .value = &c.to},
	    {.name = "json", .flag = &c.json},
	    {.name = "csv", .flag = &c.csv},
	    {.name = NULL},
	};
	bool is_verify = str_eq(verb, "verify");
	int rest;
	enum err e = app_options(app, options, 2, argc, argv, &rest);

	if (e != OK)
		return e;
	if (rest != 2 || (!is_verify && !c.tenant))
		return app_usage(app);
	app->patience_ms = PATIENCE_MS;
	if (is_verify)
		return verify(app, &c);
	if (str_eq(verb, "export"))
		return export_log(app, &c);
	return str_eq(verb, "anchor") ? anchor(app, &c) : app_usage(app);
}

const struct command cmd_audit = {
    .name = "audit",
    .args = "verify [--tenant S] [--json]\n"
	    "export --tenant S [--csv] [--from TIME] [--to TIME]\n"
	    "anchor --tenant S",
    .help = "check the audit log, hand it out, accept its end as it is",
    .run = run,
};
