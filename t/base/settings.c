/* settings.c - tests of base/settings.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/settings.h"

#include <unistd.h>

#include "tap.h"

/* clang-format off */
static const struct setting table[] = {
	{ "name", SETTING_TEXT, "nobody", 0, 0, "A text." },
	{ "workers_ui", SETTING_INT, "2", 1, 256, "A number." },
	{ "dev", SETTING_BOOL, "no", 0, 0, "A switch." },
	{ "state_dir", SETTING_PATH, "", 0, 0, "A path." },
	{ "base_url", SETTING_URL, "https://panel.example.com", 0, 0, "A URL." },
	{ "key", SETTING_SECRET, "", 0, 0, "A secret." },
	{ NULL, SETTING_TEXT, NULL, 0, 0, NULL },
};

static const struct file_case {
	const char *text;
	const char *complaint; /* after the file's name; NULL: accepted */
} file_cases[] = {
	{ "", NULL },
	{ "# comment\n\n  \n name = a = b # c \n", NULL },
	{ "workers_ui=256", NULL },
	{ "dev = YES\n", NULL },
	{ "base_url = sqlite:./x.db\n", NULL },
	{ "base_url =\n", NULL },
	{ "\nnobody = 1\n", ":2: nobody is not a setting" },
	{ "name\n", ":1: expected name = value" },
	{ "workers_ui = 0\n", ":1: workers_ui must be a whole number from 1 to 256" },
	{ "workers_ui = 257\n", ":1: workers_ui must be a whole number from 1 to 256" },
	{ "workers_ui = two\n", ":1: workers_ui must be a whole number from 1 to 256" },
	{ "workers_ui =\n", ":1: workers_ui must be a whole number from 1 to 256" },
	{ "dev = maybe\n", ":1: dev must be yes or no" },
	{ "base_url = example.com\n", ":1: base_url must be a URL" },
	{ "name = a\x01" "b\n", ":1: name has a control character in it" },
	{ "name = \xff\n", ":1: name has a control character in it" },
};
/* clang-format on */

static char file[64];

static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		bail("cannot write %s", path);
}

static void
order_of_sources(void)
{
	struct settings *s = NULL;
	struct buf b;

	buf_init(&b, 0);
	ok(settings_load(table, NULL, &s, &b) == OK, "defaults alone load");
	is_str(setting_text(s, "name"), "nobody", "a default");
	is_str(setting_source(s, "name"), "default", "and its source");
	is_int(setting_int(s, "workers_ui"), 2, "a number");
	ok(!setting_bool(s, "dev"), "a switch");
	settings_free(&s);
	ok(s == NULL, "settings_free() clears the pointer");

	put_file(file, "name = file\nworkers_ui = 3\ndev = on\n");
	setenv("MPANEL_WORKERS_UI", "4", 1);
	setenv("MPANEL_DEV", "off", 1);
	ok(settings_load(table, file, &s, &b) == OK,
	    "file and environment load");
	is_str(setting_text(s, "name"), "file", "the file beats the default");
	is_str(setting_source(s, "name"), "file", "and is the source");
	is_int(
	    setting_int(s, "workers_ui"), 4, "the environment beats the file");
	is_str(setting_source(s, "workers_ui"), "environment",
	    "and is the source");
	ok(settings_put(s, "workers_ui", "5", &b) == OK &&
		setting_int(s, "workers_ui") == 5,
	    "the command line beats the environment");
	is_str(setting_source(s, "workers_ui"), "command", "and is the source");
	ok(settings_put(s, "workers_ui", "0", &b) == E_INPUT &&
		setting_int(s, "workers_ui") == 5,
	    "a wrong override changes nothing");
	is_str(buf_str(&b), "workers_ui must be a whole number from 1 to 256",
	    "and is explained");
	settings_free(&s);

	setenv("MPANEL_WORKERS_UI", "x", 1);
	buf_reset(&b);
	ok(settings_load(table, NULL, &s, &b) == E_INPUT && s == NULL,
	    "a wrong environment is refused");
	is_str(buf_str(&b),
	    "environment: workers_ui must be a whole number from 1 to 256",
	    "and named");
	unsetenv("MPANEL_WORKERS_UI");
	unsetenv("MPANEL_DEV");
	buf_fini(&b);
}

