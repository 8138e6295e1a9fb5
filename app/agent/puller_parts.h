/* puller_parts.h - what the files of the puller share; inside agent/ only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_PULLER_PARTS_H
#define MPANEL_AGENT_PULLER_PARTS_H

#include "agent/frame_io.h"
#include "agent/metrics.h"
#include "agent/notes.h"
#include "agent/outgoing.h"
#include "agent/panel.h"
#include "agent/puller.h"
#include "agent/report.h"
#include "agent/task.h"
#include "agent/usage.h"

#define SECOND_US     (1000 * 1000)
#define MESSAGE_BYTES 256

/* What is done again and again.  Each has the setting of its interval. */
enum chore {
	CHORE_HEARTBEAT,
	CHORE_METRICS,
	CHORE_HOUSEKEEP,
	CHORE_MEASURE,
	CHORE_CLAIM,
	CHORE__MAX
};

struct work {
	bool running;
	bool lost; /* the lease is; the outcome interests nobody */
	uint32_t serial;
	struct task task;
	int percent;
	char message[MESSAGE_BYTES];
	int64_t beat_us; /* when to extend the lease */
};

struct puller {
	const struct node *node;
	int fd; /* the executor */
	int state_dir;
	struct buf in;
	struct arena *a; /* of one call */
	struct panel panel;
	struct http_client *probe_http;
	bool registered;
	bool housekeeping;
	bool measuring;
	bool has_measured; /* this process, once */
	uint32_t serial;
	struct work work;
	struct outgoing outgoing;
	struct report report;
	struct notes notes;
	struct usage usage;
	struct metrics metrics;
	int64_t due_us[CHORE__MAX];
	int64_t stop_us; /* 0: not stopping */
};

/* ---- puller.c ---- */

/* Ask the executor; p->serial is the question's then. */
enum err puller_ask(struct puller *p, struct frame *f) MUST_USE;

/* ---- puller_node.c: what the panel hears of the node ---- */

void puller_register(struct puller *p);
void puller_heartbeat(struct puller *p);
void puller_report_metrics(struct puller *p);

/* ---- puller_task.c: one task, from its claim to its outcome ---- */

void puller_claim(struct puller *p);
/* The executor's answer, and how far it is; those to another question are
 * nobody's. */
void puller_task_reply(struct puller *p, const struct frame *f);
void puller_task_progress(struct puller *p, const struct frame *f);
/* Extend the lease and say how far it is. */
void puller_beat(struct puller *p);
/* Send one piece of an archive, so that the executor and the lease are looked
 * at in between. */
void puller_send_piece(struct puller *p);

#endif
