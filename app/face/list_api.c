/* list_api.c - a described noun as JSON: its list and one of it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "face/list_api.h"

static enum err
read_params(struct request *rq, struct list *l)
{
	bool good = true;

	rq->query_read = true;
	for (size_t i = 0; i < rq->n_query; i++)
		good &= list_param(l, rq->arena, &rq->problems,
		    rq->query[i].name, rq->query[i].value);
	return good ? OK : E_INPUT;
}

/* What follows the items. */
struct rest {
	int64_t total;
	const char *next; /* cursor of the next page */
};

/* Streams the rows into the reply. */
static enum err
write_items(struct request *rq, const struct list *l, struct json_out *w,
    struct rest *out)
{
	const char *cursor = NULL;
	struct rows r;
	int n = 0;
	enum err e = list_run(rq->tx, l, &r);

	if (e != OK)
		return e;
	json_open(w, "items", '[');
	while (rows_next(&r)) {
		if (n == 0)
			out->total = list_total(&r, l);
		if (n++ == l->limit) {
			out->next = cursor;
			break;
		}
		json_open(w, NULL, '{');
		noun_json(l->noun, &r, false, w);
		json_close(w, '}');
		if (n == l->limit)
			cursor = list_cursor(&r, l->backwards);
	}
	json_close(w, ']');
	e = rows_done(&r);
	if (e == OK && n == 0)
		e = list_count(rq->tx, l, &out->total);
	return e;
}

static enum err
reply_list(struct request *rq, const struct list *l)
{
	struct rest rest = {.next = NULL};
	struct json_out *w = reply_json(rq, 200);
	int64_t total;
	enum err e;

	json_open(w, NULL, '{');
	if ((e = write_items(rq, l, w, &rest)) != OK)
		return e;
	total = rest.total;
	json_int(w, "total", total > LIST_COUNT_MAX ? LIST_COUNT_MAX : total);
	if (total > LIST_COUNT_MAX)
		json_bool(w, "totalIsLowerBound", true);
	json_str_or_null(w, "nextCursor", rest.next);
	json_close(w, '}');
	return OK;
}

enum err
list_api(struct request *rq, const struct noun *n, const char *only_field,
    const char *only_value)
{
	struct list l;
	enum err e;

	list_init(&l, n);
	l.counts = true;
	if ((e = read_params(rq, &l)) != OK)
		return e;
	if (only_field)
		list_only(&l, only_field, only_value);
	return reply_list(rq, &l);
}

enum err
list_api_of(struct request *rq, struct list *l)
{
	enum err e = read_params(rq, l);

	l->counts = true;
	return e == OK ? reply_list(rq, l) : e;
}

enum err
sublist_api(struct request *rq, const struct noun *of, const struct noun *n,
    const char *field)
{
	struct rows r;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = noun_get(rq->tx, of, &id, &r);
	if (e == OK)
		e = rows_done(&r);
	return e == OK ? list_api(rq, n, field, arena_strdup(rq->arena, id.s))
		       : e;
}

struct json_out *
reply_items(struct request *rq, int status)
{
	struct json_out *w = reply_json(rq, status);

	json_open(w, NULL, '{');
	json_open(w, "items", '[');
	return w;
}

void
reply_items_end(struct json_out *w, size_t n)
{
	json_close(w, ']');
	json_int(w, "total", (int64_t)n);
	json_str_or_null(w, "nextCursor", NULL);
	json_close(w, '}');
}

static enum err
reply_row(
    struct request *rq, int status, const struct noun *n, const struct id *id)
{
	struct json_out *w;
	struct rows r;
	enum err e = noun_get(rq->tx, n, id, &r);

	if (e != OK)
		return e;
	w = reply_json(rq, status);
	json_open(w, NULL, '{');
	noun_json(n, &r, true, w);
	e = rows_done(&r);
	if (e == OK && n->more)
		e = n->more(rq->tx, id, w);
	json_close(w, '}');
	return e;
}

enum err
noun_reply(struct request *rq, const struct noun *n, const struct id *id)
{
	return reply_row(rq, 200, n, id);
}

enum err
noun_reply_made(struct request *rq, const struct noun *n, const struct id *id)
{
	return reply_row(rq, 201, n, id);
}

enum err
detail_api(struct request *rq, const struct noun *n)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? noun_reply(rq, n, &id) : e;
}
