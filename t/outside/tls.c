/* tls.c - whom outside/http.h trusts, against openssl's own server.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "outside/http.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "tap.h"

static char dir[64], key[96], cert[96];

/* Start a program; its output can be read from *out_fd. */
static pid_t
start(const char *const *argv, int *out_fd)
{
	int fd[2];
	pid_t pid;

	if (pipe(fd) < 0 || (pid = fork()) < 0)
		bail("no fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd[1], STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(fd[1]);
	*out_fd = fd[0];
	return pid;
}

/* A certificate that signs itself, for 127.0.0.1 only. */
static bool
make_certificate(void)
{
	const char *const argv[] = {"openssl", "req", "-x509", "-newkey", "ec",
	    "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
	    "-subj", "/CN=panel.example.test", "-addext",
	    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert, NULL};
	int fd, status;
	pid_t pid = start(argv, &fd);

	waitpid(pid, &status, 0);
	close(fd);
	return status == 0;
}

/* Its port, once it says that it accepts. */
static int
port_of_server(int fd)
{
	char text[4096], *at;
	size_t n = 0;

	while (n < sizeof(text) - 1) {
		ssize_t got = read(fd, text + n, sizeof(text) - 1 - n);

		if (got <= 0)
			break;
		n += (size_t)got;
		text[n] = '\0';
		at = strstr(text, "ACCEPT ");
		if (at && strchr(at, '\n'))
			return atoi(strrchr(at, ':') + 1);
	}
	bail("openssl s_server does not start: %s", text);
}

static void
trust(int port)
{
	struct http_client *client = http_client_new();
	struct arena *a = arena_new(1 << 22);
	struct http_request rq = {
	    .url = arena_printf(a, "https://127.0.0.1:%d/", port)};
	struct http_reply r;

	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "an unknown authority is refused: %s", http_reason(client));
	rq.ca_file = cert;
	ok(http_call(client, a, &rq, &r) == OK && r.status == 200,
	    "one that was named is trusted %s", http_reason(client));
	rq.url = arena_printf(a, "https://localhost:%d/", port);
	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "but not for another name: %s", http_reason(client));
	rq.url = arena_printf(a, "https://127.0.0.1:%d/", port);
	rq.ca_file = NULL;
	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "and not in a later call without it: %s", http_reason(client));
	rq.ca_file = key;
	ok(http_call(client, a, &rq, &r) == E_REMOTE,
	    "a file without certificates trusts nobody: %s",
	    http_reason(client));
	arena_free(&a);
	http_client_free(&client);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	const char *const argv[] = {"openssl", "s_server", "-accept",
	    "127.0.0.1:0", "-key", key, "-cert", cert, "-www", NULL};
	pid_t server;
	int fd;

	log_set_level(LOG__MAX);
	snprintf(dir, sizeof(dir), "%s/tls.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		bail("no folder");
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	if (make_certificate()) {
		server = start(argv, &fd);
		trust(port_of_server(fd));
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
		close(fd);
	} else {
		ok(true, "TLS # SKIP no openssl to make a certificate");
	}
	unlink(key);
	unlink(cert);
	rmdir(dir);
	return tap_done();
}
