/* template_compile.c - the text of a template as a flat instruction array.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "web/template_ops.h"

#include <stdlib.h>
#include <string.h>

#define TEMPLATE_ARENA_MAX (8 * TEMPLATE_BYTES_MAX)
#define PATH_PARTS_MAX	   16

/* A section, block or parent that is not closed yet. */
struct open {
	struct token tok;
	uint32_t op;
	size_t lead_n; /* blanks that went into the text before op */
	const char *outer_margin;
	size_t outer_margin_n;
	bool is_argument; /* a block directly inside of a parent */
};

struct compiler {
	struct templates *ts;
	struct template *t;
	struct scan scan;
	struct open open[TEMPLATE_DEPTH_MAX];
	size_t depth;
	bool bol; /* the next instruction begins a line */
	/* Indentation that the lines of a block's argument lose. */
	const char *margin;
	size_t margin_n;
	const char *label;
	struct buf *complaint;
	enum err err;
};

PRINTF(3, 4)
static void
fail(struct compiler *c, int line, const char *fmt, ...)
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

static void
fail_memory(struct compiler *c)
{
	if (c->err != OK)
		return;
	c->err = E_SYS;
	buf_printf(c->complaint, "%s: no memory\n", c->label);
}

static struct open *
top(struct compiler *c)
{
	return c->depth > 0 ? &c->open[c->depth - 1] : NULL;
}

/* The parent whose direct inside this is, where only blocks count. */
static struct open *
in_parent(struct compiler *c)
{
	struct open *o = top(c);

	return o != NULL && o->tok.tag == TAG_PARENT ? o : NULL;
}

static const char *
keep(struct compiler *c, const char *s, size_t n)
{
	const char *copy = arena_strndup(c->t->arena, s, n);

	if (copy == NULL)
		fail_memory(c);
	return copy;
}

/* A new instruction; valid until the next one.  Without memory it is a dummy
 * and c->err is set. */
static struct op *
add_op(struct compiler *c, enum op_kind kind)
{
	static struct op dummy;
	struct template *t = c->t;
	struct op *ops = t->ops;
	uint32_t cap = t->cap_ops > 0 ? t->cap_ops * 2 : 32;

	if (t->n_ops == t->cap_ops) {
		ops = reallocarray(t->ops, cap, sizeof(*ops));
		if (ops == NULL) {
			fail_memory(c);
			return &dummy;
		}
		t->ops = ops;
		t->cap_ops = cap;
	}
	ops += t->n_ops++;
	*ops = (struct op){.kind = kind, .bol = c->bol, .indent = ""};
	c->bol = false;
	return ops;
}

/* One that stands alone on its line leaves the line to what follows. */
static struct op *
add_op_alone(struct compiler *c, enum op_kind kind, bool alone)
{
	bool bol = c->bol;
	struct op *op = add_op(c, kind);

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
	for (size_t i = 0; i<c->margin_n && * n> 0; i++) {
		if (**s != c->margin[i])
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
		op = add_op(c, OP_TEXT);
		op->at = t->text.len;
	}
	buf_add(&t->text, s, n);
	op->n += (uint32_t)n;
	c->bol = s[n - 1] == '\n';
}

