/* openapi_api.c - GET /api/openapi.json: what can be called, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The tables never change while a process runs.  So the document is made once,
 * and once more for each set of rights that asks for what it may.
 */
#include "config.h"
#include "main/openapi_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "main/wiring.h"

enum { KEPT_MAX = 8, ETAG_MAX = TOKEN_HASH_LEN + 2 };

/* All that route_is_open() looks at. */
struct rights {
	enum actor_kind kind;
	struct perm_set perms;
	bool must_enrol, is_behind, is_all;
};

static struct document {
	struct rights of;
	char *text; /* NULL: free */
	char etag[ETAG_MAX];
} kept[KEPT_MAX];
static size_t next_place;

static struct rights
rights_of(const struct actor *who)
{
	struct rights r;

	memset(&r, 0, sizeof(r)); /* compared as bytes */
	r.is_all = who == NULL;
	if (who == NULL)
		return r;
	r.kind = who->kind;
	r.perms = who->perms;
	r.must_enrol = who->must_enrol;
	r.is_behind = id_is_set(&who->behind);
	return r;
}

static const struct document *
find(const struct rights *r)
{
	for (size_t i = 0; i < KEPT_MAX; i++)
		if (kept[i].text && memcmp(&kept[i].of, r, sizeof(*r)) == 0)
			return &kept[i];
	return NULL;
}

static char *
write_document(struct arena *a, const struct actor *who)
{
	const struct api_tables tables = wiring_api();
	const struct api_call *calls;
	struct json_out w;
	struct buf b;
	size_t n;
	char *text = NULL;

	calls = api_calls(a, &tables, who, &n);
	if (calls == NULL)
		return NULL;
	buf_init(&b, 0);
	json_out_init(&w, &b);
	openapi_write(&w, a, calls, n);
	if (!buf_failed(&b) && !arena_failed(a))
		text = strdup(buf_str(&b));
	buf_fini(&b);
	return text;
}

static const struct document *
make(struct arena *a, const struct rights *r, const struct actor *who)
{
	struct document *d = &kept[next_place];
	char hash[TOKEN_HASH_LEN], *text = write_document(a, who);

	if (text == NULL)
		return NULL;
	free(d->text);
	d->text = text;
	d->of = *r;
	content_hash(text, strlen(text), hash);
	snprintf(d->etag, sizeof(d->etag), "\"%s\"", hash);
	next_place = (next_place + 1) % KEPT_MAX;
	return d;
}

static enum err
read_mine(struct request *rq, bool *mine_out)
{
	static const char *const known[] = {"mine"};
	const char *said = query_text(rq, "mine");
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	if (said && !str_eq(said, "1")) {
		problem_add(&rq->problems, "mine", "not_in_list",
		    "This is 1 or left out.");
		return E_INPUT;
	}
	*mine_out = said != NULL;
	return OK;
}

static enum err
get_document(struct request *rq)
{
	const char *known = header_text(rq, "If-None-Match");
	const struct document *d;
	const struct actor *who;
	struct rights r;
	bool mine;
	enum err e = read_mine(rq, &mine);

	if (e != OK)
		return e;
	if (mine && rq->actor.kind == ACTOR_ANYONE) {
		reply_problem(rq, 401, NULL, NULL);
		return OK;
	}
	who = mine ? &rq->actor : NULL;
	r = rights_of(who);
	d = find(&r);
	if (d == NULL)
		d = make(rq->arena, &r, who);
	if (d == NULL)
		return E_BUSY;
	if (known && strstr(known, d->etag))
		reply_text(rq, 304, NULL, "");
	else
		reply_json_text(rq, 200, d->text);
	reply_header(rq, "ETag", d->etag);
	reply_header(rq, "Vary", "Authorization, Cookie");
	if (!mine)
		reply_header(rq, "Cache-Control", "public, no-cache");
	return OK;
}

/* clang-format off */
const struct route openapi_routes[] = {
	{ GET, "/api/openapi.json", POOL_UI, AUTH_TENANT, PERM_SIGNED_IN, BODY_NONE,
	  0, get_document, "openapi" },
	{ 0 },
};
/* clang-format on */
