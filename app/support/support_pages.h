/* support_pages.h - pages of tickets: what both sides' files share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_SUPPORT_SUPPORT_PAGES_H
#define MPANEL_SUPPORT_SUPPORT_PAGES_H

#include "face/part.h"
#include "support/support_api.h"

#define DESK "/support"
#define HELP "/client/help"

/* ---- talk_pages.c ---- */

/* What is said, as `talk` of the root; files and earlier pages are below
 * `path`. */
void put_talk(struct request *rq, struct view *root, const struct talk *talk,
    const char *path, bool with_notes);
/* Fields for files, as `files` of the root. */
void put_files(struct request *rq, struct view *root);
/* Text in several lines with what was typed, or else is kept; `fields` of a
 * form. */
struct view *words_field(struct request *rq, struct view *fields,
    const char *name, const char *label, const char *kept, int lines);
/* Options of all departments, "none" first; nothing where there are none. */
enum err put_departments(struct request *rq, struct view *fields,
    const char *now, const char *none) MUST_USE;
/* The same of a customer's services. */
enum err put_service_choice(struct request *rq, struct view *fields,
    const struct id *customer) MUST_USE;
void put_priorities(
    struct request *rq, struct view *fields, enum ticket_priority now);
/* What a form says of it; nothing: normal. */
enum ticket_priority typed_priority(struct request *rq);
/* The id that was chosen; unset for none. */
struct id typed_id(const struct request *rq, const char *name);
const char *priority_word(enum ticket_priority p);

/* ---- rating_pages.c ---- */

/* Of 5 to 1. */
const char *rating_word(int64_t rating);
/* The question whether all is well, as `rating` of the root; nothing while the
 * ticket is open. */
enum err put_rating(struct request *rq, const struct ticket *t,
    const char *path, struct view *root) MUST_USE;
/* What the form says of it. */
enum err rate_typed(struct request *rq, const struct id *ticket) MUST_USE;

/* ---- help_form_pages.c ---- */

/* Answers that are there already, by what a question is about: adds
 * `suggestions` {items [{href, label, text}]} to the root, or nothing.  A room
 * to the left may have them: main/ says who; NULL: nobody. */
typedef enum err help_suggester(
    struct request *rq, const char *subject, struct view *root);
extern help_suggester *const help_suggest;

enum err show_help_new(struct request *rq) MUST_USE;
enum err do_help_new(struct request *rq) MUST_USE;

/* ---- inbox_pages.c, of staff: a badge's state ---- */
const char *desk_state(const char *status);
/* ---- ticket_pages.c, of staff ---- */
enum err show_ticket(struct request *rq) MUST_USE;
enum err do_say(struct request *rq) MUST_USE;
enum err do_sort(struct request *rq) MUST_USE;
enum err do_take(struct request *rq) MUST_USE;
enum err do_close(struct request *rq) MUST_USE;
enum err do_reopen(struct request *rq) MUST_USE;
enum err show_file(struct request *rq) MUST_USE;
/* With a canned reply where the answer is written. */
enum err show_canned(struct request *rq) MUST_USE;
/* ---- merge_pages.c ---- */
enum err ask_merge(struct request *rq) MUST_USE;
enum err do_merge(struct request *rq) MUST_USE;
/* ---- ticket_form_pages.c ---- */
enum err show_new_ticket(struct request *rq) MUST_USE;
enum err do_new_ticket(struct request *rq) MUST_USE;

#endif
