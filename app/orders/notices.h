/* notices.h - what waits for this person's attention.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Nothing is kept of a notice but that a person has read it: there is one as
 * long as an order is in review, a task has failed ..., for whoever may see
 * the thing.  What happens to it anew is another notice.
 */
#ifndef MPANEL_ORDERS_NOTICES_H
#define MPANEL_ORDERS_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

#define NOTICES_EACH 50 /* the newest of each kind */

enum notice_kind {
	NOTICE_REVIEW,	 /* a paid order is held */
	NOTICE_REFUSAL,	 /* a call for one was refused */
	NOTICE_TASK,	 /* has failed for good */
	NOTICE_LETTER,	 /* was given up */
	NOTICE_DISK,	 /* a site has used most of its storage, */
	NOTICE_TRAFFIC,	 /* or of the traffic of the month */
	NOTICE_APPROVAL, /* mine to decide */
	NOTICE_APPROVED, /* mine, to be done now */
	NOTICE_CLOSE,	 /* a customer wants to go */
	NOTICE_MONEY,	 /* a payment is held: to be given back */
	NOTICE_SECURITY, /* something about my own account */
	NOTICE__MAX
};
extern const char *const notice_kinds[NOTICE__MAX];

struct notice {
	const char *key; /* "review:ID:SINCE" */
	enum notice_kind kind;
	struct id ref;	   /* the order, the task, the entry of the log ... */
	const char *a, *b; /* what and who; NULL: nothing */
	int64_t minor;	   /* of money, */
	const char *currency; /* NULL: none */
	int64_t since;
	bool is_read;
};

/* Of the acting person: what is unread first, then the newest. */
enum err notices_list(
    struct tx *tx, const struct notice **list_out, size_t *n_out) MUST_USE;
/* How many are unread. */
enum err notices_count(struct tx *tx, int64_t *n_out) MUST_USE;
/* One by its key (NULL: all); the same again is OK.  E_NOTFOUND: there is no
 * such notice, any more. */
enum err notices_read(struct tx *tx, const char *key) MUST_USE;
enum err notices_unread(struct tx *tx, const char *key) MUST_USE;

#endif
