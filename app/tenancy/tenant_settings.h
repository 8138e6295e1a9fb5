/* tenant_settings.h - what a company sets for itself, as one table.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Each setting is a field: its name, type, default (`first`), range, label and
 * hint.  The form, the JSON, what is refused and what the audit log is told
 * come from it.  There is a row only where a company wants something else than
 * the default.  Name, looks and mail are the brand's (brand.h), and what the
 * whole installation is set to stands in its file (base/settings.h).
 *
 *	struct tenant_settings s;
 *
 *	e = tenant_settings_hold(&s, tx);
 *	good &= values_take(&s.v, "invoiceDueDays", text);
 *	if (e == OK && good)
 *		e = tenant_settings_change(&s);
 */
#ifndef MPANEL_TENANCY_TENANT_SETTINGS_H
#define MPANEL_TENANCY_TENANT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include "resource/write.h"

/* No rows of a table: its fields are the settings. */
extern const struct noun tenant_settings_noun;

/* Settings that are changed together; ended by a NULL word. */
struct settings_group {
	const char *word; /* in addresses */
	const char *title, *about;
	const char *first; /* its first setting: up to the next group's */
};
extern const struct settings_group settings_groups[];
/* Of setting i. */
const struct settings_group *settings_group_of(size_t i);

/* All of tx->tenant's.  was and val of `v` are as values_take() makes them. */
struct tenant_settings {
	struct values v;
	const char *kept[NOUN_FIELDS_MAX]; /* as a column would have it */
	uint64_t own; /* a bit for each that is not the default */
};
enum err tenant_settings_get(struct tenant_settings *s, struct tx *tx) MUST_USE;
/* The same for changes: others wait. */
enum err tenant_settings_hold(
    struct tenant_settings *s, struct tx *tx) MUST_USE;
/* E_INPUT with problems; E_CONFLICT with one: `v.version` is not what is there
 * any more, or there are books in the old currency. */
enum err tenant_settings_change(struct tenant_settings *s) MUST_USE;
/* Its first half: refuse what would be refused, and write nothing. */
enum err tenant_settings_check(struct tenant_settings *s) MUST_USE;
/* Its second half. */
enum err tenant_settings_write(struct tenant_settings *s) MUST_USE;

/* Does the first order of a customer bring a log-in?  The setting alone, for
 * the command line. */
enum err tenant_set_welcomes(struct tx *tx, bool welcomes) MUST_USE;

#endif
