/* shape.c - shapes that calls of many rooms answer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "resource/shape.h"

static const struct member success[] = {{"success", FIELD_BOOL}, {NULL}};
const struct shape success_shape = {"success", NULL, success};

static const char *const waits[] = {"waiting", NULL};
static const struct member waiting[] = {
    {"status", FIELD_WORD, .words = waits}, {"approvalId", FIELD_ID}, {NULL}};
const struct shape waiting_shape = {"waiting", NULL, waiting};
