/* template_emit.c - instructions and text of a template, line by line.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "template/template_emit.h"

#include <stdlib.h>
#include <string.h>

#define PATH_PARTS_MAX 16

void
emit_fail(struct compiler *c, int line, const char *fmt, ...)
{
	va_list ap;

	if (c->err != OK)
		return;
	c->err = E_INPUT;
	buf_printf(c->complaint, "%s:%d: ", c->label, line);
	va_start(ap, fmt);
	buf_vprintf(c->complaint, fmt, ap);
	va_end(ap);
	buf_putc(c->complaint, '\n');
}

void
emit_no_memory(struct compiler *c)
{
	if (c->err != OK)
		return;
	c->err = E_SYS;
	buf_printf(c->complaint, "%s: no memory\n", c->label);
}

struct open *
emit_top(struct compiler *c)
{
	return c->depth > 0 ? &c->open[c->depth - 1] : NULL;
}

struct open *
emit_parent(struct compiler *c)
{
	struct open *o = emit_top(c);

	return o != NULL && o->tok.tag == TAG_PARENT ? o : NULL;
}

static const char *
keep(struct compiler *c, const char *s, size_t n)
{
	const char *copy = arena_strndup(c->t->arena, s, n);

	if (copy == NULL)
		emit_no_memory(c);
	return copy;
}

struct op *
emit_op(struct compiler *c, enum op_kind kind)
{
	static struct op dummy;
	struct template *t = c->t;
	struct op *ops = t->ops;
	uint32_t cap = t->cap_ops > 0 ? t->cap_ops * 2 : 32;

	if (t->n_ops == t->cap_ops) {
		ops = reallocarray(t->ops, cap, sizeof(*ops));
		if (ops == NULL) {
			emit_no_memory(c);
			return &dummy;
		}
		t->ops = ops;
		t->cap_ops = cap;
	}
	ops += t->n_ops++;
	*ops = (struct op){
	    .kind = kind,
	    .bol = c->bol,
	    .line = c->line,
	    .indent = "",
	};
	c->bol = false;
	return ops;
}

struct op *
emit_op_alone(struct compiler *c, enum op_kind kind, bool alone)
{
	bool bol = c->bol;
	struct op *op = emit_op(c, kind);

	if (alone) {
		op->bol = false;
		c->bol = bol;
	}
	return op;
}

/* ---- text ---- */

static bool
begins_line(const struct compiler *c, const char *s)
{
	return s == c->scan.start || s[-1] == '\n';
}

/* Take the margin off the beginning of a line, as far as it is there. */
static void
strip_margin(const struct compiler *c, const char **s, size_t *n)
{
	for (size_t i = 0; i < c->margin_n; i++) {
		if (*n == 0 || **s != c->margin[i])
			break;
		++*s;
		--*n;
	}
}

static void
add_bytes(struct compiler *c, const char *s, size_t n)
{
	struct template *t = c->t;
	struct op *op;

	if (n == 0)
		return;
	op = t->n_ops > 0 ? &t->ops[t->n_ops - 1] : NULL;
	if (op == NULL || op->kind != OP_TEXT) {
		op = emit_op(c, OP_TEXT);
		op->at = t->text.len;
	}
	buf_add(&t->text, s, n);
	op->n += (uint32_t)n;
	c->bol = s[n - 1] == '\n';
}

void
emit_text(struct compiler *c, const char *s, size_t n)
{
	const char *end = s + n, *next, *nl;

	if (emit_parent(c) != NULL)
		return;
	if (c->margin_n == 0) {
		add_bytes(c, s, n);
		return;
	}
	for (; s < end; s = next) {
		nl = memchr(s, '\n', (size_t)(end - s));
		next = nl != NULL ? nl + 1 : end;
		n = (size_t)(next - s);
		if (begins_line(c, s))
			strip_margin(c, &s, &n);
		add_bytes(c, s, n);
	}
}

void
emit_cut(struct compiler *c, uint32_t op, size_t n)
{
	struct op *text;

	if (n == 0 || c->err != OK)
		return;
	text = &c->t->ops[op - 1];
	assert(text->kind == OP_TEXT && text->n >= n);
	text->n -= (uint32_t)n;
	if (text->n == 0)
		text->bol = false;
}

bool
emit_lead(struct compiler *c, const struct token *tok)
{
	if (token_is_alone(tok)) {
		scan_skip(&c->scan, tok->tail_n);
		return true;
	}
	emit_text(c, tok->lead, tok->lead_n);
	return false;
}

/* ---- names ---- */

bool
emit_name_is_good(const struct token *tok)
{
	if (tok->n == 0)
		return false;
	for (size_t i = 0; i < tok->n; i++) {
		unsigned char ch = (unsigned char)tok->s[i];

		if (ch <= ' ' || ch == 127)
			return false;
	}
	return strchr("{}<>&#^/$!=*@%\"'", tok->s[0]) == NULL &&
	       memchr(tok->s, '{', tok->n) == NULL &&
	       memchr(tok->s, '}', tok->n) == NULL;
}

void
emit_path(struct compiler *c, struct op *op, const struct token *tok)
{
	const char *s = tok->s, *end = tok->s + tok->n, *dot;
	struct view_name parts[PATH_PARTS_MAX];
	uint32_t n = 0;

	if (tok->n == 1 && *s == '.')
		return;
	for (; s <= end; s = dot + 1) {
		dot = memchr(s, '.', (size_t)(end - s));
		if (dot == NULL)
			dot = end;
		if (dot == s || n == PATH_PARTS_MAX) {
			emit_fail(c, tok->line, "\"%.*s\" is no name",
			    (int)tok->n, tok->s);
			return;
		}
		parts[n].text = keep(c, s, (size_t)(dot - s));
		if (parts[n].text == NULL)
			return;
		parts[n] = view_name(parts[n].text);
		n++;
	}
	op->path = arena_memdup(c->t->arena, parts, n * sizeof(parts[0]));
	if (op->path == NULL)
		emit_no_memory(c);
	op->n = n;
}

void
emit_block_name(struct compiler *c, struct op *op, const struct token *tok)
{
	struct view_name *name = ARENA_NEW(c->t->arena, struct view_name);
	const char *text = keep(c, tok->s, tok->n);

	if (name == NULL || text == NULL) {
		emit_no_memory(c);
		return;
	}
	*name = view_name(text);
	op->path = name;
	op->n = 1;
}

void
emit_callee(struct compiler *c, struct op *op, const struct token *tok)
{
	op->callee = templates_entry(c->ts, tok->s, tok->n);
	if (op->callee == NULL)
		emit_no_memory(c);
}

void
emit_indent(struct compiler *c, struct op *op, const char *s, size_t n)
{
	const char *indent;

	strip_margin(c, &s, &n);
	indent = n > 0 ? keep(c, s, n) : "";
	if (indent != NULL)
		op->indent = indent;
}
