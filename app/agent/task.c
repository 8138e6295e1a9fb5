/* task.c - a claimed task: from the panel's JSON to a request frame.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/task.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

#define ALIASES_MAX 16

/* A member of the payload that becomes a field of the frame. */
struct member {
	const char *name;
	enum frame_tag tag;
	enum { MEMBER_TEXT, MEMBER_BOOL, MEMBER_INT } type;
	size_t max;
};

/* clang-format off */
static const struct member members[] = {
	{"domain",	  TAG_DOMAIN,	      MEMBER_TEXT, 253},
	{"siteId",	  TAG_SITE_ID,	      MEMBER_TEXT, 36},
	{"systemUser",	  TAG_SYSTEM_USER,    MEMBER_TEXT, 32},
	{"plan",	  TAG_PLAN,	      MEMBER_TEXT, 64},
	{"phpVersion",	  TAG_PHP_VERSION,    MEMBER_TEXT, 8},
	{"php",		  TAG_PHP,	      MEMBER_BOOL, 0},
	{"retentionDays", TAG_RETENTION_DAYS, MEMBER_INT,  3650},
	{"archive",	  TAG_ARCHIVE,	      MEMBER_TEXT, 64},
	{"sha256",	  TAG_SHA256,	      MEMBER_TEXT, 64},
	{"restoreId",	  TAG_RESTORE_ID,     MEMBER_TEXT, 36},
};
/* clang-format on */

static bool
add_text(const struct json_in *in, const struct member *m, struct frame *f)
{
	const char *text = NULL;

	if (!json_in_text(in, m->name, JSON_OPTIONAL, m->max, &text))
		return false;
	/* A frame counts bytes, JSON characters. */
	if (text != NULL && strlen(text) > m->max) {
		problem_add(in->problems, m->name, "too_long",
		    "At most %zu bytes.", m->max);
		return false;
	}
	if (text != NULL && *text != '\0')
		frame_text(f, m->tag, text);
	return true;
}

static bool
add_bool(const struct json_in *in, const struct member *m, struct frame *f)
{
	bool yes = false;

	if (!json_in_bool(in, m->name, JSON_OPTIONAL, &yes))
		return false;
	if (yes)
		frame_num(f, m->tag, 1);
	return true;
}

static bool
add_int(const struct json_in *in, const struct member *m, struct frame *f)
{
	int64_t n = 0;

	if (!json_in_int(in, m->name, JSON_OPTIONAL, 1, (int64_t)m->max, &n))
		return false;
	if (n > 0)
		frame_num(f, m->tag, n);
	return true;
}

static bool
add_aliases(const struct json_in *in, struct frame *f)
{
	const json_t *list = NULL;

	if (!json_in_array(in, "aliases", JSON_OPTIONAL, 0, ALIASES_MAX, &list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name == NULL || !domain_valid(name)) {
			problem_add(in->problems, "aliases", "bad_format",
			    "An alias is a host name.");
			return false;
		}
		name = arena_strdup(in->arena, name);
		if (name == NULL)
			return false;
		frame_text(f, TAG_ALIAS, name);
	}
	return true;
}

/* The members that the verb knows; the panel sends the same payload to all
 * verbs, so others are left out, not refused. */
static bool
read_payload(const struct json_in *in, struct frame *f)
{
	const struct verb_info *info = &verb_infos[f->verb];
	uint32_t wanted = info->needs | info->takes;
	bool good = true;

	for (size_t i = 0; i < N_ELEMS(members); i++) {
		const struct member *m = &members[i];

		if ((wanted >> m->tag & 1) == 0)
			continue;
		if (m->type == MEMBER_TEXT)
			good &= add_text(in, m, f);
		else if (m->type == MEMBER_BOOL)
			good &= add_bool(in, m, f);
		else
			good &= add_int(in, m, f);
	}
	if ((wanted >> TAG_ALIAS & 1) != 0)
		good &= add_aliases(in, f);
	for (size_t i = 0; good && i < N_ELEMS(members); i++) {
		if ((info->needs & ~frame_tags(f)) >> members[i].tag & 1) {
			problem_add(in->problems, "payload", "required",
			    "The payload lacks its %s.", members[i].name);
			good = false;
		}
	}
	return good;
}

static bool
read_lease(const struct json_in *in, struct task *task)
{
	const char *id = "", *token = "";

	if (!json_in_text(in, "id", JSON_REQUIRED, 36, &id) ||
	    !json_in_text(
		in, "leaseToken", JSON_REQUIRED, LEASE_TOKEN_MAX, &token) ||
	    !json_in_int(in, "leaseSeconds", JSON_OPTIONAL, 1, 86400,
		&task->lease_seconds) ||
	    !id_valid(id) || strlen(token) > LEASE_TOKEN_MAX)
		return false;
	snprintf(task->id, sizeof(task->id), "%s", id);
	snprintf(task->lease_token, sizeof(task->lease_token), "%s", token);
	return true;
}

static void
put_problems(struct buf *why, const struct problems *p)
{
	buf_puts(why, "the task's payload is wrong:");
	for (size_t i = 0; i < problems_kept(p); i++)
		buf_printf(
		    why, " %s: %s", p->item[i].field, p->item[i].message);
}

enum err
task_read(struct arena *a, const json_t *v, struct task *out, struct buf *why)
{
	struct task task = {.request = {.kind = FRAME_REQUEST}};
	const char *type = "", *step = "";
	const json_t *payload = NULL;
	struct problems problems;
	struct json_in in = {v, "", &problems, a};

	problems_init(&problems, a);
	if (!json_is_object(v) || !read_lease(&in, &task)) {
		log_event(LOG_ERROR, "task_unreadable",
		    LOG_S(
			"why", problems.n > 0 ? problems.item[0].field : "id"));
		return E_INPUT;
	}
	*out = task;
	if (!json_in_text(&in, "type", JSON_REQUIRED, 64, &type) ||
	    !json_in_text(&in, "step", JSON_REQUIRED, 64, &step) ||
	    !json_in_object(&in, "payload", JSON_REQUIRED, &payload)) {
		put_problems(why, &problems);
		return E_DENIED;
	}
	if (!verb_find(type, step, &out->request.verb)) {
		buf_printf(
		    why, "this agent does not know the task %s/%s", type, step);
		return E_DENIED;
	}
	in.obj = payload;
	in.path = "payload";
	if (!read_payload(&in, &out->request)) {
		put_problems(why, &problems);
		return E_DENIED;
	}
	return OK;
}
