/* frame.c - the executor takes whole, typed frames and nothing else.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "agent/executor.h"
#include "agent/frame_io.h"
#include "base/secret.h"
#include "base/text.h"
#include "tap.h"

static struct arena *a;

static void
fill(struct frame *f)
{
	*f = (struct frame){.kind = FRAME_REQUEST,
	    .verb = VERB_WEBSITE_CREATE,
	    .serial = 0xfedcba98};
	frame_text(f, TAG_DOMAIN, "shop.example");
	frame_text(f, TAG_SITE_ID, "0190a0b0-0000-7000-8000-000000000001");
	frame_text(f, TAG_PLAN, "");
	frame_num(f, TAG_PHP, 1);
	frame_text(f, TAG_ALIAS, "www.shop.example");
	frame_text(f, TAG_ALIAS, "x.shop.example");
}

static void
round_trip(void)
{
	struct frame f, back;
	size_t used = 0;
	struct buf b;
	enum err e;

	buf_init(&b, 0);
	fill(&f);
	frame_num(&f, TAG_RETENTION_DAYS, INT64_MIN);
	ok(frame_encode(&f, &b) == OK, "a request is encoded");
	e = frame_decode(a, b.data, b.len, &back, &used);
	ok(e == OK && used == b.len, "and decoded whole");
	ok(back.kind == f.kind && back.verb == f.verb &&
		back.serial == f.serial && back.n == f.n,
	    "with its head");
	is_str(frame_get(&back, TAG_DOMAIN, NULL), "shop.example",
	    "with its texts");
	is_str(frame_get(&back, TAG_PLAN, NULL), "", "also an empty one");
	is_str(back.field[5].text, "x.shop.example", "with repeated fields");
	is_int(frame_get_num(&back, TAG_RETENTION_DAYS, 0), INT64_MIN,
	    "and numbers");
	for (size_t n = 0; n < b.len; n++) {
		e = frame_decode(a, b.data, n, &back, &used);
		if (e != E_NOTFOUND) {
			ok(false, "%zu bytes of %zu are not a frame yet", n,
			    b.len);
			break;
		}
	}
	ok(e == E_NOTFOUND, "no part of a frame is taken for a frame");
	buf_fini(&b);
}

static void
refuse_long(void)
{
	struct frame f = {.kind = FRAME_REPLY};
	char text[2100];
	struct buf b;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	frame_text(&f, TAG_MESSAGE, text);
	buf_init(&b, 0);
	ok(frame_encode(&f, &b) == E_LIMIT && b.len == 0,
	    "a text past its limit is not sent");
	buf_fini(&b);
}

/* Head of `len` body bytes, kind, verb, field count; then fields. */
#define HEAD(len, kind, verb, fields)                                          \
	len, 0, 0, 0, kind, verb, fields, 0, 1, 0, 0, 0

static void
refuse_hostile(void)
{
	static const struct {
		const char *what;
		size_t n;
		unsigned char bytes[64];
	} cases[] = {
	    {"a length below the head's", 12, {HEAD(7, 0, 0, 0)}},
	    {"a length of 4 GiB", 12, {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}},
	    {"a length past the limit", 12, {0, 0, 2, 0, 0, 0, 0, 0}},
	    {"an unknown kind", 12, {HEAD(8, 4, 0, 0)}},
	    {"an unknown verb", 12, {HEAD(8, 0, 99, 0)}},
	    {"more fields than there are", 12, {HEAD(8, 0, 0, 1)}},
	    {"65535 fields", 12, {8, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 0, 0, 0}},
	    {"bytes behind the last field", 13, {HEAD(9, 0, 0, 0), 0}},
	    {"an unknown tag", 17, {HEAD(13, 0, 0, 1), 99, 0, 1, 0, 'x'}},
	    {"a tag with a second byte", 17,
		{HEAD(13, 0, 0, 1), TAG_PLAN, 1, 1, 0, 'x'}},
	    {"a field longer than the frame", 17,
		{HEAD(13, 0, 0, 1), TAG_PLAN, 0, 2, 0, 'x'}},
	    {"a field of 65535 bytes", 17,
		{HEAD(13, 0, 0, 1), TAG_PLAN, 0, 0xff, 0xff, 'x'}},
	    {"a NUL in a text", 18,
		{HEAD(14, 0, 0, 1), TAG_PLAN, 0, 2, 0, 'x', 0}},
	    {"broken UTF-8", 18,
		{HEAD(14, 0, 0, 1), TAG_PLAN, 0, 2, 0, 0xc0, 0xaf}},
	    {"a number of one byte", 17,
		{HEAD(13, 0, 0, 1), TAG_PHP, 0, 1, 0, 1}},
	    {"a text past its limit", 25,
		{HEAD(21, 0, 0, 1), TAG_PHP_VERSION, 0, 9, 0, '8', '.', '2',
		    '2', '2', '2', '2', '2', '2'}},
	    {"a field twice", 22,
		{HEAD(18, 0, 0, 2), TAG_PLAN, 0, 1, 0, 'x', TAG_PLAN, 0, 1, 0,
		    'y'}},
	};

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		struct frame f;
		size_t used = 0;

		arena_reset(a);
		ok(frame_decode(a, cases[i].bytes, cases[i].n, &f, &used) ==
			E_INPUT,
		    "case %zu: %s is refused", i, cases[i].what);
	}
}

