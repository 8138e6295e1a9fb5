/* tenants_hosts_pages.c - the host names of a company, for the platform's
 * people. SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "identity/platform.h"
#include "identity/tenants_api.h"
#include "identity/tenants_pages.h"

/* ---- one more ---- */

static enum err
show_host(struct request *rq, enum err so_far)
{
	struct view *v, *ask, *fields;
	struct tenant t;
	enum err e = tenants_page_read(rq, &t);

	if (e != OK)
		return e;
	v = tenants_page_ask(rq, &t,
	    &(struct ask){
		.title =
		    say_with(rq->arena, "Another host name for %s", t.name),
		.text = "Requests to it are this company's from the next one "
			"on. Point its DNS to this installation, and give "
			"nginx a certificate for it.",
		.action = rq->path,
		.yes = "Add it",
		.no_href = tenants_page_path(rq, &t, ""),
		.no_label = "Leave it",
	    },
	    &ask, &fields);
	form_refusal(rq, v, "It was not added.");
	view_text(form_field(rq, fields, "host", "Host name", "", false),
	    "hint", say("Like panel.example.com."));
	reply_page(rq, tenants_page_status(so_far), "admin/ask", v);
	return OK;
}

static enum err
ask_host(struct request *rq)
{
	return show_host(rq, OK);
}

static enum err
do_host(struct request *rq)
{
	const char *host = form_trimmed(rq, "host");
	struct tenant t;
	enum err e = tenants_page_read(rq, &t);

	if (e == OK)
		e = host ? platform_add_host(rq->tx, &t.id, host) : E_BUSY;
	if (e == E_INPUT || e == E_CONFLICT)
		return show_host(rq, e);
	if (e != OK)
		return e;
	return tenants_page_back(
	    rq, &t, say_with(rq->arena, "%s leads here now.", host));
}

/* ---- one less ---- */

/* That the company has this one. */
static enum err
read_host(struct request *rq, struct tenant *t, const char **host_out)
{
	const char *host = path_param(rq, "host");
	const char *const *hosts;
	size_t n;
	enum err e = tenants_page_read(rq, t);

	if (e == OK)
		e = platform_hosts(rq->tx, &t->id, &hosts, &n);
	if (e != OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (str_eq(hosts[i], host)) {
			*host_out = hosts[i];
			return OK;
		}
	}
	return E_NOTFOUND;
}

static enum err
ask_drop(struct request *rq)
{
	struct view *v, *ask, *fields;
	const char *host;
	struct tenant t;
	enum err e = read_host(rq, &t, &host);

	if (e != OK)
		return e;
	v = tenants_page_ask(rq, &t,
	    &(struct ask){
		.title = say_with(rq->arena, "Take %s away?", host),
		.text = "From the next request on it leads nowhere. Links in "
			"mails that were sent with it stop working, and nodes "
			"that report to it are not heard. It can be added "
			"again.",
		.action = rq->path,
		.yes = "Take it away",
		.no_href = tenants_page_path(rq, &t, ""),
		.no_label = "Leave it",
		.danger = true,
	    },
	    &ask, &fields);
	reply_page(rq, 200, "admin/ask", v);
	return OK;
}

static enum err
do_drop(struct request *rq)
{
	const char *host;
	struct tenant t;
	enum err e = read_host(rq, &t, &host);

	if (e == OK)
		e = platform_drop_host(rq->tx, &t.id, host, rq->host);
	if (e != OK)
		return e;
	return tenants_page_back(rq, &t,
	    say_with(rq->arena, "%s does not lead here any more.", host));
}

/* clang-format off */
const struct route tenants_hosts_page_routes[] = {
	TENANTS_ASK("/:id/hosts",              ask_host, do_host, ".host"),
	TENANTS_ASK("/:id/hosts/:host/remove", ask_drop, do_drop, ".host_drop"),
	{ 0 },
};
/* clang-format on */
