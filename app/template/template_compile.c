/* template_compile.c - the tags of a template as a flat instruction array.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "template/template_ops.h"

#include <stdlib.h>
#include <string.h>

#include "template/template_emit.h"

#define TEMPLATE_ARENA_MAX (8 * TEMPLATE_BYTES_MAX)

/* ---- tags that open ---- */

static struct open *
push(struct compiler *c, const struct token *tok, uint32_t op)
{
	struct open *o = &c->open[c->depth];

	if (c->depth == TEMPLATE_DEPTH_MAX) {
		emit_fail(c, tok->line, "nesting is deeper than %d",
		    TEMPLATE_DEPTH_MAX);
		return NULL;
	}
	*o = (struct open){
	    .tok = *tok,
	    .op = op,
	    .outer_margin = c->margin,
	    .outer_margin_n = c->margin_n,
	};
	c->depth++;
	return o;
}

static void
open_section(struct compiler *c, const struct token *tok)
{
	bool alone = emit_lead(c, tok);
	struct op *op = emit_op_alone(
	    c, tok->tag == TAG_SECTION ? OP_SECTION : OP_INVERTED, alone);

	emit_path(c, op, tok);
	push(c, tok, c->t->n_ops - 1);
}

/* Whether a parent is alone is known at its end only: see close_parent(). */
static void
open_parent(struct compiler *c, const struct token *tok)
{
	size_t before = c->t->text.len;
	struct open *o;
	struct op *op;

	emit_text(c, tok->lead, tok->lead_n);
	before = c->t->text.len - before;
	op = emit_op(c, OP_PARENT);
	emit_callee(c, op, tok);
	o = push(c, tok, c->t->n_ops - 1);
	if (o != NULL)
		o->lead_n = before;
}

/* The blanks at the beginning of the line at s. */
static size_t
count_blanks(const struct compiler *c, const char *s)
{
	const char *p = s;

	while (p < c->scan.end && (*p == ' ' || *p == '\t'))
		p++;
	return (size_t)(p - s);
}

static bool
is_close_tag(const struct compiler *c, const char *s)
{
	const struct scan *scan = &c->scan;
	size_t left = (size_t)(scan->end - s);

	return left > scan->open_n &&
	       memcmp(s, scan->open, scan->open_n) == 0 &&
	       s[scan->open_n] == '/';
}

static bool
argument_is_twice(const struct compiler *c, uint32_t parent)
{
	const struct op *ops = c->t->ops;
	uint32_t last = c->t->n_ops - 1;

	for (uint32_t i = parent + 1; i < last; i = ops[i].end + 1)
		if (name_eq(ops[i].path, ops[last].path))
			return true;
	return false;
}

/* A block inside of a parent: what the child gives. */
static void
open_argument(struct compiler *c, const struct token *tok, uint32_t parent)
{
	struct open *o;
	struct op *op;

	c->bol = false;
	op = emit_op(c, OP_BLOCK);
	emit_block_name(c, op, tok);
	o = push(c, tok, c->t->n_ops - 1);
	if (o == NULL || c->err != OK)
		return;
	if (argument_is_twice(c, parent))
		emit_fail(c, tok->line, "block \"%.*s\" is given twice",
		    (int)tok->n, tok->s);
	o->is_argument = true;
	c->margin_n = 0;
	if (!tok->blank_after)
		return;
	scan_skip(&c->scan, tok->tail_n);
	op->starts_line = true;
	c->bol = true;
	c->margin = c->scan.p;
	c->margin_n = count_blanks(c, c->scan.p);
}

static void
open_block(struct compiler *c, const struct token *tok)
{
	size_t before = c->t->text.len, blanks;
	bool alone = emit_lead(c, tok);
	struct open *o;
	struct op *op;

	before = c->t->text.len - before;
	op = emit_op_alone(c, OP_BLOCK, alone);
	emit_block_name(c, op, tok);
	if (alone) {
		op->own_line = op->starts_line = true;
		blanks = count_blanks(c, c->scan.p);
		if (is_close_tag(c, c->scan.p + blanks))
			emit_indent(c, op, tok->lead, tok->lead_n);
		else
			emit_indent(c, op, c->scan.p, blanks);
	}
	o = push(c, tok, c->t->n_ops - 1);
	if (o != NULL)
		o->lead_n = before;
}

