/* panel.c - the panel, as the agent speaks to it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/panel.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"

#define TIMEOUT_MS    10000
#define PAUSE_MAX_MS  30000
#define RETRY_AFTER_S 300

enum err
panel_open(struct panel *p, struct arena *a, const struct settings *s)
{
	const char *ca_file = setting_text(s, "ca_file");
	size_t n;
	char *url;

	*p = (struct panel){.token = setting_text(s, "token"),
	    .ca_file = *ca_file != '\0' ? ca_file : NULL};
	url = arena_strdup(a, setting_text(s, "panel_url"));
	if (url == NULL)
		return E_LIMIT;
	for (n = strlen(url); n > 0 && url[n - 1] == '/'; n--)
		url[n - 1] = '\0';
	if (*url == '\0' || *p->token == '\0') {
		log_event(LOG_ERROR, "not_enrolled",
		    LOG_S("missing", *url == '\0' ? "panel_url" : "token"));
		return E_INPUT;
	}
	p->url = url;
	p->http = http_client_new();
	return p->http != NULL ? OK : E_LIMIT;
}

void
panel_close(struct panel *p)
{
	http_client_free(&p->http);
}

/* Twice as long after each failure, with jitter so that nodes do not come back
 * in step; the panel may ask for more. */
static void
back_off(struct panel *p, const struct http_reply *reply)
{
	const char *after =
	    reply != NULL ? http_reply_header(reply, "Retry-After") : NULL;
	uint32_t ms = p->failures > 4 ? PAUSE_MAX_MS : 1000U << p->failures;
	int64_t asked_s = 0;

	if (after != NULL && !str_to_i64(after, 0, RETRY_AFTER_S, &asked_s))
		asked_s = 0;
	ms = ms / 2 + random_below(ms / 2);
	if (asked_s * 1000 > ms)
		ms = (uint32_t)asked_s * 1000;
	if (p->failures < 30)
		p->failures++;
	p->not_before_us = clock_mono_us() + (int64_t)ms * 1000;
}

static enum answer
answer_of(int status)
{
	if (status >= 200 && status < 300)
		return ANSWER_YES;
	if (status == 409)
		return ANSWER_CONFLICT;
	/* The panel does not redirect; a token that is refused may be put
	 * right. */
	if (status < 400 || status >= 500 || status == 401 || status == 403 ||
	    status == 408 || status == 421 || status == 429)
		return status == 501 ? ANSWER_NO : ANSWER_LATER;
	return ANSWER_NO;
}

/* NULL: these are not the panel's words, whatever the status says.  A page
 * about maintenance, say, which has heard nothing of what was sent. */
static json_t *
parse_reply(struct arena *a, const struct http_reply *reply)
{
	struct problems problems;
	json_t *v = NULL;

	problems_init(&problems, a);
	if (json_parse(reply->body, reply->len, &problems, &v) == OK &&
	    json_is_object(v))
		return v;
	log_event(LOG_ERROR, "panel_babbles", LOG_I("status", reply->status));
	json_decref(v);
	return NULL;
}

enum answer
panel_post(struct panel *p, struct arena *a, const char *path, const char *body,
    json_t **reply_out)
{
	struct http_request rq = {
	    .content_type = "application/json",
	    .url = arena_printf(a, "%s%s", p->url, path),
	    .body = body,
	    .body_len = strlen(body),
	    .bearer = p->token,
	    .ca_file = p->ca_file,
	    .timeout_ms = TIMEOUT_MS,
	};
	struct http_reply reply;
	json_t *words = NULL;
	enum answer answer;

	if (reply_out != NULL)
		*reply_out = NULL;
	if (rq.url == NULL || http_call(p->http, a, &rq, &reply) != OK) {
		back_off(p, NULL);
		return ANSWER_LATER;
	}
	answer = answer_of(reply.status);
	if (answer == ANSWER_YES && !(words = parse_reply(a, &reply)))
		answer = ANSWER_LATER;
	if (answer == ANSWER_LATER)
		back_off(p, &reply);
	else
		p->failures = 0;
	if (answer != ANSWER_YES)
		log_event(LOG_WARN, "panel_refuses", LOG_S("path", path),
		    LOG_I("status", reply.status));
	if (reply_out != NULL)
		*reply_out = words;
	else
		json_decref(words);
	return answer;
}
