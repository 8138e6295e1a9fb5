/* usage_pages.c - what a customer's service uses, and its certificate.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/usage_pages.h"
#include "portal/portal_pages.h"

#define DAY_S	  86400
#define CERT_SOON 14 /* days */

/* What is known of it: nothing renews one by itself yet. */
static void
put_certificate(struct request *rq, int64_t until, struct view *root)
{
	struct view *facts = view_list(view_object(root, "cert"), "facts");

	if (until == 0) {
		fact_text(facts, "Certificate",
		    say("None yet: visitors reach it on http."));
		return;
	}
	fact_time(facts, "Valid until", until, rq->now);
	if (until < rq->now)
		fact_mark(facts, "Status",
		    say("It has ended: visitors are warned."), "badc", "bad");
	else if (until < rq->now + CERT_SOON * DAY_S)
		fact_mark(
		    facts, "Status", say("It ends soon."), "warn", "warn");
	fact_text(facts, "Renewal", say("It does not renew by itself."));
}

enum err
usage_put_service(
    struct request *rq, const struct id *subscription, struct view *root)
{
	struct usage_now u;
	struct id website;
	int64_t until;
	struct rows r;
	struct view *use;
	enum err e = db_one(rq->tx, &r,
	    "SELECT w.id, w.ssl_expires_at FROM websites w "
	    "WHERE w.tenant_id = $1 AND w.subscription_id = $2 "
	    "AND w.status IN ('active', 'suspended')",
	    DB_ID(&rq->tx->tenant), DB_ID(subscription));

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	website = row_id(&r, 0);
	until = row_int(&r, 1);
	if ((e = rows_done(&r)) != OK ||
	    (e = usage_get(rq->tx, &website, &u)) != OK)
		return e;
	put_certificate(rq, until, root);
	if (u.day[0] == '\0')
		return OK;
	use = view_object(root, "use");
	put_date(use, "asOf", u.day, rq->now);
	usage_put_meters(rq, &u, view_list(use, "items"));
	return usage_put_charts(rq, &website, root);
}
