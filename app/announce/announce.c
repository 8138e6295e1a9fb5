/* announce.c - announcements: how they are kept and published.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "announce/announce.h"

#include <string.h>

#include "announce/announce_nouns.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/markdown.h"
#include "base/text.h"
#include "tenancy/brand.h"

/* ---- the servers that it is about ---- */

typedef enum err each_server(
    struct tx *tx, const char *name, const struct id *server, void *arg);

static enum err
find_server(struct tx *tx, const char *name, struct id *out)
{
	const char *id;
	enum err e = db_text(tx, &id,
	    "SELECT id FROM servers WHERE tenant_id = $1 AND name = $2 "
	    "AND deleted_at IS NULL",
	    DB_ID(&tx->tenant), DB_TEXT(name));

	*out = id_of_any(e == OK ? id : NULL);
	return e;
}

/* Of a JSON list of names; an unset id: there is no such one. */
static enum err
each_name(struct tx *tx, const char *list, each_server *fn, void *arg)
{
	json_t *names = json_loads(list, 0, NULL);
	enum err e = OK;

	for (size_t i = 0; e == OK && i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		struct id id;

		if (!name)
			continue;
		e = find_server(tx, name, &id);
		if (e == OK)
			e = fn(tx, name, &id, arg);
	}
	json_decref(names);
	return e;
}

static enum err
check_server(
    struct tx *tx, const char *name, const struct id *server, void *arg)
{
	(void)arg;
	if (!id_is_set(server))
		problem_add(tx->problems, "servers", "not_found",
		    "There is no server with the name '%s'.", name);
	return OK;
}

static enum err
add_server(struct tx *tx, const char *name, const struct id *server, void *arg)
{
	const struct id *announcement = arg;

	(void)name;
	if (!id_is_set(server))
		return OK;
	return db_later(tx,
	    "INSERT INTO announcement_servers (tenant_id, announcement_id, "
	    "server_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) "
	    "ON CONFLICT (tenant_id, announcement_id, server_id) DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(announcement), DB_ID(server),
	    DB_INT(tx->now));
}

/* ---- hooks ---- */

enum err
announce_defaults(struct tx *tx, struct values *v)
{
	if (tx->actor->kind == ACTOR_USER)
		values_set(v, "authorId", DB_ID(&tx->actor->id));
	values_set(v, "author", DB_TEXT(tx->actor->name));
	return OK;
}

static int64_t
time_of(const struct values *v, const char *api)
{
	struct db_val val;

	return values_will(v, api, &val) && val.type == DB_T_INT ? val.num : 0;
}

/* What is given now; NULL: it stays as it is. */
static const char *
given(const struct values *v, const char *api)
{
	int i = noun_field(v->noun, api);

	return values_has(v, (size_t)i) && v->val[i].type == DB_T_TEXT
		   ? v->val[i].text
		   : NULL;
}

enum err
announce_check(struct tx *tx, const struct values *v)
{
	int64_t starts, ends;
	const char *text;

	if (v->op == NOUN_REMOVE)
		return OK;
	starts = time_of(v, "startsAt");
	ends = time_of(v, "endsAt");
	if (ends && ends <= starts)
		problem_add(tx->problems, "endsAt", "out_of_range",
		    "It ends after it begins.");
	if ((text = given(v, "body")) != NULL)
		markdown_check(tx->problems, "body", text);
	text = given(v, "servers");
	return text ? each_name(tx, text, check_server, NULL) : OK;
}

/* The text as HTML, and which servers the names are. */
enum err
announce_follow(struct tx *tx, const struct id *id, enum noun_op op)
{
	const char *body, *servers;
	const struct markup *html;
	struct id announcement = *id;
	struct rows r;
	enum err e;

	if (op == NOUN_REMOVE)
		return OK;
	e = db_one(tx, &r,
	    "SELECT body, servers FROM announcements "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));
	if (e != OK)
		return e;
	body = row_strdup(&r, 0);
	servers = row_strdup(&r, 1);
	if ((e = rows_done(&r)) != OK)
		return e;
	html = markdown_html(tx->arena, body, ANNOUNCE_ABOVE);
	if (!html)
		return tx_fail(tx, E_BUSY);
	/* readers of the feed hear of a change of what is published */
	e = db_exec(tx,
	    "UPDATE announcements SET html = $3, news_at = CASE "
	    "WHEN status = 'draft' THEN news_at ELSE $4 END "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(markup_html(html)),
	    DB_INT(tx->now));
	if (e == OK)
		e = db_exec(tx,
		    "DELETE FROM announcement_servers "
		    "WHERE tenant_id = $1 AND announcement_id = $2",
		    DB_ID(&tx->tenant), DB_ID(id));
	return e == OK ? each_name(tx, servers, add_server, &announcement) : e;
}

