/* anchor.c - take the end of the audit log as it is for the right one.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/anchor.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"

static enum err
read_head(struct tx *tx, void *arg)
{
	return audit_head_read(tx, arg);
}

enum err
anchor_tenant(struct app *app, const struct tenant *t,
    struct audit_head *old_out, struct audit_head *new_out)
{
	const char *dir = setting_text(app->settings, "state_dir");
	enum err e = audit_kept_read(dir, &t->id, old_out);

	/* what can't be read is replaced like anything else */
	if (e != OK)
		*old_out = (struct audit_head){0, ""};
	e = app_run(app, TX_READ, &t->id, read_head, new_out);
	return e == OK ? audit_kept_write(dir, &t->id, new_out) : e;
}

static enum err
anchor_one(struct app *app, const struct tenant *t, void *arg)
{
	struct audit_head was, is;
	enum err e = anchor_tenant(app, t, &was, &is);

	(void)arg;
	if (e != OK || was.seq <= is.seq)
		return e;
	log_event(LOG_WARN, "audit_end_set_back", LOG_S("slug", t->slug),
	    LOG_I("from", was.seq), LOG_I("to", is.seq));
	printf("%s: the audit log ends at seal %" PRId64 " again, not %" PRId64
	       "\n",
	    t->slug, is.seq, was.seq);
	return OK;
}

enum err
anchor_all(struct app *app)
{
	return app_each_tenant(app, NULL, anchor_one, NULL);
}
