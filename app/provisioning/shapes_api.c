/* shapes_api.c - the calls of provisioning/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/tasks_noun.h"
#include "provisioning/worker_api.h"

static const char *const outcomes[] = {"success", "failed", NULL};

/* clang-format off */
static const struct member event_members[] = {
	{"at",		FIELD_TIME},
	{"event",	FIELD_WORD},
	{"attempt",	FIELD_INT},
	{"message",	FIELD_TEXT},
	{"actor",	FIELD_TEXT},
	{NULL}
};
static const struct shape event = {"task.event", NULL, event_members};
static const struct member logged_members[] = {{"log", .flags = MANY, .of = &event}, {NULL}};
static const struct shape logged = {"task.with_log", &tasks_noun, logged_members};
static const struct member retried_members[] = {{"success", FIELD_BOOL}, {"retried", FIELD_INT}, {NULL}};
static const struct shape retried = {"tasks.retried", NULL, retried_members};

static const struct shape task = {"task", &tasks_noun, NULL};
static const struct member token_member[] = {{"leaseToken", FIELD_TEXT}, {NULL}};
static const struct shape leased = {"task.leased", &tasks_noun, token_member};
static const struct member claimed_members[] = {{"task", .flags = NULLABLE, .of = &leased}, {NULL}};
static const struct shape claimed = {"worker.claimed", NULL, claimed_members};
static const struct member shown_members[] = {{"task", .of = &task}, {NULL}};
static const struct shape shown = {"worker.task", NULL, shown_members};
static const struct member done_members[] = {{"success", FIELD_BOOL}, {"task", .of = &task}, {NULL}};
static const struct shape done = {"worker.done", NULL, done_members};

static const struct member claim_members[] = {
	{"types",	 FIELD_CODE, MANY | MAYBE, .min = 1, .max = 16},
	{"leaseSeconds", FIELD_INT,  MAYBE, .min = 15, .max = 900},
	{NULL}
};
static const struct shape claim = {"worker.claim", NULL, claim_members};
static const struct member beat_members[] = {
	{"leaseToken",	FIELD_TEXT},
	{"progress",	FIELD_INT,  MAYBE, .min = 0, .max = 100},
	{"message",	FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape beat = {"worker.heartbeat", NULL, beat_members};
static const struct member report_members[] = {
	{"leaseToken",	 FIELD_TEXT, MAYBE},
	{"status",	 FIELD_WORD, .words = outcomes},
	{"errorMessage", FIELD_TEXT, MAYBE},
	{"error",	 FIELD_TEXT, MAYBE},
	{"result",	 FIELD_JSON, MAYBE},
	{NULL}
};
static const struct shape report = {"worker.report", NULL, report_members};

const struct api_shape provisioning_shapes[] = {
	{"tasks.retry_failed", "Try all failed tasks again", .gives = &retried},
	{"provisioning_tasks.get", "One task with what happened to it", .gives = &logged},
	{"worker.claim", "Take the next task of this server, if there is one", .takes = &claim, .gives = &claimed},
	{"worker.heartbeat", "Keep the lease of a task, and say how far it is", .takes = &beat, .gives = &done},
	{"worker.complete", "Report the outcome of a task", .takes = &report, .gives = &done},
	{"worker.task",	"One task of this server", .gives = &shown},
	{NULL}
};
/* clang-format on */
