/* ticket.h - what somebody asks, and the conversation that answers it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A ticket is open while it waits for staff, waiting while it waits for who
 * asked, and closed.  It is a customer's, or (by mail) a stranger's.  Whoever
 * asked opens it again by replying; an answer of staff makes it wait.
 *
 * Every flow writes the audit log and announces what happened (base/fact.h):
 *
 *	FACT_TICKET_OPENED   the ticket: its first message is there
 *	FACT_TICKET_REPLIED  the message: see ticket_message_get()
 *	FACT_TICKET_CLOSED   the ticket
 *
 * Notes and what staff change besides announce nothing.  A mail is made once:
 * its Message-ID (`mail_id`) is unique in the tenant, and one that comes again
 * changes nothing.  Of calls and forms the gate sees to that (their
 * Idempotency-Key).
 *
 * Each change of a ticket goes through ticket_write() (ticket_parts.h), which
 * has the ticket as it was and as it will be; its clocks turn there
 * (ticket_clock.h).  Replies to a ticket that was merged go to the one that it
 * leads to.
 */
#ifndef MPANEL_SUPPORT_TICKET_H
#define MPANEL_SUPPORT_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

enum ticket_status {
	TICKET_OPEN,
	TICKET_WAITING,
	TICKET_CLOSED,
	TICKET_STATUS__MAX
};
enum ticket_priority {
	TICKET_LOW,
	TICKET_NORMAL,
	TICKET_HIGH,
	TICKET_URGENT,
	TICKET_PRIORITY__MAX
};
enum ticket_author {
	TICKET_BY_CUSTOMER, /* whoever asks, strangers too */
	TICKET_BY_STAFF,
	TICKET_BY_SYSTEM,
	TICKET_AUTHOR__MAX
};
enum ticket_via {
	TICKET_BY_WEB,
	TICKET_BY_MAIL,
	TICKET_BY_API,
	TICKET_VIA__MAX
};

/* As they are in rows and JSON: "open". */
extern const char *const ticket_status_words[TICKET_STATUS__MAX];
extern const char *const ticket_priority_words[TICKET_PRIORITY__MAX];
extern const char *const ticket_author_words[TICKET_AUTHOR__MAX];
extern const char *const ticket_via_words[TICKET_VIA__MAX];

#define TICKET_SUBJECT_MAX 200	 /* characters */
#define TICKET_TEXT_MAX	   65536 /* the same, of a message and its quote */

/* Texts live in tx->arena; ids that are not there are unset, moments 0. */
struct ticket {
	struct id id;
	const char *number; /* "TKT-2026-000001" */
	struct id customer; /* unset: a stranger's */
	struct id contact;  /* the person who asks, if one of ours */
	const char *contact_name, *contact_email;
	struct id opened_by; /* staff, on somebody's behalf */
	const char *subject;
	struct id department;
	enum ticket_priority priority;
	enum ticket_status status;
	struct id subscription;
	struct id assignee;
	/* Of the address that answers come back to; a secret of who has mails
	 * of this ticket: shown on no page, in no JSON. */
	const char *mail_key;
	int64_t first_response_due, resolution_due;
	int64_t paused_at, paused_s, escalated_at;
	/* When the next clock that runs is over: 0 while none does. */
	int64_t next_due;
	int64_t first_response_at;
	int64_t last_message_at, last_customer_at, last_staff_at;
	int64_t closed_at, closings;
	struct id merged_into;
	int64_t version, created_at;
};

/* A file that is kept already (ticket_file.h), to be attached. */
struct ticket_file {
	struct id id;
	const char *name, *type, *hash;
	int64_t bytes;
};

/* What somebody says. */
struct ticket_said {
	enum ticket_author author;
	enum ticket_via via;
	/* The person, if one of ours; then both texts may be NULL. */
	struct id user;
	const char *name, *email;
	const char *text;
	const char *quoted;  /* of a mail: earlier mails in it; or NULL */
	const char *mail_id; /* of a mail: its Message-ID; or NULL */
	const struct ticket_file *file;
	size_t n_files;
};

/* The acting person's words; author is who they are here. */
struct ticket_said ticket_said_by(const struct tx *tx,
    enum ticket_author author, enum ticket_via via, const char *text);

/* Messages that one person of a customer may write within the hour; those by
 * mail are counted when they come in (setting mail_in_per_hour). */
#define TICKET_SAID_PER_HOUR 60

/* E_INPUT with a problem in `field`: that was too much.  To be asked before
 * files are kept; ticket_open() and ticket_reply() ask themselves. */
enum err ticket_check_pace(
    struct tx *tx, const char *field, const struct ticket_said *said) MUST_USE;

struct ticket_new {
	struct id customer; /* unset: a stranger, by mail */
	/* Who asks.  With `said.author` staff it is on their behalf; where the
	 * address is NULL it is the customer's own. */
	struct id contact;
	const char *contact_name, *contact_email;
	const char *subject;
	struct id department;
	enum ticket_priority priority;
	struct id subscription; /* of that customer */
	struct ticket_said said;
};

