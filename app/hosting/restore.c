/* restore.c - a website's files as one of its backups has them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/restore.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "hosting/backup_list.h"
#include "hosting/website_parts.h"
#include "identity/audit.h"
#include "mail/mail.h"

/* ---- asking ---- */

static const char *
key_start(struct tx *tx, const struct id *website, const struct id *backup)
{
	return arena_printf(tx->arena, "%s:restore:%s:", website->s, backup->s);
}

/* One that waits or is at work; E_NOTFOUND: none.  *same_out: of this backup.
 */
static enum err
find_open(struct tx *tx, const struct id *website, const struct id *backup,
    struct id *task_out, bool *same_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT id, dedupe_key FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND website_id = $2 AND step = 'restore' "
	    "AND status IN ('pending', 'in_progress') "
	    "ORDER BY id DESC LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(website));

	if (e != OK)
		return e;
	*task_out = row_id(&r, 0);
	*same_out = str_starts(row_text(&r, 1), key_start(tx, website, backup));
	return rows_done(&r);
}

static enum err
check_state(struct tx *tx, const struct website *w)
{
	const char *next;
	enum err e = website_will_be(tx, w, &next);

	if (e != OK || str_eq(next, "active") || str_eq(next, "suspended"))
		return e;
	return website_not_from(tx, w, next);
}

static const char *
make_payload(struct tx *tx, const struct website *w, const struct backup *b)
{
	struct site_payload p = website_payload_of(w);

	p.archive = b->archive;
	p.sha256 = b->sha256;
	p.backup = b->id;
	p.taken_at = b->taken_at;
	p.restore = id_new(clock_now_ms());
	return payload_json(tx->arena, &p);
}

static enum err
queue(struct tx *tx, const struct website *w, const struct backup *b,
    struct id *task_out)
{
	/* The version rises, so that each wish has a key of its own. */
	enum err e = website_set_status(tx, &w->id, w->status);
	char taken[21];

	if (e == OK)
		e = task_queue(tx,
		    &(struct task_new){
			.type = "website",
			.step = "restore",
			.server = w->server,
			.subscription = w->subscription,
			.website = w->id,
			.dedupe_key = arena_printf(tx->arena, "%s%" PRId64,
			    key_start(tx, &w->id, &b->id), w->version),
			.payload = make_payload(tx, w, b),
			.domain = w->domain,
			.plan = w->plan,
		    },
		    task_out);
	time_iso(b->taken_at, taken);
	return e == OK ? audit(tx, "website.restore", "websites", &w->id,
			     audit_detail(tx->arena, "backupId", b->id.s,
				 "takenAt", taken))
		       : e;
}

enum err
website_restore(struct tx *tx, const struct id *website,
    const struct id *backup, struct id *task_out)
{
	struct website w;
	struct backup b;
	bool same;
	enum err e = website_get(tx, website, &w);

	if (e == OK)
		e = backup_get(tx, website, backup, &b);
	if (e == OK)
		e = check_state(tx, &w);
	if (e == OK)
		e = backup_is_usable(tx, &b, &w.server);
	if (e != OK)
		return e;
	e = find_open(tx, website, backup, task_out, &same);
	if (e == E_NOTFOUND)
		return queue(tx, &w, &b, task_out);
	if (e != OK || same)
		return e;
	problem_add(tx->problems, "", "conflict",
	    "%s is being restored from another backup already.", w.domain);
	return E_CONFLICT;
}

/* ---- what has become of it ---- */

/* A time among the members of a JSON object; 0: there is none. */
static int64_t
time_of(const json_t *v, const char *name)
{
	const char *text = json_string_value(json_object_get(v, name));
	int64_t t;

	return text && time_parse(text, &t) ? t : 0;
}

static int64_t
time_in(struct tx *tx, const char *json, const char *name)
{
	json_t *v = json_own(tx->arena, json);
	int64_t t = time_of(v, name);

	json_decref(v);
	return t;
}

enum err
restore_last(struct tx *tx, const struct id *website, struct restore_state *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT status, payload, result, created_at, finished_at "
	    "FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND website_id = $2 AND step = 'restore' "
	    "ORDER BY id DESC LIMIT 1",
	    DB_ID(&tx->tenant), DB_ID(website));

	if (e != OK)
		return e;
	*out = (struct restore_state){
	    .status = row_strdup(&r, 0),
	    .taken_at = time_in(tx, row_text(&r, 1), "takenAt"),
	    .kept_until = time_in(tx, row_text(&r, 2), "keptUntil"),
	    .since = row_int(&r, 3),
	    .ended_at = row_is_null(&r, 4) ? 0 : row_int(&r, 4),
	};
	return rows_done(&r);
}

static enum err
tell(struct tx *tx, const struct task *t, const char *template)
{
	struct id once = id_new(clock_now_ms());
	struct website w;
	enum err e = website_get(tx, &t->website, &w);

	if (e != OK || w.customer_email[0] == '\0')
		return e;
	return mail_add(tx,
	    &(struct mail){
		.template = template,
		.once = arena_printf(tx->arena, "mail/%s:%s", template, once.s),
		.to = w.customer_email,
		.name = w.customer_name,
		.ref_name = "taskId",
		.ref = &t->id,
	    });
}

enum err
website_restored(struct tx *tx, const struct task *t)
{
	return tell(tx, t, MAIL_SITE_RESTORED);
}

enum err
website_restore_failed(struct tx *tx, const struct task *t)
{
	return tell(tx, t, MAIL_SITE_NOT_RESTORED);
}

enum err
website_restore_retried(struct tx *tx, const struct task *t)
{
	struct website w;
	enum err e = website_get(tx, &t->website, &w);

	return e == OK ? check_state(tx, &w) : e;
}

enum err
restore_mail_fill(
    struct tx *tx, const struct id *task, const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT w.domain, t.payload, t.result "
	    "FROM provisioning_tasks t "
	    "JOIN websites w ON w.tenant_id = t.tenant_id "
	    "AND w.id = t.website_id WHERE t.tenant_id = $1 AND t.id = $2",
	    DB_ID(&tx->tenant), DB_ID(task));

	if (e != OK)
		return e;
	view_text(v, "domain", row_text(&r, 0));
	mail_put_time(
	    v, "taken", time_in(tx, row_text(&r, 1), "takenAt"), lang);
	mail_put_time(
	    v, "kept", time_in(tx, row_text(&r, 2), "keptUntil"), lang);
	return rows_done(&r);
}
