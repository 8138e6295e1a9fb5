/* mail_in_once.c - a mail that is delivered twice is one mail.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/mail_in_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"

#define KEPT_S	(90 * INT64_C(86400))
#define FORGETS 100 /* rows with each mail */

static void
add_text(struct content_hasher *h, const char *text)
{
	content_hash_add(h, text, strlen(text) + 1);
}

/* Of what it says, whatever road it took. */
const char *
mail_in_hash(struct arena *a, const struct incoming *in)
{
	char hash[TOKEN_HASH_LEN];
	struct content_hasher h;

	content_hash_begin(&h);
	add_text(&h, in->message_id);
	add_text(&h, in->from);
	add_text(&h, in->subject);
	add_text(&h, in->text);
	content_hash_add(&h, &in->date, sizeof(in->date));
	for (size_t i = 0; i < in->n_files; i++)
		content_hash_add(&h, in->files[i].data, in->files[i].len);
	content_hash_end(&h, hash);
	return arena_strdup(a, hash);
}

/* Whoever inserts the row has the mail. */
static enum err
claim_as(struct mail_in_taking *t, const char *mail_id, bool *is_mine)
{
	struct tx *tx = t->tx;
	int64_t n = 0;
	enum err e;

	t->row = id_new(clock_now_ms());
	t->mail_id = mail_id;
	e = db_exec_n(tx, &n,
	    "INSERT INTO incoming_mails (tenant_id, id, mail_id, hash, sender, "
	    "recipient, subject, bytes, outcome, is_quiet, created_at, "
	    "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'taking', $9, "
	    "$10, $10) ON CONFLICT (tenant_id, mail_id) DO NOTHING",
	    DB_ID(&tx->tenant), DB_ID(&t->row), DB_TEXT(mail_id),
	    DB_TEXT(t->hash), DB_TEXT(t->who.from), DB_TEXT(t->m->recipient),
	    DB_TEXT(t->mail->subject), DB_INT((int64_t)t->m->bytes),
	    DB_BOOL(t->is_quiet), DB_INT(tx->now));
	*is_mine = n > 0;
	return e;
}

/* What became of the mail that was here before; *is_same: it says the same. */
static enum err
read_before(struct mail_in_taking *t, bool *is_same)
{
	struct tx *tx = t->tx;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT hash, outcome, reason, ticket_id, message_id "
	    "FROM incoming_mails WHERE tenant_id = $1 AND mail_id = $2",
	    DB_ID(&tx->tenant), DB_TEXT(t->mail_id));

	if (e != OK)
		return e == E_NOTFOUND ? E_RETRY : e;
	*is_same = str_eq(row_text(&r, 0), t->hash);
	t->done = (struct mail_in_done){
	    .reason = row_strdup(&r, 2),
	    .is_repeated = true,
	    .ticket = row_id(&r, 3),
	    .message = row_id(&r, 4),
	};
	for (int i = 0; i < MAIL_IN__MAX; i++) {
		if (str_eq(mail_in_words[i], row_text(&r, 1)))
			t->done.outcome = (enum mail_in_outcome)i;
	}
	return rows_done(&r);
}

/* By its Message-ID.  Some programs give each mail the same, and some none:
 * these go by what they say. */
enum err
mail_in_claim(struct mail_in_taking *t, bool *is_mine)
{
	const char *own = arena_printf(
	    t->tx->arena, "%s#%.32s", t->mail->message_id, t->hash);
	bool is_same = false;
	enum err e;

	if (!own)
		return E_BUSY;
	if (t->mail->message_id[0] == '\0')
		is_same = true; /* there is only one try */
	e = claim_as(t, is_same ? own : t->mail->message_id, is_mine);
	if (e != OK || *is_mine)
		return e;
	e = read_before(t, &is_same);
	if (e != OK || is_same)
		return e;
	e = claim_as(t, own, is_mine);
	return e == OK && !*is_mine ? read_before(t, &is_same) : e;
}

enum err
mail_in_forget(struct tx *tx)
{
	return db_exec(tx,
	    "DELETE FROM incoming_mails WHERE tenant_id = $1 AND id IN "
	    "(SELECT id FROM incoming_mails WHERE tenant_id = $1 "
	    "AND created_at < $2 ORDER BY created_at, id LIMIT $3)",
	    DB_ID(&tx->tenant), DB_INT(tx->now - KEPT_S), DB_INT(FORGETS));
}
