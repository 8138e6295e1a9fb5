/* conf_text.c - the one writer of generated configuration files.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/conf_text.h"

#include <string.h>

#include "base/text.h"

static bool
is_word_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("._:/+-", c));
}

bool
conf_value_safe(enum conf_kind kind, const char *text)
{
	char last = ' ';

	for (const char *p = text; *p != '\0'; last = *p++) {
		if (is_word_byte((unsigned char)*p))
			continue;
		if (kind == CONF_WORDS && *p == ' ' && last != ' ')
			continue;
		if (kind == CONF_PATH &&
		    (strchr(" =~,", *p) || (unsigned char)*p >= 0x80))
			continue;
		return false;
	}
	if (kind == CONF_PATH)
		return *text != '\0' && utf8_valid(text, strlen(text)) &&
		       text_is_printable(text);
	return last != ' ';
}

static const struct conf_value *
value_of(const struct conf_value *values, size_t n, char key)
{
	for (size_t i = 0; i < n; i++) {
		if (values[i].key == key)
			return &values[i];
	}
	return NULL;
}

enum err
conf_render(struct buf *b, const char *template,
    const struct conf_value *values, size_t n)
{
	size_t start = b->len;

	for (const char *p = template; *p != '\0'; p++) {
		const struct conf_value *v;

		if (*p != '@') {
			buf_putc(b, *p);
			continue;
		}
		v = value_of(values, n, *++p);
		assert(v != NULL && v->text != NULL);
		if (!conf_value_safe(v->kind, v->text)) {
			buf_truncate(b, start);
			return E_INPUT;
		}
		buf_puts(b, v->text);
	}
	return buf_failed(b) ? E_LIMIT : OK;
}
