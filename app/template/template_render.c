/* template_render.c - run the instructions of a template over a view.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One loop and one stack of frames: nothing here recurses.
 */
#include "config.h"

#include "template/template_ops.h"

#include <string.h>

#include "base/text.h"

#define INDENT_MAX 256
/* Turns of loops and calls in one rendering: stops texts and data that
 * multiply each other without writing anything. */
#define STEPS_MAX (4 * 1024 * 1024)
#define NO_FRAME  (-1)

enum frame_kind {
	FRAME_LOOP, /* a section */
	FRAME_CALL, /* a partial or a parent */
	FRAME_BLOCK /* a child's argument in the place of a block */
};

struct frame {
	enum frame_kind kind;
	/* Where to go on: behind a call or block, back into a loop. */
	struct template *t;
	uint32_t ip;
	/* FRAME_LOOP */
	const struct view *list; /* NULL: runs once */
	uint32_t index;
	/* FRAME_CALL, FRAME_BLOCK: what is restored at the end */
	size_t indent_from, indent_to;
	int args;
	/* FRAME_CALL of a parent: its arguments are the blocks behind op */
	uint32_t op;
	/* FRAME_BLOCK: the OP_BLOCK_END that ends it */
	uint32_t end;
};

struct render {
	struct templates *ts;
	struct template *t; /* running, at ip */
	uint32_t ip;
	struct buf *out, *complaint;
	enum err err;
	uint32_t steps;
	/* The innermost parent's frame, or NO_FRAME; frame.args links out. */
	int args;
	int n_frames;
	int n_contexts;
	/* The running lines' indentation is indent[from..to). */
	size_t indent_from, indent_to;
	bool skip_indent; /* the next line goes on where an outer one stands */
	struct frame frames[TEMPLATE_DEPTH_MAX];
	const struct view *contexts[TEMPLATE_DEPTH_MAX + 1];
	char indent[INDENT_MAX];
};

PRINTF(3, 4)
static void
fail(struct render *r, enum err err, const char *fmt, ...)
{
	va_list ap;

	if (r->err != OK)
		return;
	r->err = err;
	buf_printf(
	    r->complaint, "%s:%d: ", r->t->label, r->t->ops[r->ip - 1].line);
	va_start(ap, fmt);
	buf_vprintf(r->complaint, fmt, ap);
	va_end(ap);
	buf_putc(r->complaint, '\n');
}

static void
count_step(struct render *r)
{
	if (++r->steps > STEPS_MAX)
		fail(r, E_LIMIT, "too many turns");
	else if (buf_failed(r->out))
		fail(r, E_LIMIT, "the rendering is too long");
}

/* A new frame that returns to ip of the running template. */
static struct frame *
push(struct render *r, enum frame_kind kind, uint32_t ip)
{
	struct frame *f = &r->frames[r->n_frames];

	if (r->n_frames == TEMPLATE_DEPTH_MAX) {
		fail(r, E_LIMIT, "nesting is deeper than %d",
		    TEMPLATE_DEPTH_MAX);
		return NULL;
	}
	count_step(r);
	r->n_frames++;
	f->kind = kind;
	f->t = r->t;
	f->ip = ip;
	f->indent_from = r->indent_from;
	f->indent_to = r->indent_to;
	f->args = r->args;
	return f;
}

/* Leave a call or a block. */
static void
pop(struct render *r)
{
	const struct frame *f = &r->frames[--r->n_frames];

	r->t = f->t;
	r->ip = f->ip;
	r->indent_from = f->indent_from;
	r->indent_to = f->indent_to;
	r->args = f->args;
}

/* ---- indentation ---- */

static void
add_indent(struct render *r, const char *indent)
{
	size_t n = strlen(indent);

	if (n == 0)
		return;
	if (n > INDENT_MAX - r->indent_to) {
		fail(r, E_LIMIT, "indentation is more than %d", INDENT_MAX);
		return;
	}
	memcpy(r->indent + r->indent_to, indent, n);
	r->indent_to += n;
}

static void
put_indent(struct render *r)
{
	if (!r->skip_indent)
		buf_add(r->out, r->indent + r->indent_from,
		    r->indent_to - r->indent_from);
	r->skip_indent = false;
}

static void
put_text(struct render *r, const struct op *op)
{
	const char *s = r->t->text.data + op->at, *end = s + op->n, *nl;

	r->skip_indent = false;
	if (r->indent_from == r->indent_to) {
		buf_add_inline(r->out, s, op->n);
		return;
	}
	while ((nl = memchr(s, '\n', (size_t)(end - s))) != NULL) {
		buf_add(r->out, s, (size_t)(nl + 1 - s));
		s = nl + 1;
		if (s == end)
			return;
		put_indent(r);
	}
	buf_add(r->out, s, (size_t)(end - s));
}