struct ticket_done {
	struct id ticket, message;
	bool is_repeated; /* the mail was here before: nothing has changed */
};

/* E_INPUT with problems in subject, description, departmentId, subscriptionId;
 * E_NOTFOUND: there is no such customer. */
enum err ticket_open(struct tx *tx, const struct ticket_new *n,
    struct ticket_done *out) MUST_USE;
/* E_INPUT, with a problem in subscriptionId: there is no such service, or none
 * that the asker may see. */
enum err ticket_no_service(struct tx *tx) MUST_USE;

/* A reply, also to a ticket that was merged: it goes where that went.  By who
 * asked: the ticket is open (again); by staff: it waits.  E_INPUT with
 * problems in text; E_NOTFOUND. */
enum err ticket_reply(struct tx *tx, const struct id *ticket,
    const struct ticket_said *said, struct ticket_done *out) MUST_USE;
/* A note for staff, which changes nothing else. */
enum err ticket_note(struct tx *tx, const struct id *ticket,
    const struct ticket_said *said, struct ticket_done *out) MUST_USE;

/* Nothing changes, and nothing is noted, where it is so already.  `version` is
 * what was seen, 0 for whatever is there: E_CONFLICT (stale_version) when the
 * ticket has changed since. */
enum err ticket_close(
    struct tx *tx, const struct id *ticket, int64_t version) MUST_USE;
/* E_CONFLICT: it was merged into another. */
enum err ticket_reopen(
    struct tx *tx, const struct id *ticket, int64_t version) MUST_USE;
/* user unset: nobody's.  E_INPUT with a problem in assigneeId: nobody who
 * answers tickets. */
enum err ticket_assign(struct tx *tx, const struct id *ticket, int64_t version,
    const struct id *user) MUST_USE;
enum err ticket_set_priority(struct tx *tx, const struct id *ticket,
    int64_t version, enum ticket_priority priority) MUST_USE;
/* department unset: none.  E_INPUT with a problem in departmentId. */
enum err ticket_set_department(struct tx *tx, const struct id *ticket,
    int64_t version, const struct id *department) MUST_USE;
/* Whose it is, by id or (customer unset) by an address of theirs, the
 * customer's own or of one of the account's people: all of them may see it
 * then.  E_INPUT with a problem in customerId or customerEmail. */
enum err ticket_set_customer(struct tx *tx, const struct id *ticket,
    int64_t version, const struct id *customer, const char *email) MUST_USE;
enum err ticket_set_subject(struct tx *tx, const struct id *ticket,
    int64_t version, const char *subject) MUST_USE;

/* E_NOTFOUND. */
enum err ticket_get(
    struct tx *tx, const struct id *ticket, struct ticket *out) MUST_USE;
/* By what stands in the address of an answer. */
enum err ticket_by_mail_key(
    struct tx *tx, const char *key, struct ticket *out) MUST_USE;
/* By what a subject says: it proves nothing about who writes. */
enum err ticket_by_number(
    struct tx *tx, const char *number, struct ticket *out) MUST_USE;

struct ticket_message {
	struct id id, ticket, user;
	enum ticket_author author;
	enum ticket_via via;
	const char *name, *email, *text, *quoted, *mail_id;
	bool is_note;
	int64_t created_at;
};
enum err ticket_message_get(struct tx *tx, const struct id *message,
    struct ticket_message *out) MUST_USE;
/* The newest of a ticket, the oldest of them first, at most
 * TICKET_MESSAGES_MAX; with_notes: those for staff, too.  before: only what is
 * older than this message; unset: all.  *earlier_out: there are more before
 * the first. */
#define TICKET_MESSAGES_MAX 50
enum err ticket_messages(struct tx *tx, const struct id *ticket,
    bool with_notes, const struct id *before,
    const struct ticket_message **list_out, size_t *n_out,
    bool *earlier_out) MUST_USE;
/* The message with this Message-ID; E_NOTFOUND. */
enum err ticket_message_by_mail(
    struct tx *tx, const char *mail_id, struct ticket_message *out) MUST_USE;

struct ticket_attached {
	struct id id, message;
	const char *name, *type, *hash;
	int64_t bytes;
};
/* The files of a ticket's messages from the first to the last. */
enum err ticket_attachments(struct tx *tx, const struct id *ticket,
    const struct id *first, const struct id *last,
    const struct ticket_attached **list_out, size_t *n_out) MUST_USE;
/* One of a ticket; E_NOTFOUND, also where it is a note's and with_notes is
 * false. */
enum err ticket_attachment_get(struct tx *tx, const struct id *ticket,
    const struct id *attachment, bool with_notes,
    struct ticket_attached *out) MUST_USE;

/* Staff who may answer tickets, by address; at most 500. */
struct ticket_agent {
	struct id id;
	const char *name, *role;
	bool answers; /* true */
};
enum err ticket_agents(struct tx *tx, const struct ticket_agent **list_out,
    size_t *n_out) MUST_USE;

#endif
