/* params.c - queries, forms and cookies are text, each name once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdlib.h>

#include "base/text.h"
#include "input.h"
#include "replay.h"
#include "web/params.h"

const char fuzz_name[] = "params";

static void
check_list(const struct params *l)
{
	assert(l->n <= PARAMS_MAX);
	for (size_t i = 0; i < l->n; i++) {
		const struct param *p = &l->item[i];

		assert(strlen(p->name) <= PARAM_NAME_MAX);
		assert(utf8_valid(p->name, strlen(p->name)));
		assert(utf8_valid(p->value, strlen(p->value)));
		assert(params_find(l->item, l->n, p->name) == p->value);
	}
}

static void
check_equal(const struct params *l, const struct params *m)
{
	assert(l->n == m->n);
	for (size_t i = 0; i < l->n; i++)
		assert(str_eq(l->item[i].name, m->item[i].name) &&
		       str_eq(l->item[i].value, m->item[i].value));
}

/* One problem, and only with E_INPUT; nothing else may happen. */
static void
check_answer(enum err e, const struct problems *p)
{
	assert(e == OK || e == E_INPUT);
	assert(p->n == (e == E_INPUT));
}

static void
put_encoded(struct buf *b, const struct params *l)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_uri(b, l->item[i].name, strlen(l->item[i].name));
		buf_putc(b, '=');
		buf_uri(b, l->item[i].value, strlen(l->item[i].value));
		buf_putc(b, '&');
	}
}

static void
put_cookies(struct buf *b, const struct params *l)
{
	for (size_t i = 0; i < l->n; i++)
		buf_printf(b, "%s=\"%s\"; ", l->item[i].name, l->item[i].value);
}

/* What was read and is written again reads the same. */
static void
check_encoded(struct arena *a, const char *text, size_t n)
{
	struct params l = {0}, m = {0};
	struct problems p;
	struct buf b;
	enum err e;

	problems_init(&p, a);
	e = params_urlencoded(a, text, n, &p, &l);
	check_answer(e, &p);
	if (e != OK)
		return;
	check_list(&l);
	buf_init(&b, 0);
	put_encoded(&b, &l);
	e = params_urlencoded(a, buf_str(&b), b.len, &p, &m);
	assert(e == OK);
	check_equal(&l, &m);
	buf_fini(&b);
}

static void
check_cookies(struct arena *a, const char *text)
{
	struct params l = {0}, m = {0};
	struct problems p;
	struct buf b;
	enum err e;

	problems_init(&p, a);
	e = params_cookies(a, text, &p, &l);
	check_answer(e, &p);
	if (e != OK)
		return;
	check_list(&l);
	buf_init(&b, 0);
	put_cookies(&b, &l);
	e = params_cookies(a, buf_str(&b), &p, &m);
	assert(e == OK);
	check_equal(&l, &m);
	buf_fini(&b);
}

/* Without memory there is an answer too. */
static void
check_starved(const char *text, size_t n)
{
	struct arena *a = arena_new(n % 29 * 64);
	struct params l = {0};
	struct problems p;
	enum err e;

	if (!a)
		return;
	problems_init(&p, a);
	e = params_urlencoded(a, text, n, &p, &l);
	assert(e != OK || !arena_failed(a));
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data;
	struct arena *a = arena_new(4 * MEBIBYTE);
	char *header = part_text((struct part){text, n});

	check_encoded(a, text, n);
	check_cookies(a, header);
	check_starved(text, n);
	free(header);
	arena_free(&a);
	return 0;
}
