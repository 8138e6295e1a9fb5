/* log.c - events as JSON lines.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"

#define LINE_MAX_BYTES 16384
/* Longest text of one field; the rest is cut. */
#define TEXT_MAX_BYTES 1024

static const char *const level_names[LOG__MAX] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};

static struct {
	enum log_level level;
	const char *process, *request, *tenant;
	struct buf line; /* its memory is kept from line to line */
} state = {.level = LOG_INFO, .line = {.limit_bytes = LINE_MAX_BYTES}};

void
log_set_level(enum log_level level)
{
	state.level = level;
}

void
log_set_request(const char *request_id, const char *tenant_id)
{
	state.request = request_id;
	state.tenant = tenant_id;
}

void
log_set_process(const char *name)
{
	state.process = name;
}

static void
put_text(struct json_out *w, const char *name, const char *text)
{
	if (text)
		json_strn(w, name, text, strnlen(text, TEXT_MAX_BYTES));
}

/* The time is the real one: lines of processes whose business clock was moved
 * must still sort. */
static void
put_head(struct json_out *w, enum log_level level, const char *event)
{
	char now[21];

	time_iso((int64_t)time(NULL), now);
	json_str(w, "time", now);
	json_str(w, "level", level_names[level]);
	put_text(w, "event", event);
	put_text(w, "process", state.process);
	json_int(w, "pid", getpid());
	put_text(w, "request", state.request);
	put_text(w, "tenant", state.tenant);
}

static void
put_line(enum log_level level, const char *event,
    const struct log_field *fields, int n)
{
	struct json_out w;

	buf_reset(&state.line);
	json_out_init(&w, &state.line);
	json_open(&w, NULL, '{');
	put_head(&w, level, event);
	for (int i = 0; i < n; i++) {
		if (fields[i].text)
			put_text(&w, fields[i].name, fields[i].text);
		else
			json_int(&w, fields[i].name, fields[i].num);
	}
	json_close(&w, '}');
	buf_putc(&state.line, '\n');
}

void
log_fields(enum log_level level, const char *event,
    const struct log_field *fields, int n)
{
	int saved = errno;

	if (level < state.level)
		return;
	put_line(level, event, fields, n);
	if (buf_failed(&state.line))
		put_line(level, event,
		    &(struct log_field){.name = "fields_dropped", .num = n}, 1);
	(void)fd_write(STDERR_FILENO, state.line.data, state.line.len);
	errno = saved;
}
