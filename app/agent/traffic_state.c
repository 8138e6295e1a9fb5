/* traffic_state.c - what has been counted, in a file.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	{"since": "2026-11-30",
 *	 "logs": [{"first": LINE, "inode": N, "offset": N, "done": false}],
 *	 "sites": {ID: {"2026-11-30": [SENT, TOLD]}}}
 */
#include "config.h"
#include "agent/traffic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "agent/beneath.h"

#define STATE	  TRAFFIC_DIR "/traffic.json"
#define STATE_MAX (32 * 1024 * 1024)
#define DAY_S	  INT64_C(86400)

/* ---- writing ---- */

static void
put_logs(const struct traffic *t, struct json_out *w)
{
	json_open(w, "logs", '[');
	for (size_t i = 0; i < t->n_logs; i++) {
		const struct traffic_log *log = &t->log[i];

		json_open(w, NULL, '{');
		json_str(w, "first", log->first);
		json_int(w, "inode", (int64_t)log->inode);
		json_int(w, "offset", log->offset);
		json_bool(w, "done", log->is_done);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void
put_site(const struct traffic_site *s, struct json_out *w)
{
	char date[11];

	json_open(w, s->id, '{');
	for (int i = 0; i < s->n; i++) {
		date_iso(s->day[i].day * DAY_S, date);
		json_open(w, date, '[');
		json_int(w, NULL, s->day[i].sent);
		json_int(w, NULL, s->day[i].told);
		json_close(w, ']');
	}
	json_close(w, '}');
}

enum err
traffic_store(const struct traffic *t)
{
	struct json_out w;
	struct buf b;
	char since[11];
	enum err e;

	date_iso(t->since * DAY_S, since);
	buf_init(&b, STATE_MAX);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "since", since);
	put_logs(t, &w);
	json_open(&w, "sites", '{');
	for (size_t i = 0; i < t->n_sites; i++)
		put_site(&t->site[i], &w);
	json_close(&w, '}');
	json_close(&w, '}');
	e = buf_failed(&b)
		? E_LIMIT
		: beneath_write(t->node->root_fd, STATE, b.data, b.len, 0600);
	buf_fini(&b);
	return e;
}

/* ---- reading ---- */

static bool
day_of(const char *date, int64_t *day_out)
{
	int64_t at;

	if (date == NULL || !date_valid(date) || !time_parse(date, &at))
		return false;
	*day_out = at / DAY_S;
	return true;
}

static bool
read_logs(struct traffic *t, const json_t *list)
{
	if (!json_is_array(list) || json_array_size(list) > TRAFFIC_LOGS_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		const char *first =
		    json_string_value(json_object_get(v, "first"));
		struct traffic_log *log = &t->log[i];

		*log = (struct traffic_log){
		    .inode = (uint64_t)json_integer_value(
			json_object_get(v, "inode")),
		    .offset = json_integer_value(json_object_get(v, "offset")),
		    .is_done = json_is_true(json_object_get(v, "done")),
		};
		if (first == NULL || strlen(first) >= sizeof(log->first) ||
		    log->offset < 0)
			return false;
		memcpy(log->first, first, strlen(first));
		t->n_logs++;
	}
	return true;
}

static bool
read_site(struct traffic *t, const char *id, json_t *days)
{
	struct traffic_site *s = id_valid(id) ? traffic_site(t, id) : NULL;
	const char *date;
	json_t *pair;

	if (s == NULL || !json_is_object(days))
		return false;
	json_object_foreach(days, date, pair)
	{
		struct traffic_day *d;
		int64_t day;

		if (!day_of(date, &day) || json_array_size(pair) != 2)
			return false;
		d = traffic_day(t, s, day);
		if (d == NULL)
			continue;
		d->sent = json_integer_value(json_array_get(pair, 0));
		d->told = json_integer_value(json_array_get(pair, 1));
	}
	return true;
}

static bool
read_all(struct traffic *t, json_t *v)
{
	json_t *sites = json_object_get(v, "sites"), *days;
	const char *id;

	if (!day_of(
		json_string_value(json_object_get(v, "since")), &t->since) ||
	    !read_logs(t, json_object_get(v, "logs")) || !json_is_object(sites))
		return false;
	json_object_foreach(sites, id, days)
	{
		if (!read_site(t, id, days))
			return false;
	}
	return true;
}

enum err
traffic_load(struct arena *a, const struct node *node, struct traffic *out)
{
	struct traffic t = {.arena = a, .node = node};
	struct problems problems;
	const char *text = NULL;
	json_t *v = NULL;
	size_t len = 0;
	bool good;
	enum err e =
	    beneath_read(a, node->root_fd, STATE, STATE_MAX, &text, &len);

	if (e != OK && e != E_NOTFOUND)
		return e;
	problems_init(&problems, a);
	good = e == OK && json_parse(text, len, &problems, &v) == OK &&
	       read_all(&t, v);
	json_decref(v);
	if (!good) {
		traffic_fini(&t);
		t = (struct traffic){
		    .arena = a, .node = node, .since = traffic_today()};
		if (e == OK)
			log_event(
			    LOG_ERROR, "traffic_damaged", LOG_S("path", STATE));
	}
	*out = t;
	return OK;
}
