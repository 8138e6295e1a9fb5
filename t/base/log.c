/* log.c - tests of base/log.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "base/clock.h"
#include "tap.h"

static int pipe_fd[2];

/* What has been logged since the last call. */
static const char *
logged(void)
{
	static char text[65536];
	ssize_t n = read(pipe_fd[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static const char *
member(const json_t *line, const char *name)
{
	const char *s = json_string_value(json_object_get(line, name));

	return s ? s : "(absent)";
}

static void
one_line(void)
{
	const char *text;
	json_t *v;

	log_set_process("ui");
	log_set_request("req-1", "tenant-1");
	clock_freeze(0);
	errno = ENOENT;
	log_event(LOG_WARN, "something_happened",
	    LOG_S("who", "O'Brien\n\"x\""), LOG_I("took_ms", 2000),
	    LOG_S("none", NULL));
	is_int(errno, ENOENT, "logging leaves errno alone");
	clock_thaw();
	text = logged();
	v = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	ok(v && strchr(text, '\n') == text + strlen(text) - 1,
	    "an event is one line of JSON");
	is_str(member(v, "event"), "something_happened", "with its event");
	is_str(member(v, "level"), "warn", "level");
	is_str(member(v, "process"), "ui", "process");
	is_str(member(v, "request"), "req-1", "request");
	is_str(member(v, "tenant"), "tenant-1", "tenant");
	is_str(member(v, "who"), "O'Brien\n\"x\"", "text");
	is_str(member(v, "none"), "", "NULL text as empty");
	is_int(json_integer_value(json_object_get(v, "took_ms")), 2000,
	    "and number");
	ok(strncmp(member(v, "time"), "20", 2) == 0,
	    "the time is real though business time is frozen");
	json_decref(v);
}

static void
levels(void)
{
	log_set_request(NULL, NULL);
	log_event(LOG_DEBUG, "detail");
	is_str(logged(), "", "debug lines are dropped by default");
	log_set_level(LOG_DEBUG);
	log_event(LOG_DEBUG, "detail");
	ok(strstr(logged(), "\"detail\"") != NULL, "and shown when asked for");
	log_set_level(LOG_ERROR);
	log_event(LOG_WARN, "warning");
	is_str(logged(), "", "a higher level drops more");
	log_set_level(LOG_INFO);
}

static void
long_texts(void)
{
	char text[5000];
	struct log_field many[100];
	json_t *v;

	memset(text, 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_event(LOG_INFO, "long", LOG_S("text", text));
	v = json_loads(logged(), 0, NULL);
	is_int((int64_t)json_string_length(json_object_get(v, "text")), 1024,
	    "a long text is cut");
	json_decref(v);

	for (size_t i = 0; i < 100; i++)
		many[i] = LOG_S("text", text);
	log_fields(LOG_INFO, "flood", many, 100);
	v = json_loads(logged(), 0, NULL);
	is_str(member(v, "event"), "flood",
	    "a line that would be too long keeps its event");
	is_int(json_integer_value(json_object_get(v, "fields_dropped")), 100,
	    "and says how many fields it dropped");
	json_decref(v);

	log_event(LOG_INFO, "bytes", LOG_S("text", "\xff\xfe"));
	v = json_loads(logged(), 0, NULL);
	ok(v != NULL, "bytes that are no UTF-8 still give valid JSON");
	json_decref(v);
}

int
main(void)
{
	if (pipe2(pipe_fd, O_NONBLOCK) < 0 ||
	    fcntl(pipe_fd[1], F_SETPIPE_SZ, 1 << 16) < 0 ||
	    dup2(pipe_fd[1], STDERR_FILENO) < 0)
		bail("no pipe");
	one_line();
	levels();
	long_texts();
	return tap_done();
}
