/* support_api.h - the help desk's calls, and what both sides' faces share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_SUPPORT_SUPPORT_API_H
#define MPANEL_SUPPORT_SUPPORT_API_H

#include "portal/account.h"
#include "resource/shape.h"
#include "support/ticket.h"
#include "web/web.h"

/* Ended by rows without a path, without a route. */
extern const struct route help_api_routes[];
extern const struct route help_page_routes[];
extern const struct route desk_api_routes[];
extern const struct route desk_page_routes[];
extern const struct api_shape support_shapes[];

/* ---- said_api.c: what is said, in JSON and from requests ---- */

/* A page of a conversation: as many of the newest messages as an answer can
 * hold, the oldest first; `before` of the query says where an older page ends.
 */
struct talk {
	const struct ticket_message *list;
	size_t n;
	const struct ticket_attached *file; /* of those, by message */
	size_t n_files;
	bool has_earlier;
};
enum err talk_read(struct request *rq, const struct id *ticket, bool with_notes,
    struct talk *out) MUST_USE;

/* {"items":[...]}'s members for a ticket: `messages`, and `earlier`, the id
 * that ?before= takes. */
void talk_json(struct json_out *w, const struct talk *talk, bool with_notes);
/* Answer with a ticket: its row, and what is said in it. */
enum err reply_ticket(struct request *rq, const struct noun *n,
    const struct id *ticket, bool with_notes) MUST_USE;
/* 201 {"ticket": ...}, of one that was just opened. */
enum err reply_opened(struct request *rq, const struct noun *n,
    const struct id *ticket, bool with_notes) MUST_USE;
/* 201 and the message. */
enum err reply_said(struct request *rq, const struct id *ticket,
    const struct id *message, bool with_notes) MUST_USE;

/* A member that is text of several lines, "" when it is left out.  False with
 * a problem. */
bool read_words_json(struct request *rq, const char *name, const char **out);
/* One of the words; left out it is *out as it was. */
bool read_priority(struct request *rq, enum ticket_priority *out);
/* A member that is an id of ours, or null; *given_out: it is there. */
bool read_id(
    struct request *rq, const char *name, struct id *out, bool *given_out);

/* The file that is the body of the request, called as ?name= says: kept. */
enum err keep_body(
    struct request *rq, const struct ticket_file **file_out) MUST_USE;
/* The files of a form: kept. */
enum err keep_files(struct request *rq, const struct ticket_file **list_out,
    size_t *n_out) MUST_USE;

/* Answer with the file :fileId of the ticket: as an attachment, sent by nginx
 * from where it is kept. */
enum err send_file(
    struct request *rq, const struct id *ticket, bool with_notes) MUST_USE;

#endif
