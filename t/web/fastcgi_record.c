/* fastcgi_record.c - an answer arrives as the records that FastCGI wants.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/fastcgi_record.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tap.h"

#define REQUEST_ID 0x1234
#define STREAM_MAX 300000

enum { END_REQUEST = 3, OUT = 6 };

/* What was read until the other side closed. */
struct stream {
	unsigned char byte[STREAM_MAX];
	size_t n;
};

static void
fill(struct buf *answer, size_t n)
{
	buf_init(answer, STREAM_MAX);
	for (size_t i = 0; i < n; i++)
		buf_putc(answer, (char)('a' + i * 7 % 26));
}

/* Slowly and in pieces, with a socket that holds little. */
static void
read_all(int fd, struct stream *s)
{
	ssize_t n;

	s->n = 0;
	while ((n = read(fd, s->byte + s->n, 5000)) > 0) {
		s->n += (size_t)n;
		usleep(100);
	}
}

static void
send_answer(const struct buf *answer, struct stream *s)
{
	int fd[2], little = 4608;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0 ||
	    setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &little, sizeof(little)) !=
		0)
		bail("socketpair");
	if ((pid = fork()) == 0) {
		close(fd[1]);
		_exit(!fastcgi_write_answer(fd[0], REQUEST_ID, answer));
	}
	close(fd[0]);
	read_all(fd[1], s);
	close(fd[1]);
	if (waitpid(pid, &little, 0) != pid)
		bail("waitpid");
	ok(little == 0, "%zu bytes are sent", answer->len);
}

/* The next record, moving *at; its content and length. */
static int
next(const struct stream *s, size_t *at, const unsigned char **content,
    size_t *n)
{
	const unsigned char *head = s->byte + *at;

	if (s->n - *at < 8 || head[0] != 1 ||
	    (head[2] << 8 | head[3]) != REQUEST_ID)
		return 0;
	*n = (size_t)(head[4] << 8 | head[5]);
	*content = head + 8;
	*at += 8 + *n + head[6];
	return *at <= s->n ? head[1] : 0;
}

static void
test_size(size_t size)
{
	static struct stream s;
	static char body[STREAM_MAX];
	const unsigned char *content;
	size_t at = 0, got = 0, n = 0;
	struct buf answer;
	int type;

	fill(&answer, size);
	send_answer(&answer, &s);
	while ((type = next(&s, &at, &content, &n)) == OUT && n > 0) {
		memcpy(body + got, content, n);
		got += n;
	}
	ok(got == size && memcmp(body, buf_str(&answer), size) == 0,
	    "and the records have them");
	ok(type == OUT && n == 0, "an empty one ends the stream");
	type = next(&s, &at, &content, &n);
	ok(type == END_REQUEST && n == 8 &&
		memcmp(content, "\0\0\0\0\0\0\0", 8) == 0 && at == s.n,
	    "the end of the request is the last");
	buf_fini(&answer);
}

static void
test_gone(void)
{
	struct buf answer;
	int fd[2];

	signal(SIGPIPE, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0)
		bail("socketpair");
	close(fd[1]);
	fill(&answer, 100);
	ok(!fastcgi_write_answer(fd[0], REQUEST_ID, &answer),
	    "who has gone gets nothing");
	buf_fini(&answer);
	close(fd[0]);
}

int
main(void)
{
	static const size_t sizes[] = {
	    1, 8192, 65527, 65528, 65529, 131056, 200000};

	for (size_t i = 0; i < N_ELEMS(sizes); i++)
		test_size(sizes[i]);
	test_gone();
	return tap_done();
}
