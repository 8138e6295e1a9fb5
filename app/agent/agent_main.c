/* agent_main.c - mpanel-agent's command line.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/settings.h"
#include "base/text.h"
#include "agent/enroll.h"
#include "agent/executor.h"
#include "agent/node.h"
#include "agent/puller.h"
#include "agent/restore.h"

struct options {
	const char *config;
	const char *root;
	int http_port;
	int64_t max_mb; /* of restore; 0: the setting */
};

static const char usage[] =
    "usage: mpanel-agent [--config FILE] [--root DIR] [--http-port N] run\n"
    "       mpanel-agent --config FILE enroll URL TOKEN|-\n"
    "       mpanel-agent [--max-mb N] restore ARCHIVE DIR\n"
    "       mpanel-agent settings [--markdown]\n"
    "       mpanel-agent version\n"
    "\n"
    "run      pull tasks from the panel and carry them out; with --root DIR\n"
    "         inside of DIR, with its own nginx and no system users\n"
    "enroll   exchange a one-time token (- reads it) and write FILE\n"
    "restore  unpack and verify a backup into a new directory\n"
    "settings print the table of settings as Markdown\n";

static int
complain(const char *text, enum err e)
{
	fprintf(stderr, "mpanel-agent: %s\n", text);
	return err_info(e)->exit_status;
}

static int
bad_usage(void)
{
	fputs(usage, stderr);
	return err_info(E_INPUT)->exit_status;
}

static int
do_run(const struct options *o, const struct settings *s)
{
	struct node node;
	struct buf why;
	int status;
	enum err e;

	if (*setting_text(s, "panel_url") == '\0' ||
	    *setting_text(s, "token") == '\0')
		return complain("panel_url and token are not set; "
				"see `mpanel-agent enroll`",
		    E_INPUT);
	buf_init(&why, 4096);
	e = node_open(&node, s, o->root, o->http_port, &why);
	if (e == OK)
		status = executor_run(&node, puller_run);
	else
		status = complain(
		    why.len > 0 ? buf_str(&why) : err_info(e)->title, e);
	node_close(&node);
	buf_fini(&why);
	return status;
}

/* A token on the command line is seen by all users of the machine; "-" takes
 * it from standard input. */
static int
do_enroll(const struct options *o, const struct settings *s, const char *url,
    const char *token)
{
	char line[256] = "";
	struct buf why;
	enum err e;

	if (o->config == NULL)
		return complain(
		    "enroll writes a file: give --config FILE", E_INPUT);
	if (str_eq(token, "-")) {
		if (fgets(line, sizeof(line), stdin) == NULL)
			return complain("no token on standard input", E_INPUT);
		line[strcspn(line, "\r\n")] = '\0';
		token = line;
	}
	buf_init(&why, 4096);
	e = enroll(s, o->config, url, token, &why);
	if (e == OK)
		printf("enrolled at %s; settings are in %s\n", url, o->config);
	else
		complain(why.len > 0 ? buf_str(&why) : err_info(e)->title, e);
	buf_fini(&why);
	return err_info(e)->exit_status;
}

static int
do_restore(const struct options *o, const struct settings *s,
    const char *archive, const char *dir)
{
	/* Who says how much it may be knows that it packs well. */
	struct archive_limits limits = {
	    .max_bytes =
		(o->max_mb > 0 ? o->max_mb : setting_int(s, "restore_max_mb")) *
		1048576,
	    .max_ratio = o->max_mb > 0 ? 0 : ARCHIVE_RATIO_MAX};
	struct archive_facts facts = {.files = 0};
	struct buf why;
	enum err e;

	umask(077);
	buf_init(&why, 4096);
	e = restore_archive(archive, dir, &limits, &facts, &why);
	if (e == OK)
		printf("%lld files restored and verified in %s\n",
		    (long long)facts.files, dir);
	else
		complain(why.len > 0 ? buf_str(&why) : err_info(e)->title, e);
	buf_fini(&why);
	return err_info(e)->exit_status;
}

static int
do_settings(void)
{
	struct buf b;

	buf_init(&b, 0);
	settings_markdown(agent_settings, &b);
	fputs(buf_str(&b), stdout);
	buf_fini(&b);
	return 0;
}

static int
dispatch(
    const struct options *o, const struct settings *s, int argc, char **argv)
{
	if (argc == 1 && str_eq(argv[0], "run"))
		return do_run(o, s);
	if (str_eq(argv[0], "settings") &&
	    (argc == 1 || (argc == 2 && str_eq(argv[1], "--markdown"))))
		return do_settings();
	if (argc == 3 &&
	    (str_eq(argv[0], "enroll") || str_eq(argv[0], "enrol")))
		return do_enroll(o, s, argv[1], argv[2]);
	if (argc == 3 && str_eq(argv[0], "restore"))
		return do_restore(o, s, argv[1], argv[2]);
	return bad_usage();
}

static bool
read_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"root", required_argument, NULL, 'r'},
	    {"http-port", required_argument, NULL, 'p'},
	    {"max-mb", required_argument, NULL, 'm'},
	    {NULL, 0, NULL, 0},
	};
	int64_t port;
	int c;

	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c == 'c')
			o->config = optarg;
		else if (c == 'r')
			o->root = optarg;
		else if (c == 'p' && str_to_i64(optarg, 1, 65535, &port))
			o->http_port = (int)port;
		else if (c != 'm' ||
			 !str_to_i64(optarg, 1, 16 * 1048576, &o->max_mb))
			return false;
	}
	return true;
}

/* Core dumps would hold the token. */
static void
keep_secrets(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
#ifndef MP_SANITIZE
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* enroll may write its file anew. */
static const char *
config_to_read(const struct options *o, const char *command)
{
	if (o->config != NULL && str_starts(command, "enrol") &&
	    access(o->config, F_OK) < 0)
		return NULL;
	return o->config;
}

int
main(int argc, char **argv)
{
	struct options o = {.config = NULL};
	struct settings *s = NULL;
	struct buf complaint;
	int status;
	enum err e;

	if (!read_options(argc, argv, &o) || optind == argc)
		return bad_usage();
	if (str_eq(argv[optind], "version")) {
		puts("mpanel-agent " PACKAGE_VERSION);
		return 0;
	}
	log_set_process("agent");
	keep_secrets();
	e = secret_init();
	if (e != OK)
		return complain("the system gives no random numbers", e);
	buf_init(&complaint, 4096);
	e = settings_load(
	    agent_settings, config_to_read(&o, argv[optind]), &s, &complaint);
	if (e == OK)
		status = dispatch(&o, s, argc - optind, argv + optind);
	else
		status = complain(buf_str(&complaint), e);
	settings_free(&s);
	buf_fini(&complaint);
	return status;
}
