/* descriptions.c - is the database what each noun's description says?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/descriptions.h"

#include <stdio.h>

#include "face/noun_routes.h"
#include "main/wiring.h"
#include "resource/describe.h"

/* Statements are planned for a tenant, and none of its rows is read. */
#define NOBODY "00000000-0000-7000-8000-000000000000"

struct look {
	struct app *app;
	struct json_out *out;
	struct schema schema;
	struct tx tx;
	int64_t differing;
};

static void
print_text(const struct shown_noun *s, const struct problems *p)
{
	printf("%s\t-\t%s.%s\t%zu checked\t"
	       "the database is what the description says\n",
	    p->n == 0 ? "ok" : "FAILED", s->by, s->noun->name,
	    s->noun->n_fields);
	for (size_t i = 0; i < problems_kept(p); i++)
		printf("\t%s\t%s: %s\n", p->item[i].field, p->item[i].code,
		    p->item[i].message);
}

static void
print_json(
    struct json_out *w, const struct shown_noun *s, const struct problems *p)
{
	json_open(w, NULL, '{');
	json_str(w, "noun", s->noun->name);
	json_str(w, "shownBy", s->by);
	json_bool(w, "ok", p->n == 0);
	json_int(w, "checked", (int64_t)s->noun->n_fields);
	json_open(w, "bad", '[');
	for (size_t i = 0; i < problems_kept(p); i++) {
		json_open(w, NULL, '{');
		json_str(w, "field", p->item[i].field);
		json_str(w, "code", p->item[i].code);
		json_str(w, "why", p->item[i].message);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_close(w, '}');
}

/* A statement that was refused has failed the transaction. */
static enum err
begin(struct look *l)
{
	struct app *app = l->app;

	problems_init(&app->problems, app->arena);
	if (l->tx.open && l->tx.err == OK)
		return OK;
	tx_rollback(&l->tx);
	tx_init(&l->tx, app->arena, &app->problems, &app->actor, NOBODY);
	return tx_begin(app->db, TX_READ, &l->tx);
}

static enum err
check_one(struct look *l, const struct shown_noun *s)
{
	const struct problems *p = &l->app->problems;
	enum err e = begin(l);

	if (e == OK)
		e = describe_check(&l->tx, &l->schema, s->noun);
	if (e != OK && p->n == 0)
		return e;
	l->differing += p->n > 0;
	if (l->out)
		print_json(l->out, s, p);
	else
		print_text(s, p);
	return OK;
}

enum err
descriptions_check(struct app *app, struct json_out *w, int64_t *differing_out)
{
	struct look l = {.app = app, .out = w};
	enum err e = begin(&l);

	if (e == OK)
		e = schema_read(&l.tx, &l.schema);
	for (size_t i = 0; e == OK && nouns[i]; i++)
		e = check_one(&l, &(struct shown_noun){nouns[i], "noun"});
	for (size_t i = 0; e == OK && shown_nouns[i].noun; i++)
		e = check_one(&l, &shown_nouns[i]);
	tx_rollback(&l.tx);
	problems_init(&app->problems, app->arena);
	*differing_out = l.differing;
	return e;
}
