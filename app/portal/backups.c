/* backups.c - the backups of a service's website, as its customer may use them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "portal/backups.h"

#include "base/text.h"

static enum err
read_site(struct tx *tx, const struct id *service, struct service_backups *out)
{
	struct rows r;
	enum err e = backups_website(tx, service, &out->website);

	if (e == OK)
		e = db_one(tx, &r,
		    "SELECT domain, status FROM websites "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&out->website));
	if (e != OK)
		return e;
	out->service = *service;
	out->domain = row_strdup(&r, 0);
	out->status = row_strdup(&r, 1);
	return rows_done(&r);
}

/* *has: there is one. */
static enum err
if_there(enum err e, bool *has)
{
	*has = e == OK;
	return e == E_NOTFOUND ? OK : e;
}

enum err
service_backups_get(
    struct tx *tx, const struct id *service, struct service_backups *out)
{
	struct service_backups s = {.latest = NULL};
	enum err e = read_site(tx, service, &s);

	if (e == OK)
		e = backups_of(tx, &s.website, &s.list, &s.n);
	if (e == OK)
		e = if_there(
		    restore_last(tx, &s.website, &s.restore), &s.has_restore);
	if (e == OK)
		e = if_there(
		    archive_fetch_last(tx, &s.website, &s.fetch), &s.has_fetch);
	if (e != OK)
		return e;
	for (size_t i = 0; i < s.n && !s.latest; i++)
		if (s.list[i].ok)
			s.latest = &s.list[i];
	*out = s;
	return OK;
}

bool
service_is_restoring(const struct service_backups *s)
{
	return s->has_restore && (str_eq(s->restore.status, "pending") ||
				     str_eq(s->restore.status, "in_progress"));
}

bool
service_may_restore(const struct service_backups *s)
{
	return str_eq(s->status, "active") && !service_is_restoring(s);
}

enum err
service_restore(struct tx *tx, const struct id *service,
    const struct id *backup, struct backup *out)
{
	struct service_backups s = {.latest = NULL};
	struct id task;
	enum err e = read_site(tx, service, &s);

	if (e == OK)
		e = backup_get(tx, &s.website, backup, out);
	if (e != OK)
		return e;
	if (str_eq(s.status, "suspended")) {
		problem_add(tx->problems, "", "conflict",
		    "The website is suspended. Our staff can restore it for "
		    "you.");
		return E_CONFLICT;
	}
	return website_restore(tx, &s.website, backup, &task);
}

enum err
service_fetch(struct tx *tx, const struct settings *s, const struct id *service,
    struct archive_fetch *out)
{
	struct id website;
	enum err e = backups_website(tx, service, &website);

	return e == OK ? archive_fetch_want(tx, s, &website, out) : e;
}
