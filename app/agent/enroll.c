/* enroll.c - `mpanel-agent enroll URL TOKEN`: become a node of a panel.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/enroll.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "agent/panel.h"
#include "agent/puller.h"
#include "outside/http.h"

#define CONFIG_MAX  (64 * 1024)
#define ENROLL_PATH "/api/agent/enroll"

/* A word that fits into a line of the configuration. */
static bool
is_plain(const char *s)
{
	return *s != '\0' && text_is_printable(s) && strpbrk(s, " #@") == NULL;
}

static enum err
read_token(struct arena *a, const struct http_reply *reply,
    const char **token_out, struct buf *why)
{
	struct problems problems;
	struct json_in in;
	const char *token = "";
	json_t *v = NULL;
	bool good;

	problems_init(&problems, a);
	good = json_parse(reply->body, reply->len, &problems, &v) == OK;
	in = (struct json_in){v, "", &problems, a};
	good = good && json_is_object(v) &&
	       json_in_text(&in, "token", JSON_REQUIRED, 200, &token) &&
	       is_plain(token);
	json_decref(v);
	if (!good) {
		buf_puts(why, "the panel's answer has no token");
		return E_REMOTE;
	}
	*token_out = token;
	return OK;
}

static enum err
ask(struct arena *a, const struct settings *s, const char *url,
    const char *token, const char **own_out, struct buf *why)
{
	const char *ca_file = setting_text(s, "ca_file");
	struct http_client *http = http_client_new();
	struct http_request rq = {.content_type = "application/json",
	    .url = arena_printf(a, "%s" ENROLL_PATH, url),
	    .ca_file = *ca_file != '\0' ? ca_file : NULL};
	struct http_reply reply;
	struct json_out w;
	struct buf body;
	enum err e = E_LIMIT;

	buf_init(&body, 0);
	json_out_init(&w, &body);
	json_open(&w, NULL, '{');
	json_str(&w, "token", token);
	json_str(&w, "hostname", puller_host_name(a, s));
	json_close(&w, '}');
	rq.body = buf_str(&body);
	rq.body_len = body.len;
	if (http != NULL && rq.url != NULL)
		e = http_call(http, a, &rq, &reply);
	if (e != OK) {
		buf_printf(why, "%s does not answer: %s", url,
		    http != NULL ? http_reason(http) : "");
	} else if (reply.status != 200 && reply.status != 201) {
		buf_printf(why, "the panel refuses the token (status %d)",
		    reply.status);
		e = E_DENIED;
	} else {
		e = read_token(a, &reply, own_out, why);
	}
	buf_fini(&body);
	http_client_free(&http);
	return e;
}

static bool
sets(const char *line, const char *name)
{
	size_t n = strlen(name);

	line += strspn(line, " \t");
	if (strncmp(line, name, n) != 0)
		return false;
	line += n;
	line += strspn(line, " \t");
	return *line == '=';
}

/* The old lines but those of the two settings; a missing file is empty. */
static void
copy_lines(const char *file, struct buf *out)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (f == NULL)
		return;
	while ((n = getline(&line, &size, f)) > 0) {
		if (sets(line, "panel_url") || sets(line, "token"))
			continue;
		buf_add(out, line, (size_t)n);
		if (line[n - 1] != '\n')
			buf_putc(out, '\n');
	}
	free(line);
	fclose(f);
}

static enum err
write_config(struct arena *a, const char *file, const char *url,
    const char *token, struct buf *why)
{
	const char *tmp = arena_printf(a, "%s.new", file);
	enum err e = E_SYS;
	struct buf b;
	int fd = -1;

	if (tmp == NULL)
		return E_LIMIT;
	buf_init(&b, CONFIG_MAX);
	copy_lines(file, &b);
	buf_printf(&b, "panel_url = %s\ntoken = %s\n", url, token);
	if (!buf_failed(&b))
		fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0 && fd_write(fd, b.data, b.len) && fchmod(fd, 0600) == 0 &&
	    fsync(fd) == 0 && rename(tmp, file) == 0)
		e = OK;
	else
		buf_printf(why, "cannot write %s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	buf_fini(&b);
	return e;
}

enum err
enroll(const struct settings *s, const char *config_file, const char *url,
    const char *token, struct buf *why)
{
	struct arena *a = arena_new(4 * 1024 * 1024);
	const char *own = NULL;
	char *base;
	enum err e;

	base = a != NULL ? arena_strdup(a, url) : NULL;
	if (base == NULL) {
		arena_free(&a);
		return E_LIMIT;
	}
	for (size_t n = strlen(base); n > 0 && base[n - 1] == '/'; n--)
		base[n - 1] = '\0';
	if (!is_plain(base) ||
	    (!str_starts(base, "https://") && !str_starts(base, "http://"))) {
		buf_printf(why, "%s is no address of a panel", url);
		e = E_INPUT;
	} else {
		e = ask(a, s, base, token, &own, why);
	}
	if (e == OK)
		e = write_config(a, config_file, base, own, why);
	arena_free(&a);
	return e;
}