/* ---- names ---- */

/* The root has many names and is one and the same for a whole rendering: what
 * a tag of a row has missed there is not looked for again. */
static const struct view *
look_in_root(const struct render *r, struct op *op)
{
	const struct view *v = NULL;

	if (op->missed == r->ts->renderings ||
	    r->contexts[0]->kind != VIEW_OBJECT)
		return NULL;
	v = view_find(r->contexts[0], &op->path[0], &op->hint);
	if (v == NULL)
		op->missed = r->ts->renderings;
	return v;
}

/* The members of what was found for path[0]. */
static const struct view *
look_below(const struct view *v, const struct op *op)
{
	for (uint32_t i = 1; i < op->n && v != NULL; i++) {
		uint32_t hint = 0;

		v = v->kind == VIEW_OBJECT ? view_find(v, &op->path[i], &hint)
					   : NULL;
	}
	return v;
}

static const struct view *
look_further(struct render *r, struct op *op)
{
	const struct view *v = NULL;
	uint64_t bit;

	if (op->n == 0)
		return r->contexts[r->n_contexts - 1];
	bit = name_bit(&op->path[0]);
	for (int i = r->n_contexts - 1; i > 0 && v == NULL; i--)
		if (r->contexts[i]->kind == VIEW_OBJECT &&
		    r->contexts[i]->names & bit)
			v = view_find(r->contexts[i], &op->path[0], &op->hint);
	if (v == NULL)
		v = look_in_root(r, op);
	return op->n > 1 ? look_below(v, op) : v;
}

/* Most names are where they were last, in the innermost object: a section of a
 * text or a flag has none of its own. */
static inline const struct view *
look_up(struct render *r, struct op *op)
{
	const struct view *const *at = &r->contexts[r->n_contexts - 1];
	const struct view *top = *at;

	if (top->kind != VIEW_OBJECT && at > r->contexts)
		top = at[-1];
	if (op->n == 1 && top->kind == VIEW_OBJECT && op->hint < top->n &&
	    name_eq(&top->slots[op->hint].name, &op->path[0]))
		return top->slots[op->hint].value;
	return look_further(r, op);
}

/* Only by its own name, whose places template_check.c knows, and never by
 * {{.}}; and there is none in a text. */
static void
put_markup(struct render *r, const struct op *op, const struct view *v)
{
	if (op->kind == OP_VALUE && op->n > 0 &&
	    str_ends(op->path[op->n - 1].text, VIEW_MARKUP_END))
		buf_add(r->out, v->text, v->n);
	else
		buf_html(r->out, v->text, v->n);
}

static void
put_value(struct render *r, struct op *op)
{
	const struct view *v = look_up(r, op);

	r->skip_indent = false;
	if (v == NULL)
		return;
	if (v->kind == VIEW_TRUE)
		buf_puts(r->out, "true");
	else if (v->kind == VIEW_FALSE)
		buf_puts(r->out, "false");
	else if (v->kind == VIEW_TEXT && op->kind == OP_VALUE && !v->is_plain)
		buf_html(r->out, v->text, v->n);
	else if (v->kind == VIEW_TEXT)
		buf_add_inline(r->out, v->text, v->n);
	else if (v->kind == VIEW_MARKUP)
		put_markup(r, op, v);
}

/* ---- sections ---- */

static void
open_section(struct render *r, struct op *op)
{
	const struct view *v = look_up(r, op);
	struct frame *f;

	if (v == NULL || !view_is_there(v)) {
		r->ip = op->end + (op->has_else ? 2 : 1);
		return;
	}
	f = push(r, FRAME_LOOP, r->ip);
	if (f == NULL)
		return;
	f->list = v->kind == VIEW_LIST ? v : NULL;
	f->index = 0;
	r->contexts[r->n_contexts++] = f->list != NULL ? v->items[0] : v;
}

static void
end_section(struct render *r)
{
	struct frame *f = &r->frames[r->n_frames - 1];

	if (f->list != NULL && ++f->index < f->list->n) {
		count_step(r);
		r->contexts[r->n_contexts - 1] = f->list->items[f->index];
		r->ip = f->ip;
		return;
	}
	r->n_frames--;
	r->n_contexts--;
	if (r->t->ops[r->ip].is_else)
		r->ip = r->t->ops[r->ip].end + 1;
}

static void
open_inverted(struct render *r, struct op *op)
{
	const struct view *v = look_up(r, op);

	if (v != NULL && view_is_there(v))
		r->ip = op->end + 1;
}

/* ---- partials, parents, blocks ---- */

/* The specification renders a missing partial as nothing; that the files of
 * the house name no missing one is a test's work. */
