/* approval.h - what one person asks for and another must approve.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Whether an act needs a second person is the caller's to say (settings).  Who
 * asks for it makes a wish that waits; whoever may do the same act approves or
 * refuses it, but never their own.  Then the one who asked does it again:
 *
 *	e = approval_need(tx, &wish, &granted, &id);
 *	if (e == OK && !granted)
 *		return reply_waiting(rq, &id);	// and commit
 *
 * An approval is good for exactly this wish by this person, once, for a day.
 * What a person's own API token asks for, the person asks for; the command line
 * needs nobody.
 */
#ifndef MPANEL_IDENTITY_APPROVAL_H
#define MPANEL_IDENTITY_APPROVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

#define APPROVAL_LIFE_S 86400

enum approval_action {
	APPROVAL_REFUND,  /* payments:refund; of an order */
	APPROVAL_PAYMENT, /* payments:refund; "amount" of payment `id` */
	APPROVAL_ROLE,	  /* users:write; the wish's "role" to user `id` */
	APPROVAL_INVITE,  /* users:write; "email" gets "role" */
	/* users:write; role `id`, in "version", gets "permissions" */
	APPROVAL_ROLE_CHANGE,
	APPROVAL_SETTINGS, /* settings:write; rules that get looser */
	/* websites:write; "websites", each an "id" and its "domain" */
	APPROVAL_REMOVE,
	APPROVAL__MAX
};

/* What it is about, for people: a sentence with up to two values. */
enum approval_says {
	APPROVAL_SAYS_REFUND,  /* amount, order */
	APPROVAL_SAYS_PAYMENT, /* amount, what was paid */
	APPROVAL_SAYS_ROLE,    /* person, role */
	APPROVAL_SAYS_INVITE,  /* address, role */
	APPROVAL_SAYS_MORE,    /* role, how many have it */
	APPROVAL_SAYS_FACTOR,  /* role, how many have it */
	APPROVAL_SAYS_RULE_ROLES,
	APPROVAL_SAYS_RULE_REFUNDS,
	APPROVAL_SAYS_RULE_FACTOR,
	APPROVAL_SAYS_RULE_REMOVALS,
	APPROVAL_SAYS_REMOVE_ONE, /* its name */
	APPROVAL_SAYS_REMOVE,	  /* how many */
	APPROVAL_SAYS__MAX
};
/* In English, as it is kept, also the values: others read it.  NULL: no
 * memory. */
const char *approval_title(struct arena *a, enum approval_says says,
    const char *first, const char *second);
/* One that was kept, in the reader's language. */
const char *approval_title_said(struct arena *a, const char *title);
/* The sentences, for who translates. */
void approval_texts(void (*fn)(void *arg, const char *text), void *arg);

struct approval_wish {
	enum approval_action action;
	struct id id;	   /* what it is done to; unset: nothing yet */
	const char *title; /* approval_title() */
	const char *json;  /* an object; other text is another wish */
};
/* granted: an approval has been used up.  Otherwise the wish waits, or goes on
 * waiting, as *waiting_out: commit it.  E_DENIED with a problem: a program
 * without a person asks. */
enum err approval_need(struct tx *tx, const struct approval_wish *w,
    bool *granted_out, struct id *waiting_out) MUST_USE;

struct approval {
	struct id id, noun_id, asked_by, decided_by;
	enum approval_action action;
	const char *action_name, *noun; /* "order.refund", "orders" */
	const char *title, *wish;
	const char *status; /* waiting, approved, refused, used, expired */
	const char *asked_name, *decided_name; /* NULL: nobody yet */
	int64_t created_at, decided_at, expires_at;
	bool is_mine;
	bool may_approve, may_refuse; /* by the acting person, now */
};
/* Those of the acting person, and those that the person may decide.  What
 * nobody here may see is E_NOTFOUND. */
enum err approval_get(
    struct tx *tx, const struct id *id, struct approval *out) MUST_USE;
/* What waits first, then the newest; at most 200. */
enum err approvals_list(
    struct tx *tx, const struct approval **list_out, size_t *n_out) MUST_USE;

/* The action's name when the acting person may do it, "" otherwise: for the
 * statements of others. */
struct db_val approval_allowed(const struct tx *tx, enum approval_action a);

/* E_CONFLICT with a problem: it does not wait any more; E_DENIED: it is one's
 * own (which may be refused: withdrawn), or gives more than the acting person
 * may give. */
enum err approval_decide(
    struct tx *tx, const struct id *id, bool is_approved) MUST_USE;

#endif
