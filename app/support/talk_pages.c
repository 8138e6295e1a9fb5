/* talk_pages.c - a conversation and the fields by which it goes on, on both
 * sides' pages. SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/support_pages.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/show.h"

#define CHOICES_MAX	200
#define FILE_FIELDS_MAX 5

/* ---- what is said ---- */

/* Staff without a name are the company. */
static const char *
speaker(
    const struct request *rq, const struct ticket_message *m, bool with_notes)
{
	if (m->name[0])
		return m->name;
	if (m->author == TICKET_BY_CUSTOMER || with_notes)
		return m->email[0] ? m->email : say("Somebody");
	return rq->tenant_name;
}

static void
put_message(struct request *rq, struct view *list, const struct talk *talk,
    const struct ticket_message *m, const char *path, bool with_notes)
{
	struct view *v = view_item(list), *files;

	view_text(v, "id", m->id.s);
	view_text(v, "name", speaker(rq, m, with_notes));
	view_flag(v, "isStaff", m->author == TICKET_BY_STAFF);
	view_flag(v, "isNote", m->is_note);
	view_flag(v, "byMail", m->via == TICKET_BY_MAIL);
	view_text(v, "address",
	    with_notes && m->via == TICKET_BY_MAIL ? m->email : "");
	put_moment(v, "said", m->created_at, rq->now);
	put_text_lines(v, "lines", m->text);
	if (m->quoted[0])
		put_text_lines(view_object(v, "quoted"), "lines", m->quoted);
	files = view_list(view_object(v, "files"), "items");
	for (size_t i = 0; i < talk->n_files; i++) {
		const struct ticket_attached *f = &talk->file[i];
		struct view *file;

		if (!str_eq(f->message.s, m->id.s))
			continue;
		file = view_item(files);
		view_textf(file, "href", "%s/files/%s", path, f->id.s);
		view_text(file, "label", f->name);
		view_text(file, "size", show_bytes(rq->arena, f->bytes));
	}
}

void
put_talk(struct request *rq, struct view *root, const struct talk *talk,
    const char *path, bool with_notes)
{
	struct view *v = view_object(root, "talk");
	struct view *list = view_list(v, "messages");

	if (talk->has_earlier && talk->n > 0)
		view_textf(
		    v, "earlier", "%s?before=%s", path, talk->list[0].id.s);
	if (query_text(rq, "before"))
		view_text(v, "newest", path);
	for (size_t i = 0; i < talk->n; i++)
		put_message(rq, list, talk, &talk->list[i], path, with_notes);
}

/* ---- fields ---- */

void
put_files(struct request *rq, struct view *root)
{
	int64_t n = setting_int(rq->settings, "attachments_max");
	struct view *files = view_object(root, "files"), *items;

	if (n > FILE_FIELDS_MAX)
		n = FILE_FIELDS_MAX;
	view_text(files, "most",
	    say_printf(rq->arena, "At most %s each.",
		show_bytes(rq->arena,
		    setting_int(rq->settings, "attachment_max_kb") * 1024)));
	form_error(rq, files, "files");
	items = view_list(files, "items");
	for (int64_t i = 1; i <= n; i++) {
		struct view *v = view_item(items);

		view_textf(v, "name", "file%d", (int)i);
		view_text(v, "label", say_printf(rq->arena, "File %d", (int)i));
	}
}

struct view *
words_field(struct request *rq, struct view *fields, const char *name,
    const char *label, const char *kept, int lines)
{
	struct view *f =
	    field_area(fields, name, label, form_typed(rq, name, kept), lines);

	view_flag(f, "mono", false);
	form_error(rq, f, name);
	return f;
}

/* Of rows of id and name. */
static enum err
put_options(struct rows *r, struct view *options, const char *now)
{
	while (rows_next(r))
		option_add(options, row_text(r, 0), row_text(r, 1),
		    str_eq(row_text(r, 0), now));
	return rows_done(r);
}

static bool
has_rows(struct request *rq, const char *sql)
{
	int64_t n = 0;

	return db_int_(rq->tx, 0, &n, sql, DB_VALS_(DB_ID(&rq->tx->tenant))) ==
		   OK &&
	       n > 0;
}

enum err
put_departments(
    struct request *rq, struct view *fields, const char *now, const char *none)
{
	struct view *options;
	struct rows r;
	enum err e;

	if (!has_rows(rq, "SELECT count(*) FROM departments "
			  "WHERE tenant_id = $1 AND deleted_at IS NULL"))
		return rq->tx->err;
	field_select(fields, "departmentId", "Department", &options);
	form_error(rq, view_last(fields), "departmentId");
	option_add(options, "", say(none), now[0] == '\0');
	e = db_query(rq->tx, &r,
	    "SELECT id, name FROM departments WHERE tenant_id = $1 "
	    "AND deleted_at IS NULL ORDER BY position, name LIMIT $2",
	    DB_ID(&rq->tx->tenant), DB_INT((int64_t)CHOICES_MAX));
	return e == OK ? put_options(&r, options, now) : e;
}

enum err
put_service_choice(
    struct request *rq, struct view *fields, const struct id *customer)
{
	struct view *options;
	int64_t n = 0;
	struct rows r;
	enum err e = db_int(rq->tx, 0, &n,
	    "SELECT count(*) FROM subscriptions "
	    "WHERE tenant_id = $1 AND customer_id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(customer));

	if (e != OK || n == 0)
		return e;
	field_select(fields, "subscriptionId", "About", &options);
	form_error(rq, view_last(fields), "subscriptionId");
	option_add(options, "", say("No service in particular"),
	    form_typed(rq, "subscriptionId", "")[0] == '\0');
	e = db_query(rq->tx, &r,
	    "SELECT s.id, COALESCE(NULLIF(COALESCE(w.domain, s.domain), ''), "
	    "p.name) FROM subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "LEFT JOIN websites w ON w.tenant_id = s.tenant_id "
	    "AND w.subscription_id = s.id AND w.status <> 'removed' "
	    "WHERE s.tenant_id = $1 AND s.customer_id = $2 "
	    "ORDER BY s.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer),
	    DB_INT((int64_t)CHOICES_MAX));
	return e == OK ? put_options(
			     &r, options, form_typed(rq, "subscriptionId", ""))
		       : e;
}

const char *
priority_word(enum ticket_priority p)
{
	static const char *const words[TICKET_PRIORITY__MAX] = {
	    [TICKET_LOW] = "Low",
	    [TICKET_NORMAL] = "Normal",
	    [TICKET_HIGH] = "High",
	    [TICKET_URGENT] = "Urgent",
	};

	return say(words[p]);
}

void
put_priorities(
    struct request *rq, struct view *fields, enum ticket_priority now)
{
	struct view *options;

	field_select(fields, "priority", "Priority", &options);
	form_error(rq, view_last(fields), "priority");
	for (int i = 0; i < TICKET_PRIORITY__MAX; i++)
		option_add(options, ticket_priority_words[i],
		    priority_word((enum ticket_priority)i), i == (int)now);
}

enum ticket_priority
typed_priority(struct request *rq)
{
	const char *word = form_typed(rq, "priority", "normal");

	for (int i = 0; i < TICKET_PRIORITY__MAX; i++)
		if (str_eq(word, ticket_priority_words[i]))
			return (enum ticket_priority)i;
	return TICKET_NORMAL;
}

struct id
typed_id(const struct request *rq, const char *name)
{
	return id_of_any(form_text(rq, name));
}
