/* problem.c - collect what a person got wrong.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/problem.h"

#include <stdarg.h>

#include "base/reader.h"

void
problems_init(struct problems *p, struct arena *a)
{
	p->arena = a;
	p->n = 0;
}

/* The arena remembers a refusal; the problem still counts. */
static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

/* The next one, or NULL when there are too many. */
static struct problem *
next(struct problems *p, const char *field, const char *code)
{
	struct problem *it;

	if (p->n++ >= PROBLEMS_MAX)
		return NULL;
	it = &p->item[p->n - 1];
	it->field = or_empty(arena_strdup(p->arena, field));
	it->code = code;
	return it;
}

void
problem_add(struct problems *p, const char *field, const char *code,
    const char *fmt, ...)
{
	struct problem *it = next(p, field, code);
	va_list ap, again;

	if (!it)
		return;
	va_start(ap, fmt);
	va_copy(again, ap);
	it->message = or_empty(arena_vprintf(p->arena, fmt, ap));
	it->said = say_message(p->arena, it->message, fmt, again);
	va_end(again);
	va_end(ap);
}

void
problem_add_words(struct problems *p, const char *field, const char *code,
    const char *fmt, ...)
{
	struct problem *it = next(p, field, code);
	va_list ap, again;

	if (!it)
		return;
	va_start(ap, fmt);
	va_copy(again, ap);
	it->message = or_empty(arena_vprintf(p->arena, fmt, ap));
	it->said = or_empty(say_words(p->arena, fmt, again));
	va_end(again);
	va_end(ap);
}

void
problem_pass(struct problems *p, const char *field, const struct problem *was)
{
	struct problem *it = next(p, field, was->code);

	if (!it)
		return;
	it->message = or_empty(arena_strdup(p->arena, was->message));
	it->said = or_empty(arena_strdup(p->arena, was->said));
}

size_t
problems_kept(const struct problems *p)
{
	return p->n < PROBLEMS_MAX ? p->n : PROBLEMS_MAX;
}
