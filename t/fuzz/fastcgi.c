/* fastcgi.c - whatever arrives on a connection, it ends with a whole answer or
 * none.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The input is what a web server writes; libfcgi reads it, and the gate
 * answers as in a worker.  Two things that no web server writes end a program
 * inside libfcgi 2.4.2, and are kept from it: see tame().  It also forgets a
 * few bytes for a management record that it does not know.
 */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/log.h"
#include "base/text.h"
#include "input.h"
#include "replay.h"
#include "scratch_db.h"
#include "web/fastcgi.h"
#include "webtest.h"

#define ANSWER_MAX MEBIBYTE
#define RECORD	   ((size_t)8)

const char fuzz_name[] = "fastcgi";

const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:ProcessManagementRecord\nleak:libfcgi.so\n";
}

/* ---- a house of one room ---- */

static enum err
tenant_of_host(struct request *rq)
{
	return str_eq(rq->host, "a.test") ? OK : E_NOTFOUND;
}

static void
touch(struct request *rq)
{
	(void)rq;
}

static enum err
note_refused(struct request *rq, int status)
{
	(void)rq;
	(void)status;
	return OK;
}

static const struct gate_ops ops = {.tenant_of_host = tenant_of_host,
    .note_refused = note_refused,
    .touch = touch};

static enum err
tell(struct request *rq)
{
	char text[64];

	rq->query_read = true;
	snprintf(text, sizeof(text), "%zu %zu %zu", rq->n_query, rq->n_form,
	    rq->body_len);
	reply_text(rq, 200, "text/plain", text);
	return OK;
}

/* clang-format off */
static const struct route table[] = {
	{GET | DELETE, "/api/get", POOL_UI, AUTH_NONE, 0, BODY_NONE, ROUTE_OWN_TX, tell, "get"},
	{POST, "/api/json", POOL_UI, AUTH_NONE, 0, BODY_JSON, ROUTE_OWN_TX, tell, "json"},
	{POST, "/api/raw", POOL_UI, AUTH_NONE, 0, BODY_RAW, ROUTE_OWN_TX, tell, "raw"},
	{POST, "/form", POOL_UI, AUTH_NONE, 0, BODY_FORM, ROUTE_OWN_TX, tell, "form"},
	{0}
};
/* clang-format on */
static const struct route *const tables[] = {table};

struct house {
	struct webtest w;
	struct fastcgi *fastcgi;
	struct sockaddr_un at;
};

static struct house house;
static char dir[SCRATCH_MAX];

static void
leave(void)
{
	char path[SCRATCH_MAX + 8];

	fastcgi_free(&house.fastcgi);
	snprintf(path, sizeof(path), "%s/s", dir);
	(void)remove(path);
	(void)remove(dir);
}

