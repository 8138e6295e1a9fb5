/* approval_title.c - what an approval is about, in a sentence.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One person asks and another reads, so that it is kept in English.  Who reads
 * it in another language gets it from the sentence that it was made with.
 */
#include "config.h"
#include "identity/approval.h"

#include <string.h>

#include "base/buf.h"
#include "base/reader.h"
#include "base/text.h"

enum { VALUES_MAX = 2 };

static const char *const sentences[APPROVAL_SAYS__MAX] = {
    [APPROVAL_SAYS_REFUND] = "Refund %s of order %s",
    [APPROVAL_SAYS_PAYMENT] = "Refund %s of the payment for %s",
    [APPROVAL_SAYS_ROLE] = "Give %s the role %s",
    [APPROVAL_SAYS_INVITE] = "Invite %s with the role %s",
    [APPROVAL_SAYS_MORE] = "Give the role %s more rights; people with it: %s",
    [APPROVAL_SAYS_FACTOR] =
	"Let the role %s in without a second factor; people with it: %s",
    [APPROVAL_SAYS_RULE_ROLES] = "Let one person alone give roles",
    [APPROVAL_SAYS_RULE_REFUNDS] = "Let one person alone refund more",
    [APPROVAL_SAYS_RULE_FACTOR] =
	"Let people of a role in without a second factor",
    [APPROVAL_SAYS_RULE_REMOVALS] = "Let one person alone remove more websites",
    [APPROVAL_SAYS_REMOVE_ONE] = "Remove the website %s",
    [APPROVAL_SAYS_REMOVE] = "Remove %s websites",
};

/* A value for each %s. */
static const char *
fill(struct arena *a, const char *sentence, const char *const *value)
{
	const char *at;
	struct buf b;

	buf_init(&b, 0);
	for (; (at = strstr(sentence, "%s")) != NULL; sentence = at + 2) {
		buf_add(&b, sentence, (size_t)(at - sentence));
		buf_puts(&b, *value ? *value : ""); /* no memory */
		value++;
	}
	buf_puts(&b, sentence);
	return buf_move(a, &b);
}

const char *
approval_title(struct arena *a, enum approval_says says, const char *first,
    const char *second)
{
	const char *value[VALUES_MAX] = {first, second};

	return fill(a, sentences[says], value);
}

/* The values with which text was made of the sentence; false: it was not. */
static bool
take_apart(struct arena *a, const char *sentence, const char *text,
    const char *value[static VALUES_MAX])
{
	const char *hole, *end;

	while ((hole = strstr(sentence, "%s")) != NULL) {
		size_t before = (size_t)(hole - sentence);
		const char *next = hole + 2;
		const char *until = strstr(next, "%s");
		const char *mark = arena_strndup(
		    a, next, until ? (size_t)(until - next) : strlen(next));

		if (!mark || strncmp(text, sentence, before) != 0)
			return false;
		text += before;
		end = mark[0] ? strstr(text, mark) : text + strlen(text);
		if (!end)
			return false;
		*value = arena_strndup(a, text, (size_t)(end - text));
		if (!*value++)
			return false;
		text = end;
		sentence = next;
	}
	return str_eq(sentence, text);
}

const char *
approval_title_said(struct arena *a, const char *title)
{
	for (size_t i = 0; title && i < APPROVAL_SAYS__MAX; i++) {
		const char *value[VALUES_MAX] = {NULL, NULL};
		const char *other = say(sentences[i]);

		if (other != sentences[i] &&
		    take_apart(a, sentences[i], title, value))
			return fill(a, other, value);
	}
	return title;
}

void
approval_texts(void (*fn)(void *arg, const char *text), void *arg)
{
	for (size_t i = 0; i < APPROVAL_SAYS__MAX; i++)
		fn(arg, sentences[i]);
}
