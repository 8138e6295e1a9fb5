/* part.h - the shapes that templates/part/ draws, filled by one call each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The lists are those of templates/README.md, "Shared shapes"; every flag that
 * a part looks at is set here, so that pages can't forget one.
 */
#ifndef MPANEL_FACE_PART_H
#define MPANEL_FACE_PART_H

#include <stdbool.h>
#include <stdint.h>
#include "base/problem.h"
#include "web/web.h"

/* Verbs that the actor may not use are left out. */
static inline bool
request_may(const struct request *rq, enum perm p)
{
	return perm_has(&rq->actor.perms, p);
}

/* The way back, above the headline: one more step of head.crumbs. */
struct view *head_crumbs(struct view *head);
void crumb_add(struct view *crumbs, const char *href, const char *label);

/* A button that leads to a page, asks when that page is a question.  icon
 * and class may be NULL. */
void verb_link(struct view *verbs, const char *label, const char *href,
    const char *icon, const char *class);
void verb_ask(struct view *verbs, const char *label, const char *href,
    const char *icon, const char *class);
/* A button that does it at once, with a key of its own. */
void verb_post(struct view *verbs, const char *label, const char *path,
    const char *icon, const char *class);
/* An object {post, key} as lists carry it beside a row. */
void put_post(struct view *row, const char *name, const char *path);

/* Label left, value right.  Empty or NULL text adds nothing. */
void fact_text(struct view *facts, const char *label, const char *text);
void fact_link(
    struct view *facts, const char *label, const char *text, const char *href);
void fact_code(struct view *facts, const char *label, const char *text);
void fact_time(struct view *facts, const char *label, int64_t t, int64_t now);
void fact_mark(struct view *facts, const char *label, const char *text,
    const char *class, const char *icon);

/* class: "on" done, "w" needs eyes, "" neutral; href may be NULL. */
void event_add(struct view *events, const char *class, const char *text,
    const char *href, int64_t t, int64_t now);

/* note and class may be NULL. */
void figure_add(struct view *figures, const char *label, const char *value,
    const char *note, const char *class);

/* The list that tab_add() fills, as `tabs` of the root. */
struct view *put_tabs(struct view *root);
/* count: "" or NULL shows none; hot: it needs a person. */
void tab_add(struct view *tabs, const char *href, const char *label,
    bool current, const char *count, bool hot);

/* A bar of 0..100; what is read aloud begins with `what`. */
void put_meter(
    struct view *obj, const char *name, int percent, const char *what);
struct view *meter_add(struct view *meters, int percent, const char *what);

/* Text in several lines, an item each, so that they stay lines. */
void put_text_lines(struct view *obj, const char *name, const char *text);

/* ---- forms ---- */

struct view *field_text(struct view *fields, const char *name,
    const char *label, const char *value, bool optional);
struct view *field_area(struct view *fields, const char *name,
    const char *label, const char *value, int lines);
/* One box, which sends `value` where it is checked. */
struct view *field_check(struct view *fields, const char *name,
    const char *label, const char *value, bool checked);
/* Its options are added to *options_out. */
struct view *field_select(struct view *fields, const char *name,
    const char *label, struct view **options_out);
void option_add(
    struct view *options, const char *value, const char *label, bool selected);
/* Radio buttons, one of which is checked; added to *choices_out. */
struct view *field_choices(struct view *fields, const char *name,
    const char *label, struct view **choices_out);
void choice_add(
    struct view *choices, const char *value, const char *label, bool checked);
/* Where typing begins: of one field, or of one choice, a page. */
void field_focus(struct view *field);
/* An area at a member of its own. */
struct view *put_area(struct view *obj, const char *member, const char *name,
    const char *label, const char *value, int lines);

/* The summary above a refused form; its items are added with error_add().
 * field may be "" for the form as a whole. */
struct view *put_errors(struct view *root, const char *strong);
void error_add(struct view *errors, const char *field, const char *text);
/* Every problem, none of them bound to a field of the form. */
void put_problems(
    struct view *root, const char *strong, const struct problems *p);

/* ---- questions ---- */

struct ask {
	const char *title;  /* names the thing, ends in ?; say_with() */
	const char *text;   /* what follows, can it be undone */
	const char *action; /* where the form goes */
	const char *yes;    /* verb and object */
	const char *no_href, *no_label;
	bool danger;
};
/* Sets `ask`; the page may add fields to *fields_out (never NULL). */
struct view *put_ask(
    struct view *root, const struct ask *q, struct view **fields_out);
void ask_point(struct view *points, const char *text);

#endif