static void
files(void)
{
	for (size_t i = 0; i < N_ELEMS(file_cases); i++) {
		const struct file_case *c = &file_cases[i];
		struct settings *s = NULL;
		struct buf b;
		enum err e;

		buf_init(&b, 0);
		put_file(file, c->text);
		e = settings_load(table, file, &s, &b);
		if (c->complaint)
			ok(e == E_INPUT && s == NULL &&
				strncmp(buf_str(&b), file, strlen(file)) == 0 &&
				strcmp(buf_str(&b) + strlen(file),
				    c->complaint) == 0,
			    "file case %zu: %s", i, buf_str(&b));
		else
			ok(e == OK && b.len == 0, "file case %zu loads", i);
		if (i == 1)
			is_str(setting_text(s, "name"), "a = b # c",
			    "a value may have = and # in it");
		settings_free(&s);
		buf_fini(&b);
	}
}

static void
absent_file(void)
{
	struct settings *s = NULL;
	struct buf b;

	buf_init(&b, 0);
	ok(settings_load(table, "absent/file", &s, &b) == E_INPUT &&
		strncmp(buf_str(&b), "absent/file: ", 13) == 0,
	    "a file that is not there is refused: %s", buf_str(&b));
	buf_fini(&b);
}

static void
secrets_in_files(void)
{
	struct settings *s = NULL;
	char at[80], text[96];
	struct buf b;

	buf_init(&b, 0);
	snprintf(at, sizeof(at), "%s.key", file);
	snprintf(text, sizeof(text), "@%s", at);
	put_file(at, "hunter2\n");
	if (settings_load(table, NULL, &s, &b) != OK)
		bail("%s", buf_str(&b));
	ok(settings_put(s, "key", text, &b) == OK, "a secret may name a file");
	is_str(setting_text(s, "key"), "hunter2", "whose first line it is");
	put_file(at, "");
	ok(settings_put(s, "key", text, &b) == E_INPUT,
	    "an empty file is refused");
	unlink(at);
	buf_reset(&b);
	ok(settings_put(s, "key", text, &b) == E_INPUT &&
		strstr(buf_str(&b), at) && !strstr(buf_str(&b), "hunter2"),
	    "so is an absent one: %s", buf_str(&b));
	is_str(setting_text(s, "key"), "hunter2", "the old value stays");
	ok(settings_put(s, "key", "@home", &b) == OK &&
		strcmp(setting_text(s, "key"), "@home") == 0,
	    "@ without a path is an ordinary value");
	ok(settings_put(s, "name", text, &b) == OK &&
		strcmp(setting_text(s, "name"), text) == 0,
	    "only secrets are read from files");
	settings_free(&s);
	buf_fini(&b);
}

static void
markdown(void)
{
	struct buf b;

	buf_init(&b, 0);
	settings_markdown(table, &b);
	is_str(buf_str(&b),
	    "| Setting | Type | Default | Meaning |\n|---|---|---|---|\n"
	    "| `name` | text | `nobody` | A text. |\n"
	    "| `workers_ui` | number, 1 to 256 | `2` | A number. |\n"
	    "| `dev` | yes or no | `no` | A switch. |\n"
	    "| `state_dir` | path | | A path. |\n"
	    "| `base_url` | URL | `https://panel.example.com` | A URL. |\n"
	    "| `key` | secret | | A secret. |\n",
	    "the reference page is made from the table");
	buf_fini(&b);
}

static void
the_real_table(void)
{
	struct settings *s = NULL;
	struct buf b;

	buf_init(&b, 0);
	ok(settings_load(mpanel_settings, NULL, &s, &b) == OK,
	    "every default of mpanel fits its type %s", buf_str(&b));
	settings_free(&s);
	for (const struct setting *row = mpanel_settings; row->name; row++) {
		size_t n = strlen(row->help);

		ok(row->help[n - 1] == '.' && !strchr(row->help, '|'),
		    "%s has a sentence of help", row->name);
	}
	buf_fini(&b);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	snprintf(file, sizeof(file), "%s/settings.XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(file);
	if (fd < 0)
		bail("no file");
	close(fd);
	order_of_sources();
	files();
	absent_file();
	secrets_in_files();
	markdown();
	the_real_table();
	unlink(file);
	return tap_done();
}
