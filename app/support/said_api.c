/* said_api.c - what is said in a ticket: in JSON, from requests, as files.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/support_api.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "support/ticket_file.h"

/* An answer has at most a mebibyte.  Of one message that is all markup there
 * is room for text and quote, six bytes for each of theirs. */
#define TALK_MAX_BYTES ((size_t)400 * 1024)

/* ---- a conversation ---- */

/* As it comes out, in HTML or JSON. */
static size_t
weight_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += strchr("<>&\"'\\\n\t", *text) ? 6 : 1;
	return n;
}

/* The newest that fit, and at least one. */
static void
cut_talk(struct talk *t)
{
	size_t sum = 0, keep = 0;

	while (keep < t->n) {
		const struct ticket_message *m = &t->list[t->n - keep - 1];

		sum += weight_of(m->text) + weight_of(m->quoted);
		if (keep > 0 && sum > TALK_MAX_BYTES)
			break;
		keep++;
	}
	t->has_earlier |= keep < t->n;
	t->list += t->n - keep;
	t->n = keep;
}

enum err
talk_read(struct request *rq, const struct id *ticket, bool with_notes,
    struct talk *out)
{
	static const char *const known[] = {"before"};
	const char *before = query_text(rq, "before");
	struct talk t = {.n = 0};
	struct id end = {""};
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e == OK && before && !id_valid(before)) {
		problem_add(&rq->problems, "before", "bad_format",
		    "This is the id of a message.");
		return E_INPUT;
	}
	if (before)
		end = id_of(before);
	if (e == OK)
		e = ticket_messages(rq->tx, ticket, with_notes, &end, &t.list,
		    &t.n, &t.has_earlier);
	if (e != OK)
		return e;
	cut_talk(&t);
	if (t.n > 0)
		e = ticket_attachments(rq->tx, ticket, &t.list[0].id,
		    &t.list[t.n - 1].id, &t.file, &t.n_files);
	if (e == OK)
		*out = t;
	return e;
}

static void
file_json(struct json_out *w, const struct ticket_attached *f)
{
	json_open(w, NULL, '{');
	json_str(w, "id", f->id.s);
	json_str(w, "name", f->name);
	json_str(w, "type", f->type);
	json_int(w, "bytes", f->bytes);
	json_close(w, '}');
}

static void
message_json(struct json_out *w, const struct talk *talk,
    const struct ticket_message *m, bool with_notes)
{
	bool tells_address = with_notes || m->author == TICKET_BY_CUSTOMER;

	json_open(w, NULL, '{');
	json_str(w, "id", m->id.s);
	json_str(w, "author", ticket_author_words[m->author]);
	json_str(w, "name", m->name);
	json_str(w, "email", tells_address ? m->email : "");
	json_str(w, "text", m->text);
	json_str(w, "quoted", m->quoted);
	json_str(w, "via", ticket_via_words[m->via]);
	json_bool(w, "isNote", m->is_note);
	json_time(w, "createdAt", m->created_at);
	json_open(w, "attachments", '[');
	for (size_t i = 0; i < talk->n_files; i++)
		if (str_eq(talk->file[i].message.s, m->id.s))
			file_json(w, &talk->file[i]);
	json_close(w, ']');
	json_close(w, '}');
}

void
talk_json(struct json_out *w, const struct talk *talk, bool with_notes)
{
	json_open(w, "messages", '[');
	for (size_t i = 0; i < talk->n; i++)
		message_json(w, talk, &talk->list[i], with_notes);
	json_close(w, ']');
	json_str_or_null(w, "earlier",
	    talk->has_earlier && talk->n > 0 ? talk->list[0].id.s : NULL);
}

/* Its row and what is said, inside an object that is open. */
static enum err
ticket_json(struct request *rq, struct json_out *w, const struct noun *n,
    const struct id *ticket, const struct talk *talk, bool with_notes)
{
	struct rows r;
	enum err e = noun_get(rq->tx, n, ticket, &r);

	if (e != OK)
		return e;
	noun_json(n, &r, true, w);
	talk_json(w, talk, with_notes);
	return rows_done(&r);
}

enum err
reply_ticket(struct request *rq, const struct noun *n, const struct id *ticket,
    bool with_notes)
{
	struct json_out *w;
	struct talk talk;
	enum err e = talk_read(rq, ticket, with_notes, &talk);

	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	e = ticket_json(rq, w, n, ticket, &talk, with_notes);
	json_close(w, '}');
	return e;
}

