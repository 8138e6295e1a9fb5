/* checks.h - what was looked at last, and what was found.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Of the whole house: "backup" (n: its bytes), "doctor" (n of total checks
 * failed), "disk" (n of total bytes are free), "certificate" (n: when the
 * panel's ends; 0: nobody answered).  Of a company: "doctor",
 * "doctor_left" (n of total were left out, because they take too long).
 */
#ifndef MPANEL_JOBS_CHECKS_H
#define MPANEL_JOBS_CHECKS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "store/store.h"

enum check_result { CHECK_OK, CHECK_WARN, CHECK_FAILED, CHECK__MAX };
extern const char *const check_result_names[CHECK__MAX];

struct check {
	enum check_result result;
	int64_t n, total;
	int64_t at; /* 0: never */
};

enum err house_check_note(
    struct tx *tx, const char *name, const struct check *c) MUST_USE;
enum err tenant_check_note(
    struct tx *tx, const char *name, const struct check *c) MUST_USE;

/* All zero where nobody has looked. */
enum err house_check_get(
    struct tx *tx, const char *name, struct check *out) MUST_USE;
enum err tenant_check_get(
    struct tx *tx, const char *name, struct check *out) MUST_USE;

#endif
