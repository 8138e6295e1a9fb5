/* tenant.h - hosting companies and the host names that lead to them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * These tables are read before a tenant is known, so row-level security does
 * not cover them; nothing in them is secret.
 */
#ifndef MPANEL_TENANCY_TENANT_H
#define MPANEL_TENANCY_TENANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "base/id.h"
#include "store/store.h"

/* Texts live in tx->arena. */
struct tenant {
	struct id id;
	const char *slug, *name, *currency;
	const char *support_email;	/* NULL: none */
	const char *accent, *logo_hash; /* "": none; see brand.h */
	const char *language;		/* "en" */
	bool is_platform;		/* its staff may have platform:* */
	bool is_active;
	int64_t created_at;
	int64_t version; /* of its name, addresses and looks: brand.h */
};

struct tenant_new {
	const char *slug, *name;
	const char *currency;	   /* NULL: USD */
	const char *support_email; /* NULL: none */
	const char *host;	   /* NULL: none yet */
	bool is_platform;
};

/* Could it be made?  All problems, by API name; nothing is written.  E_INPUT;
 * E_CONFLICT: slug or host is taken. */
enum err tenant_check_new(struct tx *tx, const struct tenant_new *n) MUST_USE;
/* Make the tenant whose id is tx->tenant: the transaction belongs to it from
 * the start, so that its first rows can be written beside it.  E_INPUT with
 * problems; E_CONFLICT: slug or host is taken (a problem says which). */
enum err tenant_add(struct tx *tx, const struct tenant_new *n) MUST_USE;

/* E_NOTFOUND.  Suspended ones are found too. */
enum err tenant_get(
    struct tx *tx, const struct id *id, struct tenant *out) MUST_USE;
enum err tenant_find(
    struct tx *tx, const char *slug, struct tenant *out) MUST_USE;
/* host in lower case without port, as domain_canonical() writes it; fallback is
 * the slug of whom a host that is nobody's leads to ("": nobody). */
enum err tenant_find_host(struct tx *tx, const char *host, const char *fallback,
    struct tenant *out) MUST_USE;

/* Whose host it is, of which the gate needs id, slug, name, currency and looks.
 * E_DENIED: one's that is suspended; of it there are name and support_email.
 * What this process has been told before it takes for granted, unless anew, and
 * has it confirmed together with the transaction's next question: *is_sure_out
 * is false, nothing may leave the transaction before tx_settle(), and its
 * E_RETRY says: ask anew. The texts are valid until the next call. */
enum err tenant_of_host(struct tx *tx, const char *host, const char *fallback,
    bool anew, struct tenant *out, bool *is_sure_out) MUST_USE;

/* May the people of tx->tenant see how the whole house is: its machine, its
 * processes, its backups?  The platform's may, and those of a company that is
 * the only one. */
enum err tenant_runs_house(struct tx *tx, bool *out) MUST_USE;

/* Lead one more host name to tx->tenant; the same again is OK.  E_INPUT,
 * E_CONFLICT: it is another tenant's. */
enum err tenant_add_host(struct tx *tx, const char *host) MUST_USE;

/* And no longer: who was there is told that nobody is.  E_NOTFOUND: it is none
 * of tx->tenant's. */
enum err tenant_drop_host(struct tx *tx, const char *host) MUST_USE;
/* Those of tx->tenant, oldest first, in tx->arena. */
enum err tenant_hosts(
    struct tx *tx, const char *const **list_out, size_t *n_out) MUST_USE;

/* All, by slug, in tx->arena. */
enum err tenant_list(
    struct tx *tx, const struct tenant **list_out, size_t *n_out) MUST_USE;

/* A suspended tenant's hosts, sessions and tokens are refused, and its mails
 * wait for FACT_TENANT_RESUMED.  tx belongs to the tenant.  E_NOTFOUND;
 * E_CONFLICT: it is the platform, without which nobody could resume anything.
 */
enum err tenant_set_active(
    struct tx *tx, const struct id *id, bool is_active) MUST_USE;

/* What to change of tx->tenant; NULL leaves it, and "" takes the support
 * address away. */
struct tenant_change {
	const char *name, *currency, *support_email;
	int64_t version; /* that the caller has seen; 0: any */
};
/* E_INPUT with problems; E_CONFLICT: somebody else has changed it since
 * (stale_version), or there are books in the old currency. */
enum err tenant_change(struct tx *tx, const struct tenant_change *c) MUST_USE;

#endif