/* ---- tags that close ---- */

static void
end_op(struct compiler *c, const struct open *o, enum op_kind kind, bool alone)
{
	emit_op_alone(c, kind, alone);
	if (c->err == OK)
		c->t->ops[o->op].end = c->t->n_ops - 1;
}

static void
close_parent(struct compiler *c, const struct open *o, const struct token *tok)
{
	struct op *op;

	c->bol = false;
	end_op(c, o, OP_PARENT_END, false);
	if (!o->tok.blank_before || !tok->blank_after || c->err != OK)
		return;
	emit_cut(c, o->op, o->lead_n);
	op = &c->t->ops[o->op];
	emit_indent(c, op, o->tok.lead, o->tok.lead_n);
	op->own_line = true;
	op->bol = false;
	scan_skip(&c->scan, tok->tail_n);
	c->bol = true;
}

static void
close_argument(struct compiler *c, const struct open *o)
{
	c->bol = false;
	end_op(c, o, OP_BLOCK_END, false);
	c->margin = o->outer_margin;
	c->margin_n = o->outer_margin_n;
}

/* {{$x}}...{{/x}} may have one line to itself: it keeps its newline. */
static void
close_block(struct compiler *c, const struct open *o, const struct token *tok)
{
	bool alone = emit_lead(c, tok);
	struct op *op;

	end_op(c, o, OP_BLOCK_END, alone);
	if (!o->tok.blank_before || o->tok.line != tok->line ||
	    !tok->blank_after || c->err != OK)
		return;
	emit_cut(c, o->op, o->lead_n);
	op = &c->t->ops[o->op];
	emit_indent(c, op, o->tok.lead, o->tok.lead_n);
	op->own_line = true;
	op->bol = false;
}

static void
close_section(struct compiler *c, const struct open *o, const struct token *tok)
{
	bool alone = emit_lead(c, tok);

	end_op(c, o,
	    o->tok.tag == TAG_SECTION ? OP_SECTION_END : OP_INVERTED_END,
	    alone);
}

static const char *
what_is(const struct token *tok)
{
	if (tok->tag == TAG_PARENT)
		return "parent";
	return tok->tag == TAG_BLOCK ? "block" : "section";
}

static void
close_tag(struct compiler *c, const struct token *tok)
{
	struct open o;

	if (c->depth == 0) {
		emit_fail(c, tok->line,
		    "nothing is open that \"%.*s\" could close", (int)tok->n,
		    tok->s);
		return;
	}
	o = *emit_top(c);
	if (o.tok.n != tok->n || memcmp(o.tok.s, tok->s, tok->n) != 0) {
		emit_fail(c, tok->line,
		    "\"%.*s\" closes %s \"%.*s\" of line %d", (int)tok->n,
		    tok->s, what_is(&o.tok), (int)o.tok.n, o.tok.s, o.tok.line);
		return;
	}
	if (o.tok.tag == TAG_PARENT)
		close_parent(c, &o, tok);
	else if (o.is_argument)
		close_argument(c, &o);
	else if (o.tok.tag == TAG_BLOCK)
		close_block(c, &o, tok);
	else
		close_section(c, &o, tok);
	c->depth--;
}

/* ---- the other tags ---- */

static void
add_value(struct compiler *c, const struct token *tok)
{
	bool raw = tok->tag == TAG_RAW || c->t->is_text;

	emit_text(c, tok->lead, tok->lead_n);
	emit_path(c, emit_op(c, raw ? OP_RAW : OP_VALUE), tok);
}

static void
add_partial(struct compiler *c, const struct token *tok)
{
	bool alone = emit_lead(c, tok);
	struct op *op = emit_op_alone(c, OP_PARTIAL, alone);

	op->own_line = alone;
	if (alone)
		emit_indent(c, op, tok->lead, tok->lead_n);
	emit_callee(c, op, tok);
}

