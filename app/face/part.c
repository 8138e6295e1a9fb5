/* part.c - the shapes that templates/part/ draws, filled by one call each.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "face/part.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/reader.h"
#include "face/show.h"

/* ---- head ---- */

struct view *
head_crumbs(struct view *head)
{
	return view_list(view_object(head, "crumbs"), "items");
}

void
crumb_add(struct view *crumbs, const char *href, const char *label)
{
	struct view *v = view_item(crumbs);

	view_text(v, "href", href);
	view_text(v, "label", label);
}

static void
put_key(struct view *v)
{
	struct id key = id_new(clock_now_ms());

	view_text(v, "key", key.s);
}

static struct view *
verb(struct view *verbs, const char *label, const char *icon, const char *class)
{
	struct view *v = view_item(verbs);

	view_text(v, "label", say(label));
	view_text(v, "icon", icon ? icon : "");
	view_text(v, "class", class ? class : "");
	return v;
}

void
verb_link(struct view *verbs, const char *label, const char *href,
    const char *icon, const char *class)
{
	struct view *v = verb(verbs, label, icon, class);

	view_text(v, "post", NULL);
	view_text(v, "href", href);
	view_flag(v, "asks", false);
}

void
verb_ask(struct view *verbs, const char *label, const char *href,
    const char *icon, const char *class)
{
	struct view *v = verb(verbs, label, icon, class);

	view_text(v, "post", NULL);
	view_text(v, "href", href);
	view_flag(v, "asks", true);
}

void
verb_post(struct view *verbs, const char *label, const char *path,
    const char *icon, const char *class)
{
	struct view *v = verb(verbs, label, icon, class);

	view_text(v, "post", path);
	view_flag(v, "asks", false);
	put_key(v);
}

void
put_post(struct view *row, const char *name, const char *path)
{
	struct view *v = view_object(row, name);

	view_text(v, "post", path);
	put_key(v);
}

/* ---- facts ---- */

/* What a fact says, beside its label; NULL members are empty. */
struct fact_value {
	const char *text, *href, *class, *icon;
	bool code;
};

static struct view *
fact_add(struct view *facts, const char *label, const struct fact_value *f)
{
	struct view *v = view_item(facts);

	view_text(v, "label", say(label));
	view_text(v, "text", f->text ? f->text : "");
	view_text(v, "href", f->href ? f->href : "");
	view_text(v, "class", f->class ? f->class : "");
	view_text(v, "icon", f->icon ? f->icon : "");
	view_flag(v, "code", f->code);
	return v;
}

void
fact_text(struct view *facts, const char *label, const char *text)
{
	if (text && *text)
		fact_add(facts, label, &(struct fact_value){.text = text});
}

void
fact_link(
    struct view *facts, const char *label, const char *text, const char *href)
{
	if (text && *text)
		fact_add(facts, label,
		    &(struct fact_value){.text = text, .href = href});
}

void
fact_code(struct view *facts, const char *label, const char *text)
{
	if (text && *text)
		fact_add(facts, label,
		    &(struct fact_value){.text = text, .code = true});
}

void
fact_time(struct view *facts, const char *label, int64_t t, int64_t now)
{
	if (t != 0)
		put_moment(
		    fact_add(facts, label, &(struct fact_value){.text = NULL}),
		    "time", t, now);
}

void
fact_mark(struct view *facts, const char *label, const char *text,
    const char *class, const char *icon)
{
	fact_add(facts, label,
	    &(struct fact_value){.text = text, .class = class, .icon = icon});
}

/* ---- events, figures, tabs, meters ---- */

void
event_add(struct view *events, const char *class, const char *text,
    const char *href, int64_t t, int64_t now)
{
	struct view *v = view_item(events);

	view_text(v, "class", class);
	view_text(v, "text", say(text));
	view_text(v, "href", href ? href : "");
	put_moment(v, "time", t, now);
}

void
figure_add(struct view *figures, const char *label, const char *value,
    const char *note, const char *class)
{
	struct view *v = view_item(figures);

	view_text(v, "label", say(label));
	view_text(v, "value", value);
	view_text(v, "note", note ? note : "");
	view_text(v, "class", class ? class : "");
}

struct view *
put_tabs(struct view *root)
{
	return view_list(view_object(root, "tabs"), "items");
}

void
tab_add(struct view *tabs, const char *href, const char *label, bool current,
    const char *count, bool hot)
{
	struct view *v = view_item(tabs);

	view_text(v, "href", href);
	view_text(v, "label", say(label));
	view_flag(v, "current", current);
	view_text(v, "count", count ? count : "");
	view_flag(v, "hot", hot);
}

#define METER_HIGH 85

