/* audit_parts.h - rows, seals and checkpoints; the audit_*.c files only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_AUDIT_PARTS_H
#define MPANEL_IDENTITY_AUDIT_PARTS_H

#include "identity/audit_chain.h"

/* ---- rows ---- */

/* As they are read, in this order, of audit_logs a. */
#define AUDIT_COLUMNS                                                          \
	"a.id, a.actor_kind, a.actor_id, a.actor_name, a.action, a.noun, "     \
	"a.noun_id, a.detail, a.request_id, a.created_at, a.updated_at"

struct audit_row {
	const char *tenant, *id, *actor_kind, *actor_id, *actor_name;
	const char *action, *noun, *noun_id, *detail, *request_id;
	int64_t created_at, updated_at;
};
/* Column `at` is the id; borrowed. */
void audit_row_read(const struct rows *r, int at, struct audit_row *out);
void audit_row_digest(
    const struct audit_row *row, char out[static TOKEN_HASH_LEN]);

/* ---- seals ---- */

#define AUDIT_SEAL_COLUMNS                                                     \
	"s.seq, s.audit_id, s.prev, s.hash, s.key_id, s.created_at"
enum { AUDIT_SEAL_WIDTH = 6 };

struct audit_seal {
	int64_t seq;
	struct id row;
	char prev[TOKEN_HASH_LEN], hash[TOKEN_HASH_LEN];
	char key_id[SECRET_KEY_ID_LEN];
	int64_t created_at;
};
void audit_seal_read(const struct rows *r, int at, struct audit_seal *out);
void audit_seal_hash(const struct mac_key *key, const char *tenant,
    const struct audit_seal *s, const char *digest,
    char out[static TOKEN_HASH_LEN]);

/* ---- checkpoints ---- */

struct audit_checkpoint {
	int64_t from, to;
	char last_hash[TOKEN_HASH_LEN], hash[TOKEN_HASH_LEN];
	char key_id[SECRET_KEY_ID_LEN];
	int64_t created_at;
};
/* prev: hash of the checkpoint before it, AUDIT_NOTHING for the first. */
void audit_checkpoint_hash(const struct mac_key *key, const char *tenant,
    const struct audit_checkpoint *c, const char *prev,
    char out[static TOKEN_HASH_LEN]);

/* What the first of a chain follows. */
#define AUDIT_NOTHING                                                          \
	"0000000000000000000000000000000000000000000000000000000000000000"

/* ---- keys ---- */

/* The last one is remembered: a chain has few. */
struct audit_keys {
	const struct secret_box *box;
	struct mac_key last;
	bool is_set;
};
/* id NULL: the one that seals now.  NULL: we have none of this id. */
const struct mac_key *audit_key(struct audit_keys *k, const char *id);
void audit_keys_wipe(struct audit_keys *k);

/* ---- walking along the chain ---- */

struct audit_walk {
	struct tx *tx;
	struct audit_keys *keys;
	const struct audit_head *kept;
	struct audit_report *report;
	/* Where to stop: 0 for the end. */
	int64_t made_until, seals_max;
	/* so far */
	struct audit_head at;
	int64_t n;
	int key_age;
	int64_t youngest;
	bool is_bad; /* the last seal had a finding */
	struct audit_misfit *misfits;
	size_t n_misfits;
};
/* From w->at on; findings go into the report. */
enum err audit_walk(struct audit_walk *w) MUST_USE;
void audit_found(struct audit_report *r, struct audit_finding f);

#endif
