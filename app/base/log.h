/* log.h - one JSON line per event on standard error.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	log_event(LOG_WARN, "stripe_no_answer", LOG_S("intent", id),
 *	    LOG_I("took_ms", ms));
 *
 * gives {"time":"...","level":"warn","event":"stripe_no_answer","pid":1,
 * "request":"...","tenant":"...","intent":"pi_1","took_ms":2000}.  Never pass a
 * secret, a token or a body.  A line is written with one write(2).
 */
#ifndef MPANEL_BASE_LOG_H
#define MPANEL_BASE_LOG_H

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG__MAX };

struct log_field {
	const char *name;
	const char *text; /* NULL: use num */
	int64_t num;
};
/* NULL text is logged as "". */
static inline struct log_field
LOG_S(const char *name, const char *text) {
	return (struct log_field){name, text ? text : "", 0};
}
#define LOG_I(name, num) ((struct log_field){(name), 0, (num)})

void
log_fields(enum log_level level, const char *event,
    const struct log_field *fields, int n);
#define log_event(level, event, ...)                                           \
	log_fields((level), (event), (const struct log_field[]){__VA_ARGS__},  \
	    (int)(sizeof((const struct log_field[]){__VA_ARGS__}) /            \
		  sizeof(struct log_field)))

/* Lines below this level are dropped (default LOG_INFO). */
void log_set_level(enum log_level level);
/* Borrowed text put into every following line; NULL for none. */
void log_set_request(const char *request_id, const char *tenant_id);
/* Name of the process in every line ("serve", "ui", "work", "agent"). */
void log_set_process(const char *name);

#endif