enum err
reply_opened(struct request *rq, const struct noun *n, const struct id *ticket,
    bool with_notes)
{
	struct json_out *w;
	struct talk talk;
	enum err e = talk_read(rq, ticket, with_notes, &talk);

	if (e != OK)
		return e;
	w = reply_json(rq, 201);
	json_open(w, NULL, '{');
	json_open(w, "ticket", '{');
	e = ticket_json(rq, w, n, ticket, &talk, with_notes);
	json_close(w, '}');
	json_close(w, '}');
	return e;
}

enum err
reply_said(struct request *rq, const struct id *ticket,
    const struct id *message, bool with_notes)
{
	struct ticket_message m;
	struct talk talk = {.n = 1};
	enum err e = ticket_message_get(rq->tx, message, &m);

	if (e == OK)
		e = ticket_attachments(rq->tx, ticket, message, message,
		    &talk.file, &talk.n_files);
	if (e == OK)
		message_json(reply_json(rq, 201), &talk, &m, with_notes);
	return e;
}

/* ---- from requests ---- */

bool
read_words_json(struct request *rq, const char *name, const char **out)
{
	const json_t *v = json_object_get(rq->json, name);

	*out = "";
	if (!v || json_is_null(v))
		return true;
	if (!json_is_text(v)) {
		problem_add(
		    &rq->problems, name, "wrong_type", "This must be text.");
		return false;
	}
	*out = json_string_value(v);
	return true;
}

bool
read_priority(struct request *rq, enum ticket_priority *out)
{
	const struct json_in in = request_json(rq);
	int i = (int)*out;

	if (!json_in_enum(&in, "priority", JSON_OPTIONAL, ticket_priority_words,
		TICKET_PRIORITY__MAX, &i))
		return false;
	*out = (enum ticket_priority)i;
	return true;
}

bool
read_id(struct request *rq, const char *name, struct id *out, bool *given_out)
{
	const json_t *v = json_object_get(rq->json, name);

	*given_out = v != NULL;
	*out = (struct id){""};
	if (!v || json_is_null(v))
		return true;
	if (json_is_text(v) && id_valid(json_string_value(v))) {
		*out = id_of(json_string_value(v));
		return true;
	}
	problem_add(&rq->problems, name, "bad_format", "This is no id.");
	return false;
}

enum err
keep_body(struct request *rq, const struct ticket_file **file_out)
{
	static const char *const known[] = {"name"};
	const char *name = query_text(rq, "name");
	const struct ticket_upload up = {
	    name ? name : "", rq->body, rq->body_len};
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	if (!name || !name[0]) {
		problem_add(&rq->problems, "name", "required",
		    "Say what the file is called.");
		return E_INPUT;
	}
	return ticket_files_keep(rq->arena, &rq->problems, rq->settings,
	    &rq->tenant, &up, 1, file_out);
}

enum err
keep_files(
    struct request *rq, const struct ticket_file **list_out, size_t *n_out)
{
	struct ticket_upload *up =
	    arena_array(rq->arena, rq->n_files + 1, sizeof(*up));
	size_t n = 0;

	if (!up)
		return E_BUSY;
	for (size_t i = 0; i < rq->n_files; i++) {
		const struct form_file *f = &rq->files[i];

		/* a field that was left empty is sent, too */
		if (f->filename[0] != '\0' || f->len > 0)
			up[n++] = (struct ticket_upload){
			    f->filename, f->data, f->len};
	}
	*n_out = n;
	return ticket_files_keep(rq->arena, &rq->problems, rq->settings,
	    &rq->tenant, up, n, list_out);
}

/* ---- files ---- */

enum err
send_file(struct request *rq, const struct id *ticket, bool with_notes)
{
	struct ticket_attached f;
	const char *path, *on_disk;
	struct id id;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = path_id(rq, "fileId", &id);
	if (e == OK)
		e = ticket_attachment_get(rq->tx, ticket, &id, with_notes, &f);
	if (e != OK)
		return e;
	path = ticket_file_path(rq->arena, &rq->tenant, f.hash, &f.id);
	on_disk = ticket_file_on_disk(
	    rq->arena, rq->settings, &rq->tenant, f.hash, &f.id);
	if (!path || !on_disk)
		return E_BUSY;
	if (access(on_disk, R_OK) != 0) {
		ticket_file_missing(on_disk);
		problem_add(&rq->problems, "", "not_found",
		    "This file is not where it was kept.");
		return E_NOTFOUND;
	}
	reply_header(rq, "Content-Disposition",
	    ticket_file_disposition(rq->arena, f.name));
	reply_header(rq, "X-Accel-Redirect",
	    arena_printf(rq->arena, "/_attachments/%s", path));
	reply_bytes(rq, 200, f.type, "", 0);
	return OK;
}