static void
fill_meter(struct view *v, int percent, const char *what)
{
	percent = percent < 0 ? 0 : percent > 100 ? 100 : percent;
	view_textf(v, "percent", "%d", percent);
	view_textf(v, "text", "%d%%", percent);
	view_textf(v, "label", "%s %d %%", say(what), percent);
	view_text(v, "class", percent >= METER_HIGH ? "w" : "");
}

void
put_meter(struct view *obj, const char *name, int percent, const char *what)
{
	fill_meter(view_object(obj, name), percent, what);
}

struct view *
meter_add(struct view *meters, int percent, const char *what)
{
	struct view *v = view_item(meters);

	fill_meter(v, percent, what);
	view_text(v, "name", what);
	return v;
}

void
put_text_lines(struct view *obj, const char *name, const char *text)
{
	struct view *lines = view_list(obj, name);

	while (text && *text) {
		size_t n = strcspn(text, "\n");

		view_textf(view_item(lines), "text", "%.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

/* ---- forms ---- */

static void
fill_field(struct view *v, const char *name, const char *label,
    const char *value, bool is_area)
{
	view_text(v, "name", name);
	view_text(v, "label", say(label));
	view_text(v, "value", value ? value : "");
	view_flag(v, "area", is_area);
	view_flag(v, "check", false);
	view_flag(v, "mono", is_area);
	view_flag(v, "required", false);
	view_flag(v, "focus", false);
	view_text(v, "type", "text");
}

struct view *
field_text(struct view *fields, const char *name, const char *label,
    const char *value, bool optional)
{
	struct view *v = view_item(fields);

	fill_field(v, name, label, value, false);
	view_flag(v, "optional", optional);
	return v;
}

static struct view *
fill_area(struct view *v, const char *name, const char *label,
    const char *value, int lines)
{
	fill_field(v, name, label, value, true);
	view_flag(v, "optional", false);
	view_textf(v, "lines", "%d", lines);
	return v;
}

struct view *
field_area(struct view *fields, const char *name, const char *label,
    const char *value, int lines)
{
	return fill_area(view_item(fields), name, label, value, lines);
}

struct view *
put_area(struct view *obj, const char *member, const char *name,
    const char *label, const char *value, int lines)
{
	return fill_area(view_object(obj, member), name, label, value, lines);
}

struct view *
field_check(struct view *fields, const char *name, const char *label,
    const char *value, bool checked)
{
	struct view *v = field_text(fields, name, label, value, false);

	view_flag(v, "check", true);
	view_flag(v, "checked", checked);
	return v;
}

struct view *
field_select(struct view *fields, const char *name, const char *label,
    struct view **options_out)
{
	struct view *v = view_item(fields);

	fill_field(v, name, label, NULL, false);
	view_flag(v, "optional", false);
	*options_out = view_list(view_object(v, "options"), "items");
	return v;
}

void
option_add(
    struct view *options, const char *value, const char *label, bool selected)
{
	struct view *v = view_item(options);

	view_text(v, "value", value);
	view_text(v, "label", label);
	view_flag(v, "selected", selected);
}

struct view *
field_choices(struct view *fields, const char *name, const char *label,
    struct view **choices_out)
{
	struct view *v = view_item(fields);

	fill_field(v, name, label, NULL, false);
	*choices_out = view_list(view_object(v, "choices"), "items");
	return v;
}

void
choice_add(
    struct view *choices, const char *value, const char *label, bool checked)
{
	struct view *v = view_item(choices);

	view_text(v, "value", value);
	view_text(v, "label", label);
	view_flag(v, "checked", checked);
	view_flag(v, "focus", false);
}

void
field_focus(struct view *field)
{
	view_flag(field, "focus", true);
}

struct view *
put_errors(struct view *root, const char *strong)
{
	struct view *v = view_object(root, "errors");

	view_text(v, "strong", say(strong));
	return view_list(v, "items");
}

void
error_add(struct view *errors, const char *field, const char *text)
{
	struct view *v = view_item(errors);

	view_text(v, "name", field);
	view_text(v, "text", text);
}

void
put_problems(struct view *root, const char *strong, const struct problems *p)
{
	struct view *errors = put_errors(root, strong);

	for (size_t i = 0; i < problems_kept(p); i++)
		error_add(errors, "", p->item[i].said);
}

/* ---- questions ---- */

struct view *
put_ask(struct view *root, const struct ask *q, struct view **fields_out)
{
	struct view *v = view_object(root, "ask"), *no;

	view_text(v, "title", say(q->title));
	view_text(v, "text", say(q->text));
	view_text(v, "action", q->action);
	view_flag(v, "danger", q->danger);
	view_text(v, "yes", say(q->yes));
	no = view_object(v, "no");
	view_text(no, "href", q->no_href);
	view_text(no, "label", say(q->no_label));
	*fields_out = view_list(v, "fields");
	return v;
}

void
ask_point(struct view *points, const char *text)
{
	view_text(view_item(points), "text", text);
}
