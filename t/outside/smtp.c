/* smtp.c - what is known of a letter after each thing a server can do.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "outside/smtp.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "port.h"
#include "tap.h"

/* ---- a server that does as it is told ---- */

enum point { NOWHERE, GREETING, EHLO, AUTH, MAIL, RCPT, DATA, TEXT_, DOT };

/* It behaves, but at one point says something else; NULL: it hangs up there;
 * "": it says nothing more. */
struct script {
	enum point at;
	const char *says;
};

static const char *const good_words[] = {
    [GREETING] = "220 hi",
    [EHLO] = "250-server\r\n250-SIZE 100000\r\n250 AUTH PLAIN LOGIN",
    [AUTH] = "235 fine",
    [MAIL] = "250 fine",
    [RCPT] = "250 fine",
    [DATA] = "354 go on",
    [DOT] = "250 taken as 17",
};

static char *taken; /* shared: the last text, as it was on the wire */
static char *heard; /* shared: the last AUTH line */
#define TAKEN_MAX 65536
#define HEARD_MAX 256

static struct arena *a;

/* False: hang up. */
static bool
say_text(int fd, const char *s)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};
	char line[512];

	if (!s)
		return false;
	if (s[0] == '\0') {
		poll(&p, 1, 5000); /* until the client gives up */
		return false;
	}
	snprintf(line, sizeof(line), "%s\r\n", s);
	return send(fd, line, strlen(line), MSG_NOSIGNAL) > 0;
}

static bool
say(int fd, const struct script *s, enum point p)
{
	return say_text(fd, s->at == p ? s->says : good_words[p]);
}

