/* cmd_template.c - mpanel template: render one template over JSON.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * {{>x}} is the file x with the template's own extension in its own folder;
 * for standard input that is x.mustache in the working directory.  What is
 * wrong with a template is printed as FILE:LINE: REASON, exit status 65.
 */
#include "config.h"
#include "main/app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "template/template.h"

#define INPUT_MAX  ((size_t)1024 * 1024)
#define OUTPUT_MAX ((size_t)64 * 1024 * 1024)

struct job {
	struct app *app;
	const char *data, *file;
	/* Of file: its folder, its name without extension, its extension. */
	const char *dir, *name, *ext;
	struct templates *templates;
	json_t *json;
	struct buf out, complaint;
};

/* ---- input ---- */

static enum err
read_stream(struct job *j, FILE *f, const char *path, struct buf *text)
{
	char block[16 * 1024];
	size_t n;

	if (f == NULL)
		return app_complain(
		    j->app, E_NOTFOUND, "%s: %s", path, strerror(errno));
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(text, block, n);
	if (ferror(f))
		return app_complain(
		    j->app, E_SYS, "%s: %s", path, strerror(errno));
	if (buf_failed(text))
		return app_complain(j->app, E_INPUT, "%s: more than %zu bytes",
		    path, INPUT_MAX);
	return OK;
}

static enum err
parse_data(struct job *j, const char *text, size_t n)
{
	struct problems problems;
	enum err err;

	problems_init(&problems, j->app->arena);
	err = json_parse(text, n, &problems, &j->json);
	if (err != OK && problems_kept(&problems) > 0)
		return app_complain(
		    j->app, err, "%s: %s", j->data, problems.item[0].message);
	return err;
}

static enum err
read_data(struct job *j)
{
	struct buf text;
	enum err err;
	FILE *f;

	if (j->data == NULL)
		return parse_data(j, "{}", 2);
	f = fopen(j->data, "re");
	buf_init(&text, INPUT_MAX);
	err = read_stream(j, f, j->data, &text);
	if (err == OK)
		err = parse_data(j, buf_str(&text), text.len);
	buf_fini(&text);
	if (f != NULL)
		(void)fclose(f);
	return err;
}

static enum err
split_path(struct job *j)
{
	const char *slash = strrchr(j->file, '/');
	const char *base = slash != NULL ? slash + 1 : j->file;
	const char *dot = strrchr(base, '.');

	if (str_eq(j->file, "-")) {
		j->dir = ".";
		j->name = "-";
		j->ext = ".mustache";
		return OK;
	}
	if (dot == NULL || dot == base)
		dot = base + strlen(base);
	j->ext = dot;
	j->name = arena_strndup(j->app->arena, base, (size_t)(dot - base));
	j->dir = ".";
	if (slash != NULL)
		j->dir = arena_strndup(j->app->arena, j->file,
		    slash == j->file ? 1 : (size_t)(slash - j->file));
	return j->name != NULL && j->dir != NULL ? OK : E_SYS;
}

/* Standard input becomes the template "-". */
static enum err
put_stdin(struct job *j)
{
	struct buf text;
	enum err err;

	if (!str_eq(j->file, "-"))
		return OK;
	buf_init(&text, INPUT_MAX);
	err = read_stream(j, stdin, "standard input", &text);
	if (err == OK)
		err = templates_put(j->templates, j->name, buf_str(&text),
		    text.len, &j->complaint);
	buf_fini(&text);
	return err;
}

/* ---- the command ---- */

static enum err
render(struct job *j)
{
	enum err err = read_data(j);

	if (err == OK)
		err = split_path(j);
	if (err == OK)
		err = templates_open(j->dir, j->ext, false, &j->templates);
	if (err == OK)
		err = put_stdin(j);
	if (err == OK)
		err = template_render(j->templates, j->name,
		    view_of_json(j->app->arena, j->json), &j->out,
		    &j->complaint);
	if (err == OK && arena_failed(j->app->arena))
		err = E_SYS;
	if (err == E_NOTFOUND && !j->app->has_complained)
		err =
		    app_complain(j->app, err, "%s: no such template", j->file);
	return err;
}

static enum err
run(struct app *app, int argc, char **argv)
{
	struct job j = {.app = app};
	const struct option_row options[] = {
	    {.name = "data", .value = &j.data}, {.name = NULL}};
	enum err err;
	int rest;

	err = app_options(app, options, 1, argc, argv, &rest);
	if (err != OK)
		return err;
	if (rest != 2)
		return app_usage(app);
	j.file = argv[1];
	buf_init(&j.out, OUTPUT_MAX);
	buf_init(&j.complaint, 0);
	err = render(&j);
	if (err == OK)
		(void)fwrite(buf_str(&j.out), 1, j.out.len, stdout);
	if (j.complaint.len > 0) {
		fputs(buf_str(&j.complaint), stderr);
		app->has_complained = true;
	}
	/* Endless recursion is a fault of the template, not of the hour. */
	if (err == E_LIMIT)
		err = E_INPUT;
	json_decref(j.json);
	templates_close(&j.templates);
	buf_fini(&j.out);
	buf_fini(&j.complaint);
	return err;
}

const struct command cmd_template = {
    .name = "template",
    .args = "[--data FILE.json] FILE|-",
    .help = "render a Mustache template over JSON",
    .run = run,
};
