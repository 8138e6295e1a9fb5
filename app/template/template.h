/* template.h - Mustache compiled once, rendered many times.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Follows the official specification (mustache/spec 1.4): comments,
 * delimiters, interpolation, inverted, partials, sections, and inheritance
 * ({{<parent}}{{$block}}).  Interpolation escapes; {{{x}}} and {{&x}} don't,
 * and a check in t/ refuses them in templates/.  A template whose name ends in
 * ".txt" makes plain text, where nothing is to be escaped.  No lambdas, no
 * expressions, and values are never rendered again.
 */
#ifndef MPANEL_TEMPLATE_TEMPLATE_H
#define MPANEL_TEMPLATE_TEMPLATE_H

#include <jansson.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "template/template_speak.h"
#include "template/view.h"

struct templates;

/* A folder of NAME<ext> files ("templates", ".mustache"); nothing is read
 * yet.  dir NULL: no files, only what templates_put() brings.  With reload,
 * a file whose mtime changed is compiled again. */
enum err templates_open(const char *dir, const char *ext, bool reload,
    struct templates **out) MUST_USE;
void templates_close(struct templates **take_t);
/* Files that are read from now on speak as `say` says (template_speak.h), but
 * for mails, which have a file for each language. */
void templates_speak(struct templates *t, template_say_fn *say, void *arg);
/* Compile every file below dir: at start, so that a broken one is named then.
 * E_INPUT and a message with file, line and reason in complaint. */
enum err templates_load_all(
    struct templates *t, struct buf *complaint) MUST_USE;

/* Put a template made elsewhere under a name (tests, `mpanel template -`). */
enum err templates_put(struct templates *t, const char *name, const char *text,
    size_t n, struct buf *complaint) MUST_USE;

/* Append the rendering to out, which stays as it was unless OK; an unknown
 * partial or parent renders as nothing.  E_NOTFOUND: no such template;
 * E_INPUT: it does not compile; E_LIMIT: out is full or nesting too deep (in
 * both cases complaint says where). */
enum err template_render(struct templates *t, const char *name,
    const struct view *v, struct buf *out, struct buf *complaint) MUST_USE;

/* JSON as a view (the command line and the specification's tests). */
struct view *view_of_json(struct arena *a, const json_t *v);
/* Every member of a JSON object as one of obj's. */
void view_add_json(struct view *obj, const json_t *members);

#endif
