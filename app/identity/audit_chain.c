/* audit_chain.c - what rows, seals and checkpoints are hashed from.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/audit_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define KEY_PURPOSE	 "mp-audit"
#define SEAL_LABEL	 "mpanel-seal-1"
#define CHECKPOINT_LABEL "mpanel-checkpoint-1"

/* ---- bytes ---- */

/* A netstring, so that ("ab", "c") and ("a", "bc") differ. */
static void
add_text(struct content_hasher *h, const char *s)
{
	char head[24];
	size_t n = s ? strlen(s) : 0;
	int k = s ? snprintf(head, sizeof(head), "%zu:", n)
		  : snprintf(head, sizeof(head), "-");

	content_hash_add(h, head, (size_t)k);
	content_hash_add(h, s ? s : "", n);
	content_hash_add(h, ",", 1);
}

static void
add_int(struct content_hasher *h, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	add_text(h, text);
}

/* ---- rows ---- */

void
audit_row_read(const struct rows *r, int at, struct audit_row *out)
{
	*out = (struct audit_row){
	    .tenant = r->tx->tenant.s,
	    .id = row_text(r, at),
	    .actor_kind = row_text(r, at + 1),
	    .actor_id = row_text(r, at + 2),
	    .actor_name = row_text(r, at + 3),
	    .action = row_text(r, at + 4),
	    .noun = row_text(r, at + 5),
	    .noun_id = row_text(r, at + 6),
	    .detail = row_text(r, at + 7),
	    .request_id = row_text(r, at + 8),
	    .created_at = row_int(r, at + 9),
	    .updated_at = row_int(r, at + 10),
	};
}

void
audit_row_digest(const struct audit_row *row, char out[static TOKEN_HASH_LEN])
{
	const char *const texts[] = {row->tenant, row->id, row->actor_kind,
	    row->actor_id, row->actor_name, row->action, row->noun,
	    row->noun_id, row->detail, row->request_id};
	struct content_hasher h;

	content_hash_begin(&h);
	for (size_t i = 0; i < N_ELEMS(texts); i++)
		add_text(&h, texts[i]);
	add_int(&h, row->created_at);
	add_int(&h, row->updated_at);
	content_hash_end(&h, out);
}

/* ---- seals ---- */

/* What is no hash of ours is cut, and then fits nothing. */
static void
copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

void
audit_seal_read(const struct rows *r, int at, struct audit_seal *out)
{
	out->seq = row_int(r, at);
	out->row = row_id(r, at + 1);
	copy_text(out->prev, sizeof(out->prev), row_text(r, at + 2));
	copy_text(out->hash, sizeof(out->hash), row_text(r, at + 3));
	copy_text(out->key_id, sizeof(out->key_id), row_text(r, at + 4));
	out->created_at = row_int(r, at + 5);
}

void
audit_seal_hash(const struct mac_key *key, const char *tenant,
    const struct audit_seal *s, const char *digest,
    char out[static TOKEN_HASH_LEN])
{
	struct content_hasher h;

	mac_begin(&h, key);
	add_text(&h, SEAL_LABEL);
	add_text(&h, tenant);
	add_int(&h, s->seq);
	add_text(&h, s->prev);
	add_int(&h, s->created_at);
	add_text(&h, digest);
	content_hash_end(&h, out);
}

void
audit_checkpoint_hash(const struct mac_key *key, const char *tenant,
    const struct audit_checkpoint *c, const char *prev,
    char out[static TOKEN_HASH_LEN])
{
	struct content_hasher h;

	mac_begin(&h, key);
	add_text(&h, CHECKPOINT_LABEL);
	add_text(&h, tenant);
	add_int(&h, c->from);
	add_int(&h, c->to);
	add_text(&h, c->last_hash);
	add_text(&h, prev);
	add_int(&h, c->created_at);
	content_hash_end(&h, out);
}

/* ---- keys ---- */

const struct mac_key *
audit_key(struct audit_keys *k, const char *id)
{
	if (k->is_set && id && str_eq(k->last.id, id))
		return &k->last;
	k->is_set = mac_key_derive(k->box, KEY_PURPOSE, id, &k->last) == OK;
	return k->is_set ? &k->last : NULL;
}

void
audit_keys_wipe(struct audit_keys *k)
{
	mac_key_wipe(&k->last);
	k->is_set = false;
}

/* ---- the end of the chain ---- */

static enum err
read_head(struct tx *tx, struct audit_head *out, const char *sql)
{
	struct rows r;
	enum err e = db_query_(tx, &r, sql, DB_VALS_(DB_ID(&tx->tenant)));

	if (e != OK)
		return e;
	if (rows_next(&r)) {
		out->seq = row_int(&r, 0);
		copy_text(out->hash, sizeof(out->hash), row_text(&r, 1));
	}
	return rows_done(&r);
}

enum err
audit_head_read(struct tx *tx, struct audit_head *out)
{
	struct audit_head head = {0, AUDIT_NOTHING};
	enum err e = read_head(tx, &head,
	    "SELECT seq, hash FROM audit_seals "
	    "WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1");

	if (e == OK && head.seq == 0)
		e = read_head(tx, &head,
		    "SELECT to_seq, last_hash FROM audit_checkpoints "
		    "WHERE tenant_id = $1 ORDER BY to_seq DESC LIMIT 1");
	if (e == OK)
		*out = head;
	return e;
}
