/* tenant_setting.h - one of the things that a company sets for itself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * All of them, and how they are changed: tenant_settings.h.
 */
#ifndef MPANEL_TENANCY_TENANT_SETTING_H
#define MPANEL_TENANCY_TENANT_SETTING_H

#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "resource/field.h"
#include "store/store.h"

/* Every setting; `first` is its default. */
/* The compiler refuses another number than there are. */
enum { N_TENANT_SETTINGS = 32 };
extern const struct field tenant_setting_fields[N_TENANT_SETTINGS];
/* As a column would have it: "14", "[]". */
const char *tenant_setting_default(const struct field *f);

/* One of tx->tenant's, in tx->arena; no setting of that name is a bug, and the
 * currency is tenant_get()'s. */
enum err tenant_setting_text(
    struct tx *tx, const char *name, const char **out) MUST_USE;
/* Several in one wait for the database. */
enum err tenant_setting_texts(struct tx *tx, const char *const *names, size_t n,
    const char **out) MUST_USE;
enum err tenant_setting_int(
    struct tx *tx, const char *name, int64_t *out) MUST_USE;

#endif
