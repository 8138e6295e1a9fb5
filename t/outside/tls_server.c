/* tls_server.c - openssl's own server, for tests of a TLS client.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "tls_server.h"

#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define OPTIONS_MAX 8

/* Start a program in that directory; its output can be read from *out_fd. */
static pid_t
start(const char *dir, const char *const *argv, int *out_fd)
{
	int fd[2];
	pid_t pid;

	if (pipe(fd) < 0 || (pid = fork()) < 0)
		bail("no fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd[1], STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		if (chdir(dir) == 0)
			execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(fd[1]);
	*out_fd = fd[0];
	return pid;
}

static bool
make_certificate(const struct tls_server *s)
{
	const char *const argv[] = {"openssl", "req", "-x509", "-newkey", "ec",
	    "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
	    "-subj", "/CN=panel.example.test", "-addext",
	    "subjectAltName=IP:127.0.0.1", "-keyout", s->key, "-out", s->cert,
	    NULL};
	int fd, status;
	pid_t pid = start(s->dir, argv, &fd);

	waitpid(pid, &status, 0);
	close(fd);
	return status == 0;
}

bool
tls_server_init(struct tls_server *s)
{
	const char *tmp = getenv("TMPDIR");

	*s = (struct tls_server){.fd = -1};
	snprintf(s->dir, sizeof(s->dir), "%s/tls.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(s->dir))
		bail("no folder");
	snprintf(s->key, sizeof(s->key), "%s/key.pem", s->dir);
	snprintf(s->cert, sizeof(s->cert), "%s/cert.pem", s->dir);
	return make_certificate(s);
}

/* Its port, once it says that it accepts. */
static int
port_of(int fd)
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

void
tls_server_start(struct tls_server *s, const char *const *options)
{
	const char *argv[8 + OPTIONS_MAX + 1] = {"openssl", "s_server",
	    "-accept", "127.0.0.1:0", "-key", s->key, "-cert", s->cert};

	for (size_t i = 0; i < OPTIONS_MAX && options[i]; i++)
		argv[8 + i] = options[i];
	s->pid = start(s->dir, argv, &s->fd);
	s->port = port_of(s->fd);
}

void
tls_server_stop(struct tls_server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	close(s->fd);
}

void
tls_server_put(const struct tls_server *s, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	if (!(f = fopen(path, "w")) || fputs(text, f) < 0 || fclose(f) != 0)
		bail("%s can't be written", path);
}

void
tls_server_fini(struct tls_server *s)
{
	DIR *d = opendir(s->dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(s->dir);
}