/* Every frame with one byte changed is refused or still typed. */
static void
flip_bytes(void)
{
	struct frame f, back;
	size_t taken = 0, used;
	struct buf b;
	bool good = true;

	buf_init(&b, 0);
	fill(&f);
	ok(frame_encode(&f, &b) == OK, "a frame to damage");
	for (size_t i = 0; i < b.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			b.data[i] = (char)(b.data[i] ^ (1 << bit));
			arena_reset(a);
			if (frame_decode(a, b.data, b.len, &back, &used) ==
			    OK) {
				taken++;
				good &= back.verb < VERB__MAX &&
					back.kind < FRAME__MAX &&
					back.n <= FRAME_FIELDS_MAX &&
					used <= b.len;
			}
			b.data[i] = (char)(b.data[i] ^ (1 << bit));
		}
	}
	ok(good && taken > 0,
	    "no flipped bit gives more than enums and limits (%zu taken)",
	    taken);
	buf_fini(&b);
}

struct seen {
	int n;
	uint32_t last;
};

static void
count(void *ctx, const struct frame *f, const char *bytes, size_t n)
{
	struct seen *seen = ctx;

	(void)bytes;
	(void)n;
	seen->n++;
	seen->last = f->serial;
}

static void
take_stream(void)
{
	struct seen seen = {0};
	struct buf all, in;
	struct frame f;
	int pipe_fd[2];

	buf_init(&all, 0);
	buf_init(&in, 0);
	for (uint32_t i = 1; i <= 3; i++) {
		fill(&f);
		f.serial = i;
		ok(frame_encode(&f, &all) == OK, "frame %u of a stream", i);
	}
	for (size_t i = 0; i < all.len; i++) {
		buf_add(&in, all.data + i, 1);
		if (!frame_take(&in, count, &seen))
			break;
	}
	ok(seen.n == 3 && seen.last == 3 && in.len == 0,
	    "frames that come byte by byte are taken in order");
	buf_add(&in, "\xff\xff\xff\xff", 4);
	ok(!frame_take(&in, count, &seen), "a stream that breaks is noticed");
	if (pipe(pipe_fd) == 0) {
		char got[512];

		ok(frame_send(pipe_fd[1], &f) == OK &&
			read(pipe_fd[0], got, sizeof(got)) > 0,
		    "a frame goes through a pipe");
		close(pipe_fd[0]);
		close(pipe_fd[1]);
	}
	buf_fini(&all);
	buf_fini(&in);
}

static void
check_requests(void)
{
	struct frame f;

	fill(&f);
	ok(executor_refuses(&f) == NULL, "a whole request is taken");
	f.kind = FRAME_REPLY;
	ok(executor_refuses(&f) != NULL, "a reply is no request");
	fill(&f);
	frame_num(&f, TAG_RETENTION_DAYS, 1);
	ok(executor_refuses(&f) != NULL, "a field of another verb is refused");
	fill(&f);
	f.field[0].tag = TAG_ALIAS;
	ok(executor_refuses(&f) != NULL, "a missing domain is refused");
	f = (struct frame){.kind = FRAME_REQUEST, .verb = VERB_HOUSEKEEP};
	ok(executor_refuses(&f) == NULL, "housekeeping needs no field");
	frame_text(&f, TAG_DOMAIN, "x.example");
	ok(executor_refuses(&f) != NULL, "and takes none");
}

static void
find_verbs(void)
{
	enum verb v = VERB__MAX;

	ok(verb_find("website", "suspend", &v) && v == VERB_WEBSITE_SUSPEND,
	    "a verb is found by the panel's words");
	ok(!verb_find("website", "", &v) && !verb_find("", "create", &v) &&
		!verb_find("backup", "suspend", &v),
	    "other words find none");
	for (v = 0; v < VERB__MAX; v++) {
		if (verb_infos[v].limit_s <= 0)
			break;
	}
	ok(v == VERB__MAX, "every verb has a time limit");
}

int
main(void)
{
	a = arena_new(1024 * 1024);
	if (a == NULL || secret_init() != OK)
		bail("no memory");
	round_trip();
	refuse_long();
	refuse_hostile();
	flip_bytes();
	take_stream();
	check_requests();
	find_verbs();
	arena_free(&a);
	return tap_done();
}