static bool
tag_is_allowed(struct compiler *c, const struct token *tok)
{
	bool is_silent = tok->tag == TAG_COMMENT || tok->tag == TAG_DELIMS;

	if (!is_silent && !emit_name_is_good(tok)) {
		emit_fail(c, tok->line, "\"%.*s\" is no name",
		    tok->n < 60 ? (int)tok->n : 60, tok->s);
		return false;
	}
	if (emit_parent(c) != NULL && !is_silent && tok->tag != TAG_BLOCK &&
	    tok->tag != TAG_CLOSE) {
		emit_fail(c, tok->line,
		    "only blocks count directly inside of a parent");
		return false;
	}
	return true;
}

static void
add_tag(struct compiler *c, const struct token *tok)
{
	const struct open *parent = emit_parent(c);

	if (!tag_is_allowed(c, tok))
		return;
	switch (tok->tag) {
	case TAG_VALUE:
	case TAG_RAW:
		add_value(c, tok);
		break;
	case TAG_SECTION:
	case TAG_INVERTED:
		open_section(c, tok);
		break;
	case TAG_CLOSE:
		close_tag(c, tok);
		break;
	case TAG_PARTIAL:
		add_partial(c, tok);
		break;
	case TAG_PARENT:
		open_parent(c, tok);
		break;
	case TAG_BLOCK:
		if (parent != NULL)
			open_argument(c, tok, parent->op);
		else
			open_block(c, tok);
		break;
	case TAG_COMMENT:
	case TAG_DELIMS:
		emit_lead(c, tok);
		break;
	case TAG_TEXT:
	case TAG_END:
		break;
	}
}

static void
compile(struct compiler *c)
{
	struct token tok = {.tag = TAG_TEXT};

	while (c->err == OK && tok.tag != TAG_END) {
		bool is_tag = scan_next(&c->scan, &tok);

		c->line = tok.line;
		if (!is_tag)
			emit_fail(c, tok.line, "%s", c->scan.reason);
		else if (tok.tag == TAG_TEXT)
			emit_text(c, tok.s, tok.n);
		else if (tok.tag != TAG_END)
			add_tag(c, &tok);
	}
	if (c->depth > 0)
		emit_fail(c, emit_top(c)->tok.line, "%s \"%.*s\" is not closed",
		    what_is(&emit_top(c)->tok), (int)emit_top(c)->tok.n,
		    emit_top(c)->tok.s);
	emit_op_alone(c, OP_RETURN, true);
	if (buf_failed(&c->t->text))
		emit_no_memory(c);
}

static bool
is_same_path(const struct op *a, const struct op *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!name_eq(&a->path[i], &b->path[i]))
			return false;
	return true;
}

/* {{#x}}...{{/x}}{{^x}}...{{/x}}: what is found for one decides for both. */
static void
find_elses(struct template *t)
{
	for (uint32_t i = 0; i < t->n_ops; i++) {
		struct op *op = &t->ops[i], *next;

		if (op->kind != OP_SECTION)
			continue;
		next = &t->ops[op->end + 1];
		if (next->kind == OP_INVERTED && !next->bol &&
		    is_same_path(op, next))
			op->has_else = next->is_else = true;
	}
}

void
template_drop(struct template *t)
{
	free(t->ops);
	t->ops = NULL;
	t->n_ops = t->cap_ops = 0;
	buf_fini(&t->text);
	arena_free(&t->arena);
	t->label = NULL;
	t->state = TEMPLATE_UNREAD;
}

enum err
template_compile(struct templates *ts, struct template *t, const char *label,
    const char *text, size_t n, struct buf *complaint)
{
	struct compiler c = {
	    .ts = ts,
	    .t = t,
	    .bol = true,
	    .label = label,
	    .complaint = complaint,
	};

	if (n > TEMPLATE_BYTES_MAX)
		emit_fail(&c, 1, "more than %d bytes", TEMPLATE_BYTES_MAX);
	buf_init(&t->text, TEMPLATE_BYTES_MAX);
	t->arena = arena_new(TEMPLATE_ARENA_MAX);
	if (t->arena != NULL)
		t->label = arena_strdup(t->arena, label);
	if (t->label == NULL)
		emit_no_memory(&c);
	scan_init(&c.scan, text, n);
	if (c.err == OK)
		compile(&c);
	if (c.err != OK) {
		template_drop(t);
		return c.err;
	}
	find_elses(t);
	t->state = TEMPLATE_READY;
	return OK;
}
