/* cmd_serve.c - mpanel serve: the master and its pools of FastCGI workers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/app.h"

#include <stdio.h>

#include "base/log.h"
#include "main/gauges.h"
#include "main/speech.h"
#include "main/wiring.h"
#include "web/serve.h"

/* "" in the settings: made from the files themselves. */
static enum err
find_static_version(
    struct app *app, char made[static 17], const char **version_out)
{
	const char *set = setting_text(app->settings, "static_version");
	const char *dir = setting_text(app->settings, "static_dir");
	enum err e;

	if (set[0] != '\0') {
		*version_out = set;
		return OK;
	}
	e = static_version(dir, made);
	if (e != OK)
		return app_complain(
		    app, e, "static_dir %s cannot be read", dir);
	*version_out = made;
	return OK;
}

static enum err
load_templates(struct app *app, struct buf *complaint, struct templates **out,
    const struct speech **speech_out)
{
	const char *dir = setting_text(app->settings, "template_dir");
	bool dev = setting_bool(app->settings, "dev");
	enum err e = templates_open(dir, ".mustache", dev, out);

	if (e == OK)
		e = templates_load_all(*out, complaint);
	else
		buf_printf(complaint, "template_dir %s cannot be read", dir);
	return e == OK ? speech_load(dir, dev, speech_out, complaint) : e;
}

static enum err
serve(struct app *app, struct templates *templates, const struct speech *speech,
    const char *version, struct buf *complaint)
{
	const struct settings *s = app->settings;
	size_t n_tables;
	const struct route *const *tables = wiring_routes(&n_tables);
	struct web_config config = {
	    .settings = s,
	    .box = app->box,
	    .db = app_db_options(app),
	    .tables = tables,
	    .n_tables = n_tables,
	    .ops = &gate_ops,
	    .templates = templates,
	    .speech = speech,
	    .static_version = version,
	    .gauges = gauges_write,
	    .workers =
		{
		    [POOL_UI] = (int)setting_int(s, "workers_ui"),
		    [POOL_DOOR] = (int)setting_int(s, "workers_door"),
		    [POOL_INTAKE] = (int)setting_int(s, "workers_intake"),
		    [POOL_WORKER] = (int)setting_int(s, "workers_worker"),
		},
	};

	return web_serve(&config, complaint);
}

static enum err
run(struct app *app, int argc, char **argv)
{
	struct templates *templates = NULL;
	const struct speech *speech = NULL;
	const char *version;
	struct buf complaint;
	char made[17];
	enum err e;

	(void)argv;
	if (argc != 1)
		return app_usage(app);
	e = find_static_version(app, made, &version);
	if (e == OK)
		e = app_open_box(app);
	if (e != OK)
		return e;
	buf_init(&complaint, 0);
	e = load_templates(app, &complaint, &templates, &speech);
	if (e == OK)
		e = serve(app, templates, speech, version, &complaint);
	if (e != OK)
		e = app_complain(app, e, "%s", buf_str(&complaint));
	templates_close(&templates);
	speech_close();
	buf_fini(&complaint);
	return e;
}

const struct command cmd_serve = {
    .name = "serve",
    .args = "",
    .help = "serve the web over FastCGI sockets",
    .run = run,
};
