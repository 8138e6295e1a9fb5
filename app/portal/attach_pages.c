/* attach_pages.c - a customer's own domain for a site, as a page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/part.h"
#include "portal/attach_api.h"
#include "portal/portal_nouns.h"
#include "portal/service_pages.h"

/* ---- the form ---- */

static void
add_record(struct view *records, const char *type, const char *value)
{
	struct view *v;

	if (!value[0])
		return;
	v = view_item(records);
	view_text(v, "type", type);
	view_text(v, "value", value);
}

/* What to write where the domain is registered.  A host name does where no
 * address is known. */
static void
put_records(const struct attach_site *site, struct view *root)
{
	struct view *v = view_object(root, "records");
	struct view *items = view_list(v, "items");

	add_record(items, "A", site->ip);
	add_record(items, "AAAA", site->ip6);
	if (!site->ip[0] && !site->ip6[0] && domain_valid(site->fqdn))
		add_record(items, "CNAME", site->fqdn);
}

struct showing {
	struct id id;
	int status;
};

static enum err
show(struct request *rq, const void *arg)
{
	const struct showing *showing = arg;
	struct view *v, *head, *form, *fields;
	struct attach_site site;
	struct service s;
	enum err e = service_get(rq->tx, &showing->id, &s);

	if (e == OK)
		e = attach_site_get(rq->tx, &showing->id, &site);
	if (e != OK)
		return e;
	v = page_view(rq, say("Use your own domain"), SERVICES);
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), SERVICES, say("Services"));
	crumb_add(head_crumbs(head),
	    arena_printf(rq->arena, SERVICES "/%s", showing->id.s),
	    service_name(&s));
	view_text(head, "text",
	    say_with(rq->arena,
		"Your website answers to a name of your own as well as to %s.",
		site.domain));
	if (showing->status != 200)
		form_refusal(rq, v, "The domain is not attached");
	put_records(&site, v);
	form = view_object(v, "form");
	view_textf(form, "action", SERVICES "/%s/domain", showing->id.s);
	fields = view_list(form, "fields");
	form_field(rq, fields, "domain", "Domain", "", false);
	view_text(view_last(fields), "hint", say("Like shop.example.com"));
	reply_page(rq, showing->status, "client/attach", v);
	return OK;
}

static enum err
show_attach(struct request *rq)
{
	struct showing showing = {.status = 200};
	enum err e =
	    portal_own(rq, &portal_services_noun, AREA_TECHNICAL, &showing.id);

	if (e == OK)
		e = query_known(rq, NULL, 0);
	return e == OK ? show(rq, &showing) : e;
}

/* ---- doing it ---- */

static enum err
do_attach(struct request *rq)
{
	struct attaching a = {.rq = rq, .typed = form_trimmed(rq, "domain")};
	struct showing showing;
	enum err e;

	if (!a.typed)
		return E_BUSY;
	e = portal_attach(&a);
	if ((e == E_INPUT || e == E_CONFLICT || e == E_REMOTE) &&
	    id_is_set(&a.service)) {
		showing = (struct showing){a.service, err_info(e)->status};
		return request_reading(rq, show, &showing);
	}
	if (e != OK)
		return e;
	reply_flash(rq, "good",
	    say_with(rq->arena,
		"%s is being attached. That usually takes a minute.",
		a.attach.name));
	reply_redirect(
	    rq, arena_printf(rq->arena, SERVICES "/%s", a.service.s));
	return OK;
}

/* clang-format off */
#define ROW(method, body, flags, handler, name)				\
	{method, SERVICES "/:id/domain", POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, flags, handler, name}

const struct route portal_attach_page_routes[] = {
	ROW(GET,  BODY_NONE, 0,		   show_attach, "client.services.domain"),
	/* asks name servers in between */
	ROW(POST, BODY_FORM, ROUTE_OWN_TX, do_attach,	"client.services.page.attach"),
	{0}
};
/* clang-format on */
