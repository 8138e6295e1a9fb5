/* kb_api.c - the knowledge base for programs: search, and what customers read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "knowledge/kb_api.h"

#include <stdio.h>

#include "announce/public_pages.h"
#include "base/address.h"
#include "base/log.h"
#include "base/text.h"
#include "face/list_api.h"
#include "identity/login_limits_api.h"
#include "knowledge/kb_miss.h"
#include "knowledge/kb_nouns.h"

enum {
	SEARCHES = 60, /* of one address in a minute */
	MISSES = 20,   /* that are noted */
	WINDOW_S = 60
};

/* ---- one search ---- */

static bool
may_try(struct request *rq, const char *what, int n, int *wait_s)
{
	char address[ADDRESS_KEY_LEN], key[80];

	if (client_is_exempt(rq))
		return true;
	address_key(rq->client, address);
	snprintf(key, sizeof(key), "%s:%s", what, address);
	return rate_allow(key, n, WINDOW_S, wait_s);
}

enum err
kb_read_q(struct request *rq, const char **out)
{
	static const char *const known[] = {"q"};
	const char *q = query_text(rq, "q");
	int wait_s = 0;
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	*out = q ? str_trim(rq->arena, q) : "";
	if (!*out)
		return E_BUSY;
	if (utf8_len(*out) > KB_Q_MAX) {
		problem_add(&rq->problems, "q", "too_long",
		    "A search has at most %d characters.", (int)KB_Q_MAX);
		return E_INPUT;
	}
	if (!**out || may_try(rq, "kb-search", SEARCHES, &wait_s))
		return OK;
	login_tell_wait(rq, wait_s);
	return E_LIMIT;
}

static enum err
write_miss(struct tx *tx, void *arg)
{
	return kb_miss_note(tx, arg);
}

/* The answer does not wait for it, and is not worse without. */
static void
note_miss(struct request *rq)
{
	const char *q = query_text(rq, "q");
	const char *words = q ? kb_miss_words(rq->arena, q) : "";
	struct tx tx;
	int ignored;
	enum err e;

	if (!words[0] || !may_try(rq, "kb-miss", MISSES, &ignored))
		return;
	request_tx(rq, &tx);
	e = tx_run(rq->db, TX_WRITE, &tx, write_miss, (void *)(uintptr_t)words);
	if (e != OK)
		log_event(LOG_WARN, "kb_miss_failed",
		    LOG_S("error", err_info(e)->code));
}

enum err
kb_look(struct request *rq, const char *q, struct kb_hits *out)
{
	enum err e = kb_search(rq->tx, q, out);

	if (e == OK && q[0] && (out->n == 0 || out->is_near))
		reply_after(rq, note_miss);
	return e;
}

/* ---- answers ---- */

static void
write_hit(struct request *rq, struct json_out *w, const struct kb_hit *h)
{
	json_open(w, NULL, '{');
	json_str(w, "id", h->id.s);
	json_str(w, "title", h->title);
	json_str(w, "slug", h->slug);
	json_str(w, "url", arena_printf(rq->arena, KB_PATH "/%s", h->slug));
	json_str(w, "category", h->category);
	json_str(w, "language", h->language);
	json_time(w, "publishedAt", h->published_at);
	json_open(w, "excerpt", '[');
	for (size_t i = 0; i < h->excerpt.n; i++) {
		json_open(w, NULL, '{');
		json_str(w, "text", h->excerpt.run[i].text);
		json_bool(w, "hit", h->excerpt.run[i].is_hit);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_close(w, '}');
}

static enum err
get_search(struct request *rq)
{
	struct kb_hits *h = ARENA_NEW(rq->arena, struct kb_hits);
	struct json_out *w;
	const char *q;
	enum err e = h ? kb_read_q(rq, &q) : E_BUSY;

	if (e == OK && !q[0]) {
		problem_add(&rq->problems, "q", "required",
		    "Say what you are looking for.");
		e = E_INPUT;
	}
	if (e == OK)
		e = kb_look(rq, q, h);
	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_str(w, "q", q);
	json_bool(w, "near", h->is_near);
	json_bool(w, "more", h->more);
	json_open(w, "items", '[');
	for (size_t i = 0; i < h->n; i++)
		write_hit(rq, w, &h->hit[i]);
	json_close(w, ']');
	json_close(w, '}');
	return OK;
}

static enum err
list_articles(struct request *rq)
{
	return list_api(rq, &kb_public_noun, NULL, NULL);
}

static enum err
get_article(struct request *rq)
{
	return detail_api(rq, &kb_public_noun);
}

static enum err
list_shelves(struct request *rq)
{
	return list_api(rq, &kb_shelves_noun, NULL, NULL);
}

/* clang-format off */
#define CLIENT(path, handler, name) \
	{GET, "/api/client/kb" path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, BODY_NONE, 0, handler, name}

const struct route kb_api_routes[] = {
	{GET, "/api/support/kb/search", POOL_UI, AUTH_TENANT, PERM__UNSET,
		BODY_NONE, 0, get_search, "kb.search"},
	CLIENT("",		list_articles,	"client.kb"),
	CLIENT("/categories",	list_shelves,	"client.kb.categories"),
	CLIENT("/search",	get_search,	"client.kb.search"),
	CLIENT("/:id",		get_article,	"client.kb.article"),
	{0}
};
/* clang-format on */
