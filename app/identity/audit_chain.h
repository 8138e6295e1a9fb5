/* audit_chain.h - the audit log is a chain: sealed, checked, shortened.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * audit() only inserts rows.  `mpanel work` seals them afterwards, per tenant:
 *
 *	digest  = BLAKE2b-256(canonical bytes of the row)
 *	hash[n] = BLAKE2b-256(key, tenant, n, hash[n-1], sealed at, digest)
 *
 * Canonical bytes: each column as a netstring ("5:login,"), NULL as "-,", in
 * the order tenant_id, id, actor_kind, actor_id, actor_name, action, noun,
 * noun_id, detail, request_id, created_at, updated_at; docs/AUDIT.md has an
 * example.  The key is derived from the installation's key file, which is not
 * in the database; each seal names its key, so that keys may be rotated.  Who
 * owns the database can write, but cannot seal.
 *
 * Rows are taken because they have no seal, not in the order of their ids: one
 * that was committed late is sealed late.  The unique keys of audit_seals let
 * one sealer win where two work at once.
 *
 * The end of the chain is also kept outside of the database, in state_dir: who
 * cuts rows off with their seals leaves a kept head that no longer fits.
 */
#ifndef MPANEL_IDENTITY_AUDIT_CHAIN_H
#define MPANEL_IDENTITY_AUDIT_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"
#include "store/store.h"

/* The last seal; seq 0: nothing is sealed yet. */
struct audit_head {
	int64_t seq;
	char hash[TOKEN_HASH_LEN];
};

/* ---- sealing ---- */

enum { AUDIT_BATCH = 500 }; /* rows of one transaction */

struct audit_sealing {
	const struct secret_box *box;
	int64_t since;	/* rows made since then; 0: all, which reads the log */
	struct id from; /* and from this one on, unless unset */
	const struct audit_head *kept; /* NULL: none was kept */
	struct id last;		       /* the last row that was sealed */
	int64_t n;		       /* sealed; AUDIT_BATCH: maybe more */
	bool is_torn;		       /* the chain has lost the kept head */
	struct audit_head head;	       /* the last seal now */
};
/* The first row since then without a seal; unset: all have one.  Reads only. */
enum err audit_first_unsealed(
    struct tx *tx, int64_t since, struct id *out) MUST_USE;
/* Seal up to AUDIT_BATCH rows; arg is a struct audit_sealing.  E_CONFLICT:
 * another sealer was at it. */
enum err audit_seal(struct tx *tx, void *arg) MUST_USE;

/* ---- the head that is kept outside ---- */

/* E_NOTFOUND: none.  E_SYS: unreadable, logged. */
enum err audit_kept_read(const char *state_dir, const struct id *tenant,
    struct audit_head *out) MUST_USE;
enum err audit_kept_write(const char *state_dir, const struct id *tenant,
    const struct audit_head *head) MUST_USE;
/* What the database says now; after a restore it is taken for the right one. */
enum err audit_head_read(struct tx *tx, struct audit_head *out) MUST_USE;

/* ---- checking ---- */

enum audit_fault {
	AUDIT_CHANGED,	  /* the row or its seal is not what was sealed */
	AUDIT_REMOVED,	  /* the row of this seal is gone */
	AUDIT_REORDERED,  /* it was sealed in another place */
	AUDIT_UNSEALED,	  /* a row older than a minute without a seal */
	AUDIT_GAP,	  /* seals seq to last_seq are gone */
	AUDIT_BROKEN,	  /* the seal does not follow the one before it */
	AUDIT_TRUNCATED,  /* the end is gone: seq to last_seq */
	AUDIT_REPLACED,	  /* not the chain whose head was kept */
	AUDIT_CHECKPOINT, /* a checkpoint that nobody sealed, or misplaced */
	AUDIT_KEY,	  /* sealed with a key that we do not have, or an old
			     one after a newer one */
	AUDIT__MAX
};
extern const char *const audit_fault_names[AUDIT__MAX];

struct audit_finding {
	enum audit_fault fault;
	int64_t seq, last_seq;
	struct id row;
};

enum { AUDIT_FINDINGS_MAX = 50, AUDIT_GRACE_S = 60 };
struct audit_report {
	int64_t rows;	   /* looked at */
	int64_t forgotten; /* covered by checkpoints */
	struct audit_head head;
	/* Rows that came more than an hour after younger ones: a clock that was
	 * set back, or somebody who back-dated them.  No finding. */
	int64_t n_late;
	struct id late; /* the first of them */
	int64_t n_findings;
	struct audit_finding finding[AUDIT_FINDINGS_MAX];
};
struct audit_check {
	const struct secret_box *box;
	const struct audit_head *kept; /* NULL: none was kept */
	struct audit_report report;
};
/* Look at every seal and row of the tenant; arg is a struct audit_check.
 * OK with findings, too. */
enum err audit_verify(struct tx *tx, void *arg) MUST_USE;
/* "Row 019... was changed (seal 12)." */
const char *audit_finding_text(
    struct arena *a, const struct audit_finding *f) MUST_USE;
/* Keep what was found, for the page and the metrics. */
enum err audit_note_check(struct tx *tx, const struct audit_report *r) MUST_USE;

/* ---- forgetting ---- */

enum { AUDIT_KEEP_DAYS_MIN = 90, AUDIT_FORGET_BATCH = 2000 };
struct audit_forgetting {
	const struct secret_box *box;
	int64_t days; /* at least AUDIT_KEEP_DAYS_MIN */
	int64_t n;    /* rows that went; AUDIT_FORGET_BATCH: maybe more */
};
/* Remove what is older from the beginning of the chain, with a checkpoint in
 * its place; arg is a struct audit_forgetting.  E_DENIED: those rows are not
 * what was sealed, and nothing is removed. */
enum err audit_forget(struct tx *tx, void *arg) MUST_USE;

#endif
