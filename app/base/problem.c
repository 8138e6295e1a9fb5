/* problem.c - collect what a person got wrong.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/problem.h"

#include <stdarg.h>

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

void
problem_add(struct problems *p, const char *field, const char *code,
    const char *fmt, ...)
{
	if (p->n < PROBLEMS_MAX) {
		struct problem *it = &p->item[p->n];
		va_list ap;

		va_start(ap, fmt);
		it->field = or_empty(arena_strdup(p->arena, field));
		it->code = code;
		it->message = or_empty(arena_vprintf(p->arena, fmt, ap));
		va_end(ap);
	}
	p->n++;
}

size_t
problems_kept(const struct problems *p)
{
	return p->n < PROBLEMS_MAX ? p->n : PROBLEMS_MAX;
}
