/* certificate.h - how long the certificate behind an address is valid.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_OUTSIDE_CERTIFICATE_H
#define MPANEL_OUTSIDE_CERTIFICATE_H

#include <stdint.h>
#include "base/error.h"

/* When the certificate ends that is shown to whoever opens this https address:
 * a handshake, and nothing is sent.  Whether anybody trusts it is not asked,
 * because one that has ended is to be seen, too.  E_REMOTE: there was none in
 * time; E_INPUT: it is no https address.  Never call it inside a transaction.
 */
enum err certificate_ends(
    const char *url, int timeout_ms, int64_t *ends_at_out) MUST_USE;

#endif
