/* reply_address.c - the address by which the answer to a mail comes back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/reply_address.h"

#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "mail/mail_parts.h"

#define PURPOSE "replyadr"

/* With its end, so that two texts are never one. */
static void
add(struct content_hasher *h, const char *text)
{
	content_hash_add(h, text, strlen(text) + 1);
}

/* By the i-th key of the file; E_NOTFOUND: there is none. */
static enum err
make_code(struct tx *tx, size_t i, const struct reply_code *c,
    char out[static REPLY_CODE_LEN])
{
	const struct secret_box *box = mail_box();
	char hash[TOKEN_HASH_LEN];
	struct content_hasher h;
	struct mac_key key = {.age = 0};
	char *person;
	enum err e;

	if (!box)
		return E_SYS;
	if (!(person = str_lower(tx->arena, c->person)))
		return E_BUSY;
	if ((e = secret_derive(box, i, PURPOSE, key.bytes)) != OK)
		return e;
	mac_begin(&h, &key);
	mac_key_wipe(&key);
	add(&h, tx->tenant.s);
	add(&h, c->about);
	add(&h, c->as);
	add(&h, person);
	content_hash_end(&h, hash);
	memcpy(out, hash, REPLY_CODE_LEN - 1);
	out[REPLY_CODE_LEN - 1] = '\0';
	return OK;
}

enum err
reply_address_make(struct tx *tx, const char *base, const char *word,
    const struct reply_code *c, const char **out)
{
	const char *domain = strchr(base, '@');
	char code[REPLY_CODE_LEN];
	enum err e = make_code(tx, 0, c, code);
	char *small = str_lower(tx->arena, word);

	assert(domain != NULL);
	if (e != OK)
		return e;
	*out = arena_printf(tx->arena, "%.*s+%s.%s%s", (int)(domain - base),
	    base, small ? small : "", code, domain);
	return *out ? OK : E_BUSY;
}

enum err
reply_address_parse(
    struct arena *a, const char *address, struct reply_address *out)
{
	const char *small = str_lower(a, address), *at, *plus, *dot;
	struct reply_address r = {.word = "", .code = ""};

	if (!small)
		return E_BUSY;
	if (!email_valid(small))
		return E_INPUT;
	at = strrchr(small, '@');
	plus = memchr(small, '+', (size_t)(at - small));
	r.local = arena_strndup(a, small, (size_t)((plus ? plus : at) - small));
	r.domain = at + 1;
	if (plus) {
		dot = memrchr(plus, '.', (size_t)(at - plus));
		r.word = arena_strndup(
		    a, plus + 1, (size_t)((dot ? dot : at) - plus - 1));
		r.code = dot ? arena_strndup(a, dot + 1, (size_t)(at - dot - 1))
			     : "";
	}
	if (!r.local || !r.word || !r.code)
		return E_BUSY;
	*out = r;
	return OK;
}

enum err
reply_code_check(struct tx *tx, const char *code, const struct reply_code *c)
{
	char want[REPLY_CODE_LEN];
	enum err e = OK;

	for (size_t i = 0; (e = make_code(tx, i, c, want)) == OK; i++) {
		if (str_eq_secret(code, want))
			return OK;
	}
	return e == E_NOTFOUND ? E_DENIED : e;
}