static int
listen_at(struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int n;

	scratch_make(dir);
	at->sun_family = AF_UNIX;
	n = snprintf(at->sun_path, sizeof(at->sun_path), "%s/s", dir);
	if (n >= (int)sizeof(at->sun_path) || atexit(leave) != 0 ||
	    bind(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 ||
	    listen(fd, 1) != 0)
		abort();
	return fd;
}

static struct house *
the_house(void)
{
	static struct testdb t;
	struct house *h = &house;

	if (h->fastcgi)
		return h;
	log_set_level(LOG__MAX);
	signal(SIGPIPE, SIG_IGN);
	t.db = scratch_db(); /* the gate begins transactions in it */
	webtest_open(&h->w, &t, tables, N_ELEMS(tables), &ops);
	if (fastcgi_new(listen_at(&h->at), &h->fastcgi) != OK)
		abort();
	return h;
}

/* ---- the web server, in its own thread ---- */

struct client {
	int fd;
	const char *bytes;
	size_t n;
	char *answer;
	size_t len;
};

static void *
run_client(void *arg)
{
	struct client *c = arg;
	ssize_t k;

	while (c->n > 0 && (k = write(c->fd, c->bytes, c->n)) > 0) {
		c->bytes += k;
		c->n -= (size_t)k;
	}
	shutdown(c->fd, SHUT_WR);
	while ((k = read(c->fd, c->answer + c->len, ANSWER_MAX - c->len)) > 0)
		c->len += (size_t)k;
	return NULL;
}

/* ---- what came back ---- */

struct seen {
	struct buf answer;
	int begun, ended; /* requests: STDOUT without and with its end */
	unsigned id;
};

static void
see_record(struct seen *s, const unsigned char *head, const char *content)
{
	size_t n = (size_t)(head[4] << 8 | head[5]);
	unsigned id = (unsigned)(head[2] << 8 | head[3]);

	switch (head[1]) {
	case 3: /* END_REQUEST: complete, or one too many at a time */
		assert(n == 8 && id != 0);
		assert(content[4] == 0 || content[4] == 1);
		s->ended += content[4] == 0;
		assert(content[4] != 0 || id == s->id);
		break;
	case 6: /* STDOUT */
		assert(s->ended == 0 && id != 0);
		assert(s->begun++ == 0 || id == s->id);
		s->id = id;
		buf_add(&s->answer, content, n);
		break;
	case 10: /* GET_VALUES_RESULT */
	case 11: /* UNKNOWN_TYPE */
		assert(id == 0);
		break;
	default:
		abort();
	}
}

static void
check_answer(const struct client *c, int served)
{
	struct seen s = {0};
	size_t at = 0;

	buf_init(&s.answer, ANSWER_MAX);
	while (at < c->len) {
		const unsigned char *head =
		    (const unsigned char *)c->answer + at;
		size_t n;

		assert(c->len - at >= RECORD && head[0] == 1);
		n = (size_t)(head[4] << 8 | head[5]) + head[6];
		assert(c->len - at - RECORD >= n);
		see_record(&s, head, c->answer + at + RECORD);
		at += RECORD + n;
	}
	assert(s.ended == served && (s.begun > 0) == (served > 0));
	if (served) {
		assert(str_starts(buf_str(&s.answer), "Status: "));
		assert(strstr(buf_str(&s.answer), "\r\n\r\n"));
	}
	buf_fini(&s.answer);
}

/* ---- one connection ---- */

/* As in a worker. */
static int
serve(struct house *h)
{
	int served = 0;

	while (fastcgi_accept(h->fastcgi)) {
		const struct wire in = fastcgi_wire(h->fastcgi);

		buf_reset(&h->w.out);
		gate_handle(h->w.gate, &in, &h->w.out);
		fastcgi_send(h->fastcgi, &h->w.out);
		gate_finish(h->w.gate);
		fastcgi_finish(h->fastcgi);
		served++;
	}
	return served;
}

/* No lengths of 16 MiB and more: libfcgi asks for that memory, and asserts that
 * it has it.  At most three of the variables that can be asked for: it writes
 * what it says to them into 64 bytes. */
static bool
tame(char *s, size_t n)
{
	const char *at = s, *end = s + n;
	int asked = 0;

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] > 0x80)
			s[i] &= 0x7f;
	while ((at = memmem(at, (size_t)(end - at), "FCGI_M", 6)) != NULL) {
		asked++;
		at++;
	}
	return asked <= 3;
}

static void
connect_and_serve(struct house *h, const char *bytes, size_t n)
{
	static char answer[ANSWER_MAX];
	struct client c = {.fd = socket(AF_UNIX, SOCK_STREAM, 0),
	    .bytes = bytes,
	    .n = n,
	    .answer = answer};
	pthread_t thread;
	int served;

	if (connect(c.fd, (const struct sockaddr *)&h->at, sizeof(h->at)) !=
		0 ||
	    pthread_create(&thread, NULL, run_client, &c) != 0)
		abort();
	served = serve(h);
	pthread_join(thread, NULL);
	close(c.fd);
	assert(served <= 1 && c.len < ANSWER_MAX);
	check_answer(&c, served);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct house *h = the_house();
	char *bytes = malloc(n > 0 ? n : 1);

	if (!bytes)
		abort();
	memcpy(bytes, data, n);
	if (tame(bytes, n))
		connect_and_serve(h, bytes, n);
	free(bytes);
	return 0;
}
