/* conf_text.h - the one writer of generated configuration files.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A template is constant text in which `@X` stands for the value with key X.
 * A value can't break out of its place: every byte of it is looked at here,
 * and one outside its kind's set refuses the whole text.  No kind has control
 * bytes, quotes, backslash, dollar, semicolon, hash, braces or brackets of
 * patterns.
 */
#ifndef MPANEL_AGENT_CONF_TEXT_H
#define MPANEL_AGENT_CONF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/error.h"

enum conf_kind {
	CONF_WORD,  /* letters, digits and . _ : / + - */
	CONF_WORDS, /* words with single spaces between them */
	CONF_PATH,  /* stands within quotes: word, space, = ~ , and UTF-8 */
	CONF__MAX
};

struct conf_value {
	char key;
	enum conf_kind kind;
	const char *text;
};

/* Whole-string; the empty string is no value of any kind. */
bool conf_value_safe(enum conf_kind kind, const char *text);

/* Append the template with its values.  E_INPUT: a value is not safe, and
 * nothing was appended.  A key without a value is a bug (assert). */
enum err conf_render(struct buf *b, const char *template,
    const struct conf_value *values, size_t n) MUST_USE;

#endif
