/* usage.c - what sites use that the panel has not heard of yet.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* {"siteId":"<36>","day":"<10>": what rows are sorted by, as measure.c writes
 * it. */
#define KEY_BYTES (sizeof(KEY_BEGIN) - 1 + 36 + sizeof(KEY_DAY) - 1 + 10)
#define KEY_BEGIN "{\"siteId\":\""
#define KEY_DAY	  "\",\"day\":\""

static bool
is_row(struct arena *a, const char *json)
{
	size_t len = strlen(json), day = strlen(KEY_BEGIN) + 36;
	struct problems problems;
	json_t *v = NULL;
	bool good;

	if (len <= KEY_BYTES ||
	    strncmp(json, KEY_BEGIN, strlen(KEY_BEGIN)) != 0 ||
	    strncmp(json + day, KEY_DAY, strlen(KEY_DAY)) != 0)
		return false;
	problems_init(&problems, a);
	good = json_parse(json, len, &problems, &v) == OK && json_is_object(v);
	json_decref(v);
	return good;
}

/* Where the row of that key is, or would be. */
static size_t
place_of(const struct usage *u, const char *json, bool *found)
{
	size_t low = 0, high = u->n;

	*found = false;
	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = memcmp(u->text[mid], json, KEY_BYTES);

		if (order == 0) {
			*found = true;
			return mid;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
make_room(struct usage *u)
{
	size_t max = u->max ? u->max * 2 : 64;
	char **more;

	if (u->n < u->max)
		return true;
	if (u->n >= USAGE_MAX)
		return false;
	more = reallocarray(u->text, max, sizeof(*more));
	if (more == NULL)
		return false;
	u->text = more;
	u->max = max;
	return true;
}

void
usage_add(struct usage *u, struct arena *a, const char *json)
{
	char *copy;
	bool found;
	size_t at;

	if (!is_row(a, json)) {
		log_event(LOG_ERROR, "usage_odd", LOG_S("row", json));
		return;
	}
	at = place_of(u, json, &found);
	copy = found || make_room(u) ? strdup(json) : NULL;
	if (copy == NULL) {
		u->is_short = true;
		return;
	}
	if (found) {
		free(u->text[at]);
	} else {
		memmove(&u->text[at + 1], &u->text[at],
		    (u->n - at) * sizeof(*u->text));
		u->n++;
	}
	u->text[at] = copy;
}

size_t
usage_write(const struct usage *u, struct json_out *w, const char *name)
{
	size_t n = u->n < USAGE_PER_CALL ? u->n : USAGE_PER_CALL;

	json_open(w, name, '[');
	for (size_t i = 0; i < n; i++)
		json_raw(w, NULL, u->text[i]);
	json_close(w, ']');
	return n;
}

void
usage_drop(struct usage *u, size_t n)
{
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		free(u->text[i]);
	memmove(u->text, u->text + n, (u->n - n) * sizeof(*u->text));
	u->n -= n;
}

void
usage_fini(struct usage *u)
{
	usage_drop(u, u->n);
	free(u->text);
	*u = (struct usage){.text = NULL};
}
