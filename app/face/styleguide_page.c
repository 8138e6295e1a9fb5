/* styleguide_page.c - every part of the pages in every state.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The view is the sample that the templates are tested with.
 */
#include "config.h"

#include "face/styleguide_page.h"

#include "base/log.h"
#include "template/template.h"

#define SAMPLE "sample/admin/styleguide.json"

static enum err
show(struct request *rq)
{
	struct view *v = page_view(rq, "Styleguide", "/styleguide");
	const char *path = arena_printf(rq->arena, "%s/" SAMPLE,
	    setting_text(rq->settings, "template_dir"));
	json_error_t why;
	json_t *sample;

	if (!path)
		return E_BUSY;
	sample = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (!sample) {
		log_event(LOG_ERROR, "styleguide_sample", LOG_S("path", path),
		    LOG_S("reason", why.text));
		return E_SYS;
	}
	view_add_json(v, sample);
	json_decref(sample);
	reply_page(rq, 200, "admin/styleguide", v);
	return OK;
}

/* clang-format off */
const struct route styleguide_routes[] = {
	{GET,	"/styleguide",	POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,
		BODY_NONE, 0, show, "styleguide"},
	{0}
};
/* clang-format on */
