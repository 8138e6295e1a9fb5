/* browser.c - a browser that somebody has signed in with before.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/browser.h"

#include "base/text.h"

#define WORD_MAX_BYTES 256

/* Bound to the address as it is typed at the door, in lower case. */
static struct secret_place
place_of(struct arena *a, const struct id *tenant, const char *email)
{
	const char *lower = str_lower(a, email);

	return (struct secret_place){
	    .tenant = tenant->s,
	    .table = "browsers",
	    .row = lower ? lower : "",
	    .column = "word",
	};
}

enum err
browser_word(struct arena *a, const struct secret_box *box,
    const struct id *tenant, const char *email, const char **out)
{
	struct secret_place at = place_of(a, tenant, email);
	char token[TOKEN_MAX];

	token_new("", token);
	return secret_seal(a, box, &at, token, out);
}

bool
browser_is_known(struct arena *a, const struct secret_box *box,
    const struct id *tenant, const char *email, const char *word)
{
	struct secret_place at = place_of(a, tenant, email);
	const char *plain;

	return box && word && __builtin_strlen(word) <= WORD_MAX_BYTES &&
	       secret_unseal(a, box, &at, word, &plain) == OK;
}