/* ---- publish ---- */

/* RFC 4151: whose name it is on that day, and what it is about.  It is kept,
 * because names of hosts change, and readers would see all entries anew. */
static enum err
tag_of(struct tx *tx, const struct id *id, const struct settings *machine,
    const char **out)
{
	const char *url, *host;
	struct brand b;
	char day[11];
	enum err e = brand_get(tx, &b);

	if (e != OK)
		return e;
	url = brand_url(tx->arena, &b, machine);
	host = url ? strstr(url, "://") : NULL;
	date_iso(tx->now, day);
	if (host)
		host =
		    arena_strndup(tx->arena, host + 3, strcspn(host + 3, ":/"));
	else /* nobody said: a name that is nobody's (RFC 2606) */
		host = arena_printf(tx->arena, "%s.invalid", b.slug);
	*out = arena_printf(
	    tx->arena, "tag:%s,%s:status/%s", host ? host : "", day, id->s);
	return *out && host ? OK : E_BUSY;
}

/* Held until the transaction ends; in the state that it has to be in. */
static enum err
hold(
    struct tx *tx, const struct id *id, const char *status, const char *refusal)
{
	const char *is;
	enum err e = db_text(tx, &is,
	    "SELECT status FROM announcements WHERE tenant_id = $1 AND id = $2 "
	    "AND deleted_at IS NULL " SQL_FOR_UPDATE,
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e == OK && !is)
		return E_NOTFOUND;
	if (e == OK && !str_eq(is, status)) {
		problem_add(tx->problems, "", "conflict", "%s", refusal);
		return E_CONFLICT;
	}
	return e;
}

enum err
announce_publish(
    struct tx *tx, const struct id *id, const struct settings *machine)
{
	const char *tag;
	enum err e = hold(tx, id, "draft", "It is published already.");

	if (e == OK)
		e = tag_of(tx, id, machine, &tag);
	if (e == OK)
		e = db_exec(tx,
		    "UPDATE announcements SET status = 'open', tag = $3, "
		    "published_at = $4, news_at = $4, "
		    "starts_at = COALESCE(starts_at, $4), "
		    "version = version + 1, updated_at = $4 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(tag),
		    DB_INT(tx->now));
	return e == OK ? noun_note(tx, &announcements_noun, "publish", id, NULL)
		       : e;
}

/* ---- updates ---- */

static enum err
add_entry(
    struct tx *tx, const struct id *id, const char *state, const char *text)
{
	struct id entry = id_new(clock_now_ms());
	size_t before = tx->problems->n;
	const struct markup *html;
	const struct id *author =
	    tx->actor->kind == ACTOR_USER ? &tx->actor->id : NULL;

	markdown_check(tx->problems, "text", text);
	if (tx->problems->n > before)
		return E_INPUT;
	html = markdown_html(tx->arena, text, ANNOUNCE_ABOVE);
	if (!html)
		return tx_fail(tx, E_BUSY);
	return db_exec(tx,
	    "INSERT INTO announcement_updates (tenant_id, id, announcement_id, "
	    "state, author_id, author_name, created_at, updated_at, body, html) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)",
	    DB_ID(&tx->tenant), DB_ID(&entry), DB_ID(id), DB_TEXT(state),
	    DB_ID(author), DB_TEXT(tx->actor->name), DB_INT(tx->now),
	    DB_TEXT(text), DB_TEXT(markup_html(html)));
}

static enum err
note(struct tx *tx, const struct id *id, const char *verb, const char *state)
{
	enum err e = db_exec(tx,
	    "UPDATE announcements SET news_at = $3, version = version + 1, "
	    "updated_at = $3 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
	const char *detail =
	    arena_printf(tx->arena, "{\"state\":\"%s\"}", state);

	if (!detail)
		return tx_fail(tx, E_BUSY);
	return e == OK ? noun_note(tx, &announcements_noun, verb, id, detail)
		       : e;
}

enum err
announce_update(
    struct tx *tx, const struct id *id, const char *state, const char *text)
{
	enum err e = hold(tx, id, "open", "It is not open.");

	if (e == OK)
		e = add_entry(tx, id, state, text);
	return e == OK ? note(tx, id, "update", state) : e;
}

enum err
announce_resolve(struct tx *tx, const struct id *id, const char *text)
{
	enum err e = hold(tx, id, "open", "It is not open.");

	if (e == OK && text[0])
		e = add_entry(tx, id, "resolved", text);
	if (e == OK)
		e = db_exec(tx,
		    "UPDATE announcements SET status = 'resolved', "
		    "resolved_at = $3 WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));
	return e == OK ? note(tx, id, "resolve", "resolved") : e;
}
