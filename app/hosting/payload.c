/* payload.c - what a task tells the agent about a site.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/payload.h"

#include "base/buf.h"
#include "base/json.h"

const char *
payload_json(struct arena *a, const struct site_payload *p)
{
	struct buf b;
	struct json_out w;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "domain", p->domain);
	if (p->aliases)
		json_raw(&w, "aliases", p->aliases);
	json_str(&w, "siteId", p->site.s);
	json_str(&w, "systemUser", p->system_user);
	json_str(&w, "plan", p->plan);
	json_str(&w, "server", p->server);
	json_str(&w, "customerName", p->customer_name);
	json_str(&w, "customerEmail", p->customer_email);
	json_bool(&w, "php", p->php);
	if (p->php)
		json_str(&w, "phpVersion", p->php_version);
	if (p->retention_days > 0)
		json_int(&w, "retentionDays", p->retention_days);
	if (p->archive) {
		json_str(&w, "archive", p->archive);
		json_str(&w, "sha256", p->sha256);
		json_str(&w, "backupId", p->backup.s);
		json_time(&w, "takenAt", p->taken_at);
	}
	if (id_is_set(&p->restore))
		json_str(&w, "restoreId", p->restore.s);
	json_close(&w, '}');
	return buf_move(a, &b);
}
