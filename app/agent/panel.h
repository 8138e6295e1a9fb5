/* panel.h - the panel, as the agent speaks to it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_AGENT_PANEL_H
#define MPANEL_AGENT_PANEL_H

#include <jansson.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/settings.h"
#include "outside/http.h"

/* What an answer means to a caller that may repeat itself. */
enum answer {
	ANSWER_YES,	 /* 2xx with a JSON object */
	ANSWER_CONFLICT, /* 409: it is not ours any more */
	ANSWER_NO,	 /* it will never be taken; logged */
	ANSWER_LATER,	 /* none, overloaded, or the token is not known */
};

struct panel {
	struct http_client *http;
	const char *url; /* without a slash at the end, arena */
	const char *token, *ca_file;
	/* After ANSWER_LATER nobody calls before this clock_mono_us(). */
	int64_t not_before_us;
	int failures; /* in a row */
};

/* E_INPUT: panel_url or token is not set (logged). */
enum err panel_open(
    struct panel *p, struct arena *a, const struct settings *s) MUST_USE;
void panel_close(struct panel *p);

/* POST a JSON body.  *reply_out (unless NULL) is the object that an ANSWER_YES
 * came with, otherwise NULL; the caller's to json_decref(). */
enum answer panel_post(struct panel *p, struct arena *a, const char *path,
    const char *body, json_t **reply_out);

#endif