static bool
read_line(FILE *in, char *line, size_t size)
{
	if (!fgets(line, (int)size, in))
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

static bool
read_text(FILE *in, const struct script *s)
{
	char line[4096];
	size_t n = 0;

	while (fgets(line, sizeof(line), in)) {
		if (s->at == TEXT_)
			return false;
		if (strcmp(line, ".\r\n") == 0) {
			taken[n] = '\0';
			return true;
		}
		n += (size_t)snprintf(taken + n, TAKEN_MAX - n, "%s", line);
	}
	return false;
}

static bool
serve_line(int fd, FILE *in, const char *line, const struct script *s)
{
	if (strncmp(line, "EHLO", 4) == 0)
		return say(fd, s, EHLO);
	if (strncmp(line, "AUTH", 4) == 0) {
		if (!say_text(fd, "334 ") || !fgets(heard, HEARD_MAX, in))
			return false;
		heard[strcspn(heard, "\r\n")] = '\0';
		return say(fd, s, AUTH);
	}
	if (strncmp(line, "MAIL", 4) == 0)
		return say(fd, s, MAIL);
	if (strncmp(line, "RCPT", 4) == 0)
		return say(fd, s, RCPT);
	if (strncmp(line, "DATA", 4) == 0) {
		if (!say(fd, s, DATA) || s->at == DATA)
			return s->says != NULL;
		return read_text(in, s) && say(fd, s, DOT);
	}
	if (strncmp(line, "QUIT", 4) == 0)
		return say_text(fd, "221 bye") && false;
	return say_text(fd, "500 what?");
}

static pid_t
serve(int listener, const struct script *s)
{
	pid_t pid = fork();
	char line[4096];
	FILE *in;
	int fd;

	if (pid < 0)
		bail("no fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = accept(listener, NULL, NULL);
	in = fdopen(dup(fd), "r");
	if (say(fd, s, GREETING))
		while (read_line(in, line, sizeof(line)) &&
		       serve_line(fd, in, line, s))
			;
	_exit(0);
}

/* ---- one letter to it ---- */

static int begins;
static enum err begin_says;

static enum err
begin(void *arg)
{
	(void)arg;
	begins++;
	return begin_says;
}

#define TEXT "Subject: x\r\n\r\n.hidden\r\n..\r\nlast\r\n"

static bool is_impatient;

static bool
gives_up(void *arg)
{
	(void)arg;
	return is_impatient;
}

static struct smtp_outcome
send_with(const struct script *s, const char *user, bool needs_tls)
{
	struct smtp_outcome out = {.fate = SMTP__MAX};
	int port, listener = port_listen(&port);
	pid_t pid = serve(listener, s);
	struct smtp_server server = {
	    .url = arena_printf(a, "smtp://%s127.0.0.1:%d", user, port),
	    .helo = "panel.example.test",
	    .needs_tls = needs_tls,
	    .timeout_ms = 700,
	};
	struct smtp_letter l = {
	    .from = "panel@example.test",
	    .to = "ada@example.com",
	    .text = TEXT,
	    .len = strlen(TEXT),
	    .begin = begin,
	    .gives_up = gives_up,
	};

	begins = 0;
	taken[0] = heard[0] = '\0';
	if (smtp_send(a, &server, &l, &out) != OK)
		bail("smtp_send");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(listener);
	return out;
}

/* clang-format off */
static const struct {
	const char *claim;
	struct script script;
	enum smtp_fate fate;
	int code, begins;
} cases[] = {
	{"it is taken", {NOWHERE, NULL}, SMTP_SENT, 250, 1},
	{"another 2xx at the end is taken too", {DOT, "251 forwarded"}, SMTP_SENT, 251, 1},
	{"the server is busy from the start", {GREETING, "421 busy"}, SMTP_LATER, 421, 0},
	{"it has no service", {GREETING, "554 no service"}, SMTP_LATER, 554, 0},
	{"it hangs up at once", {GREETING, NULL}, SMTP_LATER, 0, 0},
	{"it never greets", {GREETING, ""}, SMTP_LATER, 0, 0},
	{"it speaks no SMTP", {GREETING, "HTTP/1.1 400 Bad Request"}, SMTP_LATER, 0, 0},
	{"the sender is refused for now", {MAIL, "452 no room"}, SMTP_LATER, 452, 0},
	{"the sender is refused", {MAIL, "553 not you"}, SMTP_REFUSED, 553, 0},
	{"the sender must sign in", {MAIL, "530 sign in first"}, SMTP_LATER, 530, 0},
	{"the recipient is refused for now", {RCPT, "451 try later"}, SMTP_LATER, 451, 0},
	{"the recipient is refused", {RCPT, "550 no such user"}, SMTP_REFUSED, 550, 0},
	{"it hangs up at the recipient", {RCPT, NULL}, SMTP_LATER, 250, 0},
	{"DATA is refused for now", {DATA, "451 not now"}, SMTP_LATER, 451, 0},
	{"DATA is refused", {DATA, "554 no"}, SMTP_REFUSED, 554, 0},
	{"it hangs up at DATA", {DATA, NULL}, SMTP_LATER, 250, 0},
	{"it hangs up within the text", {TEXT_, NULL}, SMTP_MAYBE, 354, 1},
	{"it hangs up behind the text", {DOT, NULL}, SMTP_MAYBE, 354, 1},
	{"it never answers the text", {DOT, ""}, SMTP_MAYBE, 354, 1},
	{"its answer to the text is nonsense", {DOT, "yes, thank you"}, SMTP_MAYBE, 0, 1},
	{"it answers the text with another 354", {DOT, "354 more"}, SMTP_MAYBE, 354, 1},
	{"the text is refused for now", {DOT, "451 greylisted"}, SMTP_LATER, 451, 1},
	{"the text is refused", {DOT, "554 spam"}, SMTP_REFUSED, 554, 1},
};
/* clang-format on */

static void
test_fates(void)
{
	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		struct smtp_outcome o = send_with(&cases[i].script, "", false);

		if (!ok(o.fate == cases[i].fate && o.code == cases[i].code &&
			    begins == cases[i].begins,
			"%zu: %s", i, cases[i].claim))
			note("fate %d, code %d, %d begun: %s", (int)o.fate,
			    o.code, begins, o.answer);
	}
}

static void
test_text(void)
{
	const struct script good = {NOWHERE, NULL};
	const struct script odd = {RCPT, "550 \x1b[31mred"};
	struct smtp_outcome o = send_with(&good, "", false);

	is_str(taken, "Subject: x\r\n\r\n..hidden\r\n...\r\nlast\r\n",
	    "dots that begin a line are doubled on the wire");
	is_str(o.answer, "250 taken as 17", "the last answer is kept");
	o = send_with(&odd, "", false);
	is_str(o.answer, "550 ?[31mred", "as far as it can be shown");
}

static void
test_stopped(void)
{
	const struct script good = {NOWHERE, NULL};
	struct smtp_outcome o;

	begin_says = E_CONFLICT;
	o = send_with(&good, "", false);
	begin_says = OK;
	is_int(o.fate, SMTP_LATER, "who says no in time stops it");
	is_int(o.begun, E_CONFLICT, "and hears it again");
	is_str(taken, "", "not a byte has left");
}

static void
test_impatient(void)
{
	const struct script slow = {MAIL, ""}, slower = {DOT, ""};
	struct smtp_outcome o;

	is_impatient = true;
	o = send_with(&slow, "", false);
	is_int(o.fate, SMTP_LATER, "who is in a hurry gives up in time");
	is_str(o.answer, "stopped before the text", "and says so");
	o = send_with(&slower, "", false);
	ok(o.fate == SMTP_LATER || o.fate == SMTP_MAYBE,
	    "what was begun is waited for, or was not begun");
	is_int(o.fate == SMTP_MAYBE, begins, "and it is known which");
	is_impatient = false;
}

static void
test_log_in(void)
{
	const struct script good = {NOWHERE, NULL};
	const struct script bad = {AUTH, "535 wrong"};
	struct smtp_outcome o = send_with(&good, "mp:s3cret@", false);

	is_int(o.fate, SMTP_SENT, "a password signs in");
	/* "\0mp\0s3cret" */
	is_str(heard, "AG1wAHMzY3JldA==", "by AUTH PLAIN");
	o = send_with(&bad, "mp:s3cret@", false);
	is_int(o.fate, SMTP_LATER, "a wrong one is ours to mend");
	is_int(o.code, 535, "and is told");
	o = send_with(&good, "mp:s3cret@", true);
	is_int(o.fate, SMTP_LATER, "where TLS is needed, no TLS is no way");
	is_str(heard, "", "and no password is said without it");
}

static void
test_refused(void)
{
	static const struct {
		const char *url, *helo, *from, *to, *why;
	} bad[] = {
	    {"http://127.0.0.1:9", "a.test", "a@b.test", "a@b.test",
		"another protocol"},
	    {"smtp://127.0.0.1:9/\r\nQUIT", "a.test", "a@b.test", "a@b.test",
		"two lines in the address"},
	    {"smtp://127.0.0.1:9", "a.test\r\nX", "a@b.test", "a@b.test",
		"two lines in our name"},
	    {"smtp://127.0.0.1:9", "a.test", "a@b.test>\r\nRCPT TO:<x@y.test",
		"a@b.test", "commands in the sender"},
	    {"smtp://127.0.0.1:9", "a.test", "a@b.test", "a@b.test>\r\nDATA",
		"commands in the recipient"},
	};
	struct smtp_outcome out;

	for (size_t i = 0; i < N_ELEMS(bad); i++) {
		struct smtp_server s = {.url = bad[i].url, .helo = bad[i].helo};
		struct smtp_letter l = {.from = bad[i].from,
		    .to = bad[i].to,
		    .text = TEXT,
		    .len = strlen(TEXT)};

		ok(smtp_send(a, &s, &l, &out) == E_INPUT, "refused %zu: %s", i,
		    bad[i].why);
	}
}

int
main(void)
{
	a = arena_new(1 << 20);
	taken = mmap(NULL, TAKEN_MAX + HEARD_MAX, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	heard = taken + TAKEN_MAX;
	signal(SIGPIPE, SIG_IGN);
	test_fates();
	test_text();
	test_stopped();
	test_impatient();
	test_log_in();
	test_refused();
	munmap(taken, TAKEN_MAX + HEARD_MAX);
	arena_free(&a);
	return tap_done();
}