static void
add_text(struct compiler *c, const char *s, size_t n)
{
	const char *end = s + n, *next, *nl;

	if (in_parent(c) != NULL)
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

/* Take the last n bytes back from the text before op. */
static void
cut_lead(struct compiler *c, uint32_t op, size_t n)
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

/* The blanks before a tag: text unless the tag is alone on its line. */
static bool
place_tag(struct compiler *c, const struct token *tok)
{
	if (token_is_alone(tok)) {
		scan_skip(&c->scan, tok->tail_n);
		return true;
	}
	add_text(c, tok->lead, tok->lead_n);
	return false;
}

/* ---- names ---- */

static bool
name_is_good(const struct token *tok)
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

/* Dotted names as parts; {{.}} has none. */
static void
set_path(struct compiler *c, struct op *op, const struct token *tok)
{
	const char *s = tok->s, *end = tok->s + tok->n, *dot;
	struct name parts[PATH_PARTS_MAX];
	uint32_t n = 0;

	if (tok->n == 1 && *s == '.')
		return;
	for (; s <= end; s = dot + 1) {
		dot = memchr(s, '.', (size_t)(end - s));
		if (dot == NULL)
			dot = end;
		if (dot == s || n == PATH_PARTS_MAX) {
			fail(c, tok->line, "\"%.*s\" is no name", (int)tok->n,
			    tok->s);
			return;
		}
		parts[n].text = keep(c, s, (size_t)(dot - s));
		if (parts[n].text == NULL)
			return;
		parts[n] = name_of(parts[n].text);
		n++;
	}
	op->path = arena_memdup(c->t->arena, parts, n * sizeof(parts[0]));
	if (op->path == NULL)
		fail_memory(c);
	op->n = n;
}

/* The name of a block: one part, dots and all. */
static void
set_block_name(struct compiler *c, struct op *op, const struct token *tok)
{
	struct name *name = ARENA_NEW(c->t->arena, struct name);
	const char *text = keep(c, tok->s, tok->n);

	if (name == NULL || text == NULL) {
		fail_memory(c);
		return;
	}
	*name = name_of(text);
	op->path = name;
	op->n = 1;
}

static void
set_callee(struct compiler *c, struct op *op, const struct token *tok)
{
	op->callee = templates_entry(c->ts, tok->s, tok->n);
	if (op->callee == NULL)
		fail_memory(c);
}

static void
set_indent(struct compiler *c, struct op *op, const char *s, size_t n)
{
	const char *indent;

	strip_margin(c, &s, &n);
	indent = n > 0 ? keep(c, s, n) : "";
	if (indent != NULL)
		op->indent = indent;
}

/* ---- tags that open ---- */

static struct open *
push(struct compiler *c, const struct token *tok, uint32_t op)
{
	struct open *o = &c->open[c->depth];

	if (c->depth == TEMPLATE_DEPTH_MAX) {
		fail(c, tok->line, "nesting is deeper than %d",
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
	bool alone = place_tag(c, tok);
	struct op *op = add_op_alone(
	    c, tok->tag == TAG_SECTION ? OP_SECTION : OP_INVERTED, alone);

	set_path(c, op, tok);
	push(c, tok, c->t->n_ops - 1);
}

/* Whether a parent is alone is known at its end only: see close_parent(). */
static void
open_parent(struct compiler *c, const struct token *tok)
{
	size_t before = c->t->text.len;
	struct open *o;
	struct op *op;

	add_text(c, tok->lead, tok->lead_n);
	before = c->t->text.len - before;
	op = add_op(c, OP_PARENT);
	set_callee(c, op, tok);
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
	op = add_op(c, OP_BLOCK);
	set_block_name(c, op, tok);
	o = push(c, tok, c->t->n_ops - 1);
	if (o == NULL || c->err != OK)
		return;
	if (argument_is_twice(c, parent))
		fail(c, tok->line, "block \"%.*s\" is given twice", (int)tok->n,
		    tok->s);
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
	bool alone = place_tag(c, tok);
	struct open *o;
	struct op *op;

	before = c->t->text.len - before;
	op = add_op_alone(c, OP_BLOCK, alone);
	set_block_name(c, op, tok);
	if (alone) {
		op->own_line = op->starts_line = true;
		blanks = count_blanks(c, c->scan.p);
		if (is_close_tag(c, c->scan.p + blanks))
			set_indent(c, op, tok->lead, tok->lead_n);
		else
			set_indent(c, op, c->scan.p, blanks);
	}
	o = push(c, tok, c->t->n_ops - 1);
	if (o != NULL)
		o->lead_n = before;
}

/* ---- tags that close ---- */

static void
end_op(struct compiler *c, const struct open *o, enum op_kind kind, bool alone)
{
	add_op_alone(c, kind, alone);
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
	cut_lead(c, o->op, o->lead_n);
	op = &c->t->ops[o->op];
	set_indent(c, op, o->tok.lead, o->tok.lead_n);
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
	bool alone = place_tag(c, tok);
	struct op *op;

	end_op(c, o, OP_BLOCK_END, alone);
	if (!o->tok.blank_before || o->tok.line != tok->line ||
	    !tok->blank_after || c->err != OK)
		return;
	cut_lead(c, o->op, o->lead_n);
	op = &c->t->ops[o->op];
	set_indent(c, op, o->tok.lead, o->tok.lead_n);
	op->own_line = true;
	op->bol = false;
}

static void
close_section(struct compiler *c, const struct open *o, const struct token *tok)
{
	bool alone = place_tag(c, tok);

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
		fail(c, tok->line, "nothing is open that \"%.*s\" could close",
		    (int)tok->n, tok->s);
		return;
	}
	o = *top(c);
	if (o.tok.n != tok->n || memcmp(o.tok.s, tok->s, tok->n) != 0) {
		fail(c, tok->line, "\"%.*s\" closes %s \"%.*s\" of line %d",
		    (int)tok->n, tok->s, what_is(&o.tok), (int)o.tok.n, o.tok.s,
		    o.tok.line);
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
	add_text(c, tok->lead, tok->lead_n);
	set_path(c, add_op(c, tok->tag == TAG_RAW ? OP_RAW : OP_VALUE), tok);
}

static void
add_partial(struct compiler *c, const struct token *tok)
{
	bool alone = place_tag(c, tok);
	struct op *op = add_op_alone(c, OP_PARTIAL, alone);

	op->own_line = alone;
	if (alone)
		set_indent(c, op, tok->lead, tok->lead_n);
	set_callee(c, op, tok);
}

static bool
tag_is_allowed(struct compiler *c, const struct token *tok)
{
	bool is_silent = tok->tag == TAG_COMMENT || tok->tag == TAG_DELIMS;

	if (!is_silent && !name_is_good(tok)) {
		fail(c, tok->line, "\"%.*s\" is no name",
		    tok->n < 60 ? (int)tok->n : 60, tok->s);
		return false;
	}
	if (in_parent(c) != NULL && !is_silent && tok->tag != TAG_BLOCK &&
	    tok->tag != TAG_CLOSE) {
		fail(c, tok->line,
		    "only blocks count directly inside of a parent");
		return false;
	}
	return true;
}

static void
add_tag(struct compiler *c, const struct token *tok)
{
	const struct open *parent = in_parent(c);

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
		place_tag(c, tok);
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
		if (!scan_next(&c->scan, &tok))
			fail(c, tok.line, "%s", c->scan.reason);
		else if (tok.tag == TAG_TEXT)
			add_text(c, tok.s, tok.n);
		else if (tok.tag != TAG_END)
			add_tag(c, &tok);
	}
	if (c->depth > 0)
		fail(c, top(c)->tok.line, "%s \"%.*s\" is not closed",
		    what_is(&top(c)->tok), (int)top(c)->tok.n, top(c)->tok.s);
	add_op_alone(c, OP_RETURN, true);
	if (buf_failed(&c->t->text))
		fail_memory(c);
}

void
template_drop(struct template *t)
{
	free(t->ops);
	t->ops = NULL;
	t->n_ops = t->cap_ops = 0;
	buf_fini(&t->text);
	arena_free(&t->arena);
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
		fail(&c, 1, "more than %d bytes", TEMPLATE_BYTES_MAX);
	buf_init(&t->text, TEMPLATE_BYTES_MAX);
	t->arena = arena_new(TEMPLATE_ARENA_MAX);
	if (t->arena == NULL)
		fail_memory(&c);
	scan_init(&c.scan, text, n);
	if (c.err == OK)
		compile(&c);
	if (c.err != OK)
		template_drop(t);
	else
		t->state = TEMPLATE_READY;
	return c.err;
}
