/* template_emit.h - what the compiler of templates writes with.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * template_compile.c decides what a tag means; these put instructions and
 * text behind those that are there, and look after lines and margins.  Any of
 * them may set c->err; the compiler looks once per tag.
 */
#ifndef MPANEL_TEMPLATE_TEMPLATE_EMIT_H
#define MPANEL_TEMPLATE_TEMPLATE_EMIT_H

#include "template/template_ops.h"

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
	int line; /* of the tag at hand */
	bool bol; /* the next instruction begins a line */
	/* Indentation that the lines of a block's argument lose. */
	const char *margin;
	size_t margin_n;
	const char *label;
	struct buf *complaint;
	enum err err;
};

/* Complain with label and line; the first complaint counts. */
void emit_fail(struct compiler *c, int line, const char *fmt, ...) PRINTF(3, 4);
void emit_no_memory(struct compiler *c);

/* The innermost that is open, or NULL. */
struct open *emit_top(struct compiler *c);
/* The parent whose direct inside this is, where only blocks count. */
struct open *emit_parent(struct compiler *c);

/* A new instruction; valid until the next one.  Without memory it is a dummy
 * and c->err is set. */
struct op *emit_op(struct compiler *c, enum op_kind kind);
/* One that stands alone on its line leaves the line to what follows. */
struct op *emit_op_alone(struct compiler *c, enum op_kind kind, bool alone);

/* Text of the template, less the margin; none directly inside a parent. */
void emit_text(struct compiler *c, const char *s, size_t n);
/* The blanks before a tag, as text, unless the tag is alone on its line: then
 * the whole line goes.  Returns whether it is. */
bool emit_lead(struct compiler *c, const struct token *tok);
/* Take the last n bytes back from the text before op. */
void emit_cut(struct compiler *c, uint32_t op, size_t n);

/* What the compiler accepts between the delimiters. */
bool emit_name_is_good(const struct token *tok);
/* Dotted names as parts; {{.}} has none. */
void emit_path(struct compiler *c, struct op *op, const struct token *tok);
/* The name of a block: one part, dots and all. */
void emit_block_name(
    struct compiler *c, struct op *op, const struct token *tok);
void emit_callee(struct compiler *c, struct op *op, const struct token *tok);
/* Blanks from the beginning of a line, less the margin. */
void emit_indent(struct compiler *c, struct op *op, const char *s, size_t n);

#endif
