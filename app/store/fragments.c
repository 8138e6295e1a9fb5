/* fragments.c - cut the marked parts of a statement for one engine.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/fragments.h"

#include <string.h>

static const struct mark {
	const char *text;
	size_t len;
	enum db_engine engine;
	bool opens;
} marks[] = {
#define MARK(text, engine, opens)                                              \
	{                                                                      \
		text, sizeof(text) - 1, engine, opens                          \
	}
    MARK("/*pg{*/", DB_POSTGRES, true),
    MARK("/*}pg*/", DB_POSTGRES, false),
    MARK("/*lite{*/", DB_SQLITE, true),
    MARK("/*}lite*/", DB_SQLITE, false),
};

static const struct mark *
mark_at(const char *s)
{
	if (s[0] != '/' || s[1] != '*')
		return NULL;
	for (size_t i = 0; i < N_ELEMS(marks); i++)
		if (strncmp(s, marks[i].text, marks[i].len) == 0)
			return &marks[i];
	return NULL;
}

/* Length up to and with the end mark; 0 when it is missing. */
static size_t
span_to(const char *s, size_t skip, const char *end)
{
	const char *p = strstr(s + skip, end);

	return p ? (size_t)(p - s) + strlen(end) : 0;
}

/* Length of the string, quoted name, comment or single byte at s.  A doubled
 * quote reads as two strings side by side, which is as good. */
static size_t
piece_len(const char *s)
{
	if (s[0] == '\'')
		return span_to(s, 1, "'");
	if (s[0] == '"')
		return span_to(s, 1, "\"");
	if (s[0] == '/' && s[1] == '*')
		return span_to(s, 2, "*/");
	if (s[0] == '-' && s[1] == '-') {
		size_t n = span_to(s, 2, "\n");
		return n ? n : strlen(s);
	}
	return 1;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The n of `$n` at s; 0 when there is none. */
static int
value_at(const char *s)
{
	int n = 0;

	if (s[0] != '$')
		return 0;
	for (s++; is_digit(*s) && n <= SQL_VALUES_MAX; s++)
		n = n * 10 + (*s - '0');
	return n;
}

static void
raise_to(int *max, int n)
{
	if (n > *max)
		*max = n;
}

bool
sql_cut(const char *text, enum db_engine engine, char *dst, struct sql_cut *out)
{
	struct sql_cut cut = {0};
	const struct mark *open = NULL;

	while (*text != '\0') {
		const struct mark *m = mark_at(text);
		bool kept = open == NULL || open->engine == engine;
		size_t n = m ? m->len : piece_len(text);
		int value = value_at(text);

		if (n == 0 || value > SQL_VALUES_MAX)
			return false;
		if (m != NULL) {
			if (m->opens
				? open != NULL
				: open == NULL || open->engine != m->engine)
				return false;
			open = m->opens ? m : NULL;
			text += n;
			continue;
		}
		raise_to(&cut.n_values, value);
		if (kept) {
			raise_to(&cut.n_params, value);
			memcpy(dst + cut.len, text, n);
			if (value > 0 && engine == DB_SQLITE)
				dst[cut.len] = '?';
			cut.len += n;
		}
		text += n;
	}
	if (open != NULL)
		return false;
	dst[cut.len] = '\0';
	*out = cut;
	return true;
}
