/* template_ops.h - the inside of a template: tags, instructions, the set.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * template_scan.c cuts the text into tags, template_compile.c (by way of
 * template_emit.c) makes a flat array of instructions of them,
 * template_render.c runs it, templates.c keeps the folder.  Nobody else
 * includes this but template_check.c and the tests.
 *
 * Indentation.  A partial on a line of its own is indented by the blanks in
 * front of it: they go before every line of the partial's text, not before
 * lines that come out of values.  So the compiler marks the instruction that
 * begins a line (`bol`), and the renderer, when there is an indentation, puts
 * it there and behind every newline inside of a text.
 *
 * Blocks.  What a child gives for a block loses its own indentation when it is
 * compiled and takes that of the place where it lands.  That place is either
 * `own_line` (the block has its line or lines to itself, and `indent` is added
 * to the lines of the argument) or inline (the argument's first line goes on
 * where the parent's line stands).
 */
#ifndef MPANEL_TEMPLATE_TEMPLATE_OPS_H
#define MPANEL_TEMPLATE_TEMPLATE_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "template/template.h"
#include "template/view_tree.h"

/* Open sections in one text; sections, partials, parents and blocks under
 * way in a rendering. */
#define TEMPLATE_DEPTH_MAX 64
#define TEMPLATE_BYTES_MAX (1024 * 1024)

/* ---- tags ---- */

enum tag {
	TAG_END, /* of the text */
	TAG_TEXT,
	TAG_VALUE,    /* {{x}} */
	TAG_RAW,      /* {{{x}}} {{&x}} */
	TAG_SECTION,  /* {{#x}} */
	TAG_INVERTED, /* {{^x}} */
	TAG_CLOSE,    /* {{/x}} */
	TAG_PARTIAL,  /* {{>x}} */
	TAG_PARENT,   /* {{<x}} */
	TAG_BLOCK,    /* {{$x}} */
	TAG_COMMENT,  /* {{! }} */
	TAG_DELIMS    /* {{=<% %>=}} */
};

/* A piece of the text; all pointers into it. */
struct token {
	enum tag tag;
	int line;
	const char *s; /* text, or the name in the tag */
	size_t n;
	/* Of a tag: the blanks before it, when only they are on its line;
	 * and the blanks and newline behind it, when only they follow. */
	bool blank_before, blank_after;
	const char *lead;
	size_t lead_n, tail_n;
};

struct scan {
	const char *start, *p, *end;
	const char *open, *close; /* delimiters */
	size_t open_n, close_n;
	int line;
	const char *reason; /* why scan_next() returned false */
};

void scan_init(struct scan *s, const char *text, size_t n);
/* False with reason (at s->line) when the text has no further proper tag. */
bool scan_next(struct scan *s, struct token *tok_out);
void scan_skip(struct scan *s, size_t n);
/* Whether the tag is alone on its line. */
static inline bool
token_is_alone(const struct token *tok)
{
	return tok->blank_before && tok->blank_after;
}

/* A template of plain text, by its name. */
static inline bool
template_is_text(const char *name, size_t n)
{
	return n > 4 && __builtin_memcmp(name + n - 4, ".txt", 4) == 0;
}

/* ---- instructions ---- */

enum op_kind {
	OP_TEXT,
	OP_VALUE,
	OP_RAW,
	OP_SECTION,
	OP_SECTION_END,
	OP_INVERTED,
	OP_INVERTED_END,
	OP_PARTIAL,
	OP_PARENT, /* then its blocks, one behind the other */
	OP_PARENT_END,
	OP_BLOCK,
	OP_BLOCK_END,
	OP_RETURN
};

struct op {
	enum op_kind kind;
	bool bol;      /* begins a line */
	bool own_line; /* partial, parent, block: alone on its line or lines */
	bool starts_line; /* OP_BLOCK: what is inside begins a line */
	/* OP_SECTION: what stands there otherwise follows; OP_INVERTED: it is
	 * that of the section before. */
	bool has_else, is_else;
	uint32_t end;  /* index of the matching ..._END */
	uint32_t n;    /* bytes of text; parts of path, 0 for {{.}} */
	uint32_t hint; /* slot where path[0] was last found */
	int line;
	uint64_t missed; /* the rendering whose root has no path[0] */
	union {
		size_t at; /* OP_TEXT: offset in the template's text */
		const struct view_name *path;
		struct template *callee; /* OP_PARTIAL, OP_PARENT */
	};
	const char *indent; /* of callee's or argument's lines; never NULL */
};

enum template_state {
	TEMPLATE_UNREAD,
	TEMPLATE_READY,
	TEMPLATE_MISSING /* there is no such file */
};

struct template
{
	char *name;
	enum template_state state;
	bool is_file; /* and not put */
	bool is_text; /* values are not escaped */
	struct timespec mtime;
	off_t size;

	struct op *ops;
	uint32_t n_ops, cap_ops;
	struct buf text;     /* what OP_TEXT points into */
	struct arena *arena; /* names, indentations */
	const char *label;   /* what complaints call it */
};

struct templates {
	template_say_fn *say; /* or NULL */
	void *say_arg;
	char *dir, *ext; /* dir NULL: no files, only what is put */
	bool reload;
	uint64_t renderings; /* so far */
	struct template **list;
	size_t n, cap;
};

/* Fill t, which is empty but for is_text, from text.  label is what complaints
 * call it. */
enum err template_compile(struct templates *ts, struct template *t,
    const char *label, const char *text, size_t n,
    struct buf *complaint) MUST_USE;
/* Free what template_compile() filled. */
void template_drop(struct template *t);

/* The entry by name, made when it is new; NULL without memory. */
struct template *templates_entry(
    struct templates *ts, const char *name, size_t n);
/* Read and compile t if that has not been done.  E_NOTFOUND: no file. */
enum err templates_ready(
    struct templates *ts, struct template *t, struct buf *complaint) MUST_USE;
/* Forget files that have changed and that were missing. */
void templates_refresh(struct templates *ts);

#endif
