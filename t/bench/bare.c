/* bare.c - the same lists without a panel: libfcgi, SQLite, memcpy.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	bare --socket PATH --db FILE --tenant ID [--processes N]
 *	     [--head FILE --tail FILE --static PREFIX]
 *
 * What `make bench` measures the panel against: as little as can be between
 * nginx and the same statements on the same database.  No host, no session, no
 * permission, no log, no limit; statements are prepared once, a reply is
 * written by hand into one buffer.
 *
 *	/hello		200 bytes of JSON
 *	/plans.json	what GET /api/public/plans answers, byte by byte
 *	/orders.json	what GET /api/admin/orders answers, byte by byte
 *	/orders.html	the rows of GET /orders between --head and --tail
 *	/customers.json	what GET /api/admin/customers answers, byte by byte
 *	/customers.html	the rows of GET /admin/customers
 *
 * The lists also count, as the panel's do; with ?count=0 they don't (then
 * `total` is what is shown).  ?tabs=1 makes the other counts of the page,
 * ?session=HASH looks up host and session as the panel must.
 */
#include "config.h"

#include <fcgiapp.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bare.h"

enum { BACKLOG = 1024 };

struct bare bare = {.processes = 2, .tenant = "", .prefix = ""};

/* ---- requests ---- */

static bool
who_is_it(const char *hash, const char *host)
{
	char short_hash[128];
	sqlite3_stmt *st = query_ask(Q_HOST);
	bool known;

	sqlite3_bind_text(st, 1, host, -1, SQLITE_STATIC);
	sqlite3_step(st);
	sqlite3_reset(st);
	snprintf(short_hash, sizeof(short_hash), "%.*s",
	    (int)strcspn(hash, "&"), hash);
	st = query_ask(Q_SESSION);
	sqlite3_bind_text(st, 2, short_hash, -1, SQLITE_STATIC);
	known = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_reset(st);
	return known;
}

static const char *
parameter(const char *uri, const char *name)
{
	const char *at = strchr(uri, '?');

	at = at ? strstr(at, name) : NULL;
	return at ? at + strlen(name) : NULL;
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* The words that make hello 200 bytes long. */
static void
hello(void)
{
	put_text("{\"status\":\"ok\",\"text\":\"");
	while (bare.len < 198)
		put("hello ", 198 - bare.len < 6 ? 198 - bare.len : 6);
	put_text("\"}");
}

static void
page(const char *uri, bool counts)
{
	if (starts(uri, "/orders.html"))
		orders_html(counts, parameter(uri, "tabs=1"));
	else if (starts(uri, "/customers.html"))
		customers_html(counts);
}

/* NULL: there is no such thing. */
static const char *
answer(const char *uri, const char *host)
{
	const char *session = parameter(uri, "session=");
	bool counts = !parameter(uri, "count=0");

	bare.len = 0;
	if (starts(uri, "/hello")) {
		hello();
		return "application/json";
	}
	query_run(Q_BEGIN);
	if (session && !who_is_it(session, host))
		put_text("who is it?");
	else if (starts(uri, "/plans.json"))
		plans_json();
	else if (starts(uri, "/orders.json"))
		orders_json(counts);
	else if (starts(uri, "/customers.json"))
		customers_json(counts);
	else if (bare.head_text && bare.tail_text)
		page(uri, counts);
	query_run(Q_COMMIT);
	if (bare.len == 0 || bare.reply[0] == 'w')
		return NULL;
	return bare.reply[0] == '{' ? "application/json" : "text/html";
}

static void
serve(int fd)
{
	FCGX_Request rq;

	FCGX_Init();
	FCGX_InitRequest(&rq, fd, 0);
	while (FCGX_Accept_r(&rq) >= 0) {
		const char *uri = FCGX_GetParam("MP_URI", rq.envp);
		const char *host = FCGX_GetParam("HTTP_HOST", rq.envp);
		const char *type = answer(uri ? uri : "", host ? host : "");

		FCGX_FPrintF(rq.out,
		    "Status: %s\r\nContent-Type: %s\r\nCache-Control: no-store\r\n"
		    "Content-Length: %d\r\n\r\n",
		    type ? "200 OK" : "404 Not Found",
		    type ? type : "text/plain", (int)bare.len);
		FCGX_PutStr(bare.reply, (int)bare.len, rq.out);
		FCGX_FClose(rq.err);
		FCGX_FClose(rq.out);
		FCGX_Detach(&rq); /* not waiting for nginx to close first */
		FCGX_Finish_r(&rq);
	}
}

/* ---- start ---- */

void
die(const char *what, const char *why)
{
	fprintf(stderr, "bare: %s: %s\n", what, why);
	exit(1);
}

static char *
read_file(const char *path)
{
	static char room[1 << 20];
	FILE *f = path ? fopen(path, "re") : NULL;
	size_t n;

	if (!path)
		return NULL;
	if (!f)
		die(path, "cannot be read");
	n = fread(room, 1, sizeof(room) - 1, f);
	room[n] = '\0';
	fclose(f);
	return strdup(room);
}

static void
read_args(int argc, char **argv)
{
	static const struct option options[] = {{"socket", 1, NULL, 's'},
	    {"db", 1, NULL, 'd'}, {"tenant", 1, NULL, 't'},
	    {"processes", 1, NULL, 'n'}, {"head", 1, NULL, 'h'},
	    {"tail", 1, NULL, 'e'}, {"static", 1, NULL, 'p'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const char **to = c == 's'   ? &bare.socket
				  : c == 'd' ? &bare.db
				  : c == 't' ? &bare.tenant
				  : c == 'h' ? &bare.head
				  : c == 'e' ? &bare.tail
				  : c == 'p' ? &bare.prefix
					     : NULL;
		if (to)
			*to = optarg;
		else if (c == 'n')
			bare.processes = atoi(optarg);
		else
			exit(64);
	}
	if (!bare.socket || !bare.db || bare.processes < 1)
		die("usage", "bare --socket PATH --db FILE --tenant ID ...");
}

int
main(int argc, char **argv)
{
	int fd;

	read_args(argc, argv);
	umask(0007);
	unlink(bare.socket);
	fd = FCGX_OpenSocket(bare.socket, BACKLOG);
	if (fd < 0)
		die(bare.socket, "cannot listen");
	bare.head_text = read_file(bare.head);
	bare.tail_text = read_file(bare.tail);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (int i = 0; i < bare.processes; i++) {
		if (fork() != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		open_db();
		serve(fd);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	return 1;
}
