/* usage.h - what sites use, by day, beside what their plans include.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A server tells a row for each of its sites and days, again and again while
 * the day goes on: a later one takes the place of the one before and is never
 * added. What is shown of the current month is the sum of its days, made anew
 * each time.
 *
 * A site that passes USAGE_NEAR or USAGE_FULL percent of what its plan includes
 * is a notice to staff for as long as it is so, and one mail to its customer,
 * once for each crossing: of its disk, and of the traffic of each month.  It
 * has come back below only when it is USAGE_SLACK percent below, so that a site
 * that goes up and down there writes no mails each day.
 *
 * Bytes; a GB is 1000 MB.  Days and months are UTC's.
 */
#ifndef MPANEL_HOSTING_USAGE_H
#define MPANEL_HOSTING_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "mail/mail_fill.h"
#include "store/store.h"

enum {
	USAGE_NEAR = 80,
	USAGE_FULL = 100,
	USAGE_SLACK = 5,
	USAGE_KEEP_DAYS = 400,
	USAGE_DAYS = 30 /* that pages show */
};
/* That a report may name: a sum of a month times 100 is a number. */
#define USAGE_BYTES_MAX INT64_C(1000000000000000)

#define SQL_MB "000000"	   /* behind a number of them */
#define SQL_GB "000000000" /* behind a number of them */

/* What a plan includes in bytes, NULL: as much as one likes; p is a product. */
#define SQL_DISK_LIMIT(p)    p "disk_space_mb * 1" SQL_MB
#define SQL_TRAFFIC_LIMIT(p) p "bandwidth_gb * 1" SQL_GB

struct usage_report {
	struct id website, server;
	int64_t told_at;
	const char *day; /* valid */
	int64_t sent;
	int64_t disk, files; /* -1: not known */
};
/* Of the server that has the site; of another one, and of a site that was
 * removed, nothing is noted. */
enum err usage_record(struct tx *tx, const struct usage_report *r) MUST_USE;

/* How it stands; -1: not known, a limit of 0: none. */
struct usage_now {
	int64_t disk, files, disk_limit;
	int64_t sent, sent_limit; /* of the current month */
	char day[11];		  /* of the last report; "": there is none */
};
/* From the columns that SQL_USAGE() asks for, the first of which is column at.
 * u is site_usage_now, p is products. */
#define SQL_USAGE(u, p)                                                        \
	u "day, " u "month, " u "month_sent, " u "disk_bytes, " u              \
	  "files, " SQL_DISK_LIMIT(p) ", " SQL_TRAFFIC_LIMIT(p)
enum { USAGE_COLUMNS = 7 };
struct usage_now usage_of_row(const struct rows *r, int at, int64_t now);
/* Of a website. */
enum err usage_get(
    struct tx *tx, const struct id *website, struct usage_now *out) MUST_USE;

struct usage_day {
	char day[11];
	bool is_known;
	int64_t sent, disk, files; /* disk and files -1: not known */
};
/* The last USAGE_DAYS days, today last. */
enum err usage_days(struct tx *tx, const struct id *website,
    struct usage_day out[static USAGE_DAYS]) MUST_USE;

/* Forget what is older than USAGE_KEEP_DAYS, some at a time; *more_out: there
 * may be more. */
enum err usage_forget(struct tx *tx, bool *more_out) MUST_USE;

/* MAIL_USAGE: about a crossing. */
enum err usage_mail_fill(struct tx *tx, const struct id *crossing,
    const char *lang, struct view *v) MUST_USE;

#endif