static void
call(struct render *r, const struct op *op)
{
	struct template *callee = op->callee;
	enum err err = templates_ready(r->ts, callee, r->complaint);
	uint32_t at = r->ip - 1;
	struct frame *f;

	if (op->kind == OP_PARENT)
		r->ip = op->end + 1;
	if (err == E_NOTFOUND)
		return;
	if (err != OK) {
		r->err = err;
		return;
	}
	f = push(r, FRAME_CALL, r->ip);
	if (f == NULL)
		return;
	f->op = at;
	if (op->kind == OP_PARENT)
		r->args = r->n_frames - 1;
	if (op->own_line)
		add_indent(r, op->indent);
	else
		r->indent_from = r->indent_to;
	r->t = callee;
	r->ip = 0;
}

/* The block of parent's frame f that is called name, or NULL. */
static const struct op *
find_argument(const struct frame *f, const struct view_name *name)
{
	const struct op *ops = f->t->ops;
	uint32_t end = ops[f->op].end;

	for (uint32_t i = f->op + 1; i < end; i = ops[i].end + 1)
		if (name_eq(ops[i].path, name))
			return &ops[i];
	return NULL;
}

/* The outermost child has the last word. */
static const struct op *
resolve(const struct render *r, const struct view_name *name, int *frame_out)
{
	const struct op *best = NULL, *arg;

	for (int i = r->args; i != NO_FRAME; i = r->frames[i].args) {
		arg = find_argument(&r->frames[i], name);
		if (arg != NULL) {
			best = arg;
			*frame_out = i;
		}
	}
	return best;
}

static void
open_default(struct render *r, const struct op *op)
{
	if (!op->own_line || op->starts_line)
		return;
	put_indent(r);
	buf_puts(r->out, op->indent);
}

static void
open_argument(struct render *r, const struct op *op, const struct op *arg,
    const struct frame *giver)
{
	struct frame *f = push(r, FRAME_BLOCK, op->end + 1);

	if (f == NULL)
		return;
	r->t = giver->t;
	r->ip = (uint32_t)(arg - giver->t->ops) + 1;
	f->end = arg->end;
	/* Blocks inside of the argument belong to the giver's own callers. */
	r->args = giver->args;
	if (op->own_line) {
		add_indent(r, op->indent);
		if (!arg->starts_line)
			put_indent(r);
	} else if (arg->starts_line && r->indent_from < r->indent_to) {
		r->skip_indent = true;
	}
}

static void
open_block(struct render *r, const struct op *op)
{
	int giver;
	const struct op *arg = resolve(r, op->path, &giver);

	if (arg != NULL)
		open_argument(r, op, arg, &r->frames[giver]);
	else
		open_default(r, op);
}

static void
end_block(struct render *r)
{
	const struct frame *f;

	if (r->n_frames == 0)
		return;
	f = &r->frames[r->n_frames - 1];
	if (f->kind != FRAME_BLOCK || f->end != r->ip - 1)
		return; /* the end of a default, which has no frame */
	r->skip_indent = false;
	pop(r);
}

/* ---- the loop ---- */

/* Runs until the outermost template returns. */
static void
run(struct render *r)
{
	struct op *op;

	while (r->err == OK) {
		op = &r->t->ops[r->ip++];
		if (op->bol && r->indent_from < r->indent_to)
			put_indent(r);
		switch (op->kind) {
		case OP_TEXT:
			put_text(r, op);
			break;
		case OP_VALUE:
		case OP_RAW:
			put_value(r, op);
			break;
		case OP_SECTION:
			open_section(r, op);
			break;
		case OP_SECTION_END:
			end_section(r);
			break;
		case OP_INVERTED:
			open_inverted(r, op);
			break;
		case OP_INVERTED_END:
		case OP_PARENT_END:
			break;
		case OP_PARTIAL:
		case OP_PARENT:
			call(r, op);
			break;
		case OP_BLOCK:
			open_block(r, op);
			break;
		case OP_BLOCK_END:
			end_block(r);
			break;
		case OP_RETURN:
			if (r->n_frames == 0)
				return;
			pop(r);
			break;
		}
	}
}

enum err
template_render(struct templates *ts, const char *name, const struct view *v,
    struct buf *out, struct buf *complaint)
{
	struct render r = {
	    .ts = ts,
	    .out = out,
	    .complaint = complaint,
	    .args = NO_FRAME,
	    .contexts = {v},
	    .n_contexts = 1,
	};
	size_t before = out->len;
	enum err err;

	if (ts->reload)
		templates_refresh(ts);
	ts->renderings++;
	r.t = templates_entry(ts, name, strlen(name));
	if (r.t == NULL)
		return E_SYS;
	err = templates_ready(ts, r.t, complaint);
	if (err != OK)
		return err;
	run(&r);
	if (buf_failed(out))
		fail(&r, E_LIMIT, "the rendering is too long");
	if (r.err != OK)
		buf_truncate(out, before);
	return r.err;
}
