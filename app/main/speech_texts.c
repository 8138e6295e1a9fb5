/* speech_texts.c - each text that pages may show, for those who translate.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/speech.h"

#include "billing/customer_mail.h"
#include "face/noun_routes.h"
#include "face/show.h"
#include "identity/approval.h"
#include "identity/audit_pages.h"
#include "main/clockwork.h"
#include "main/menu.h"
#include "main/search.h"
#include "main/soon.h"
#include "main/wiring.h"
#include "orders/order.h"
#include "portal/export.h"
#include "provisioning/task.h"
#include "tenancy/tenant_settings.h"
#include "web/web.h"

struct listener {
	speech_text_fn *fn;
	void *arg;
};

static void
tell(const struct listener *to, const char *text)
{
	if (text && text[0])
		to->fn(to->arg, text);
}

/* ---- templates ---- */

static const char *
hear(void *arg, const char *english)
{
	tell(arg, english);
	return NULL;
}

static enum err
tell_templates(
    const struct listener *to, const char *dir, struct buf *complaint)
{
	struct templates *t = NULL;
	enum err e = templates_open(dir, ".mustache", false, &t);

	if (e != OK)
		return e;
	templates_speak(t, hear, (void *)(uintptr_t)to);
	e = templates_load_all(t, complaint);
	templates_close(&t);
	return e;
}

/* ---- tables ---- */

static void
tell_fields(const struct listener *to, const struct noun *n)
{
	for (size_t i = 0; i < n->n_fields; i++) {
		const struct field *f = &n->field[i];

		tell(to, f->label);
		tell(to, f->hint);
		for (const struct choice *c = f->choice; c && c->word; c++)
			tell(to, c->label);
	}
}

static void
tell_noun(const struct listener *to, const struct noun *n)
{
	tell(to, n->one);
	tell(to, n->many);
	tell(to, n->about);
	tell(to, n->empty);
	tell_fields(to, n);
	for (const struct noun_key *k = n->key; k && k->index; k++)
		tell(to, k->message);
}

static void
tell_verb(const struct listener *to, const struct verb *v)
{
	const char *const texts[] = {
	    v->label, v->ask, v->text, v->yes, v->no, v->done, v->all};

	for (size_t i = 0; i < N_ELEMS(texts); i++)
		tell(to, texts[i]);
	if (v->args)
		tell_fields(to, v->args);
}

static void
tell_settings(const struct listener *to)
{
	tell_fields(to, &tenant_settings_noun);
	for (const struct settings_group *g = settings_groups; g->word; g++) {
		tell(to, g->title);
		tell(to, g->about);
	}
}

static void
tell_work(const struct listener *to)
{
	for (const struct clockwork *c = clockworks; c->name; c++)
		tell(to, c->about);
	for (const struct work_kind *k = work_kinds; k->kind; k++)
		tell(to, k->about);
}

enum err
speech_texts(
    const char *dir, speech_text_fn *fn, void *arg, struct buf *complaint)
{
	const struct listener to = {fn, arg};
	enum err e = tell_templates(&to, dir, complaint);

	for (size_t i = 0; nouns[i]; i++)
		tell_noun(&to, nouns[i]);
	for (const struct shown_noun *s = shown_nouns; s->noun; s++)
		tell_noun(&to, s->noun);
	for (size_t t = 0; verb_tables[t]; t++)
		for (const struct verb *v = verb_tables[t]; v->noun; v++)
			tell_verb(&to, v);
	tell_settings(&to);
	tell_work(&to);
	for (size_t i = 0; i < ORDER__MAX; i++)
		tell(&to, order_status_names[i]);
	for (size_t i = 0; i < TASK__MAX; i++)
		tell(&to, task_status_names[i]);
	for (size_t i = 0; i < audit_n_deeds; i++)
		tell(&to, audit_deeds[i].text);
	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++)
		tell(&to, perm_text((enum perm)p));
	for (int k = 0; k < CUSTOMER_MAIL__MAX; k++) {
		tell(&to, customer_mails[k].label);
		tell(&to, customer_mails[k].hint);
	}
	for (const struct exporter *x = exporters; x->name; x++)
		tell(&to, x->about);
	approval_texts(fn, arg);
	menu_texts(fn, arg);
	problem_texts(fn, arg);
	search_texts(fn, arg);
	show_texts(fn, arg);
	soon_texts(fn, arg);
	return e;
}
