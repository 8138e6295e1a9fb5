/* payload.h - what a task tells the agent about a site.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_HOSTING_PAYLOAD_H
#define MPANEL_HOSTING_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/id.h"

/* CONTRACT section 2: payload.  NULL when memory is refused. */
struct site_payload {
	struct id site;
	const char *domain, *plan, *server;
	const char *aliases; /* JSON list of further names; NULL: none */
	const char *customer_name, *customer_email;
	const char *system_user;
	bool php;
	const char *php_version;
	int64_t retention_days; /* backups; 0: not said */
	/* One of its archives, by the name that it has on its node; NULL: none
	 * is meant. */
	const char *archive, *sha256;
	int64_t taken_at;	   /* the archive was */
	struct id backup, restore; /* its row; the wish to restore, or unset */
};
const char *payload_json(struct arena *a, const struct site_payload *p);

#endif
