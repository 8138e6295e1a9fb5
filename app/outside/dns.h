/* dns.h - to which addresses a name points (c-ares).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Asked of name servers, never of this machine's own list of hosts.  Never call
 * it inside a transaction.
 */
#ifndef MPANEL_OUTSIDE_DNS_H
#define MPANEL_OUTSIDE_DNS_H

#include <stddef.h>
#include "base/error.h"

enum { DNS_ADDRESSES_MAX = 32, DNS_ADDRESS_SIZE = 46 };

/* As inet_ntop() writes them, IPv4 and IPv6; more than DNS_ADDRESSES_MAX are
 * left out. */
struct dns_addresses {
	char text[DNS_ADDRESSES_MAX][DNS_ADDRESS_SIZE];
	size_t n;
};

/* A and AAAA of a host name (RFC 1035, RFC 3596), CNAMEs followed; none is OK.
 * servers: "192.0.2.1,[2001:db8::1]:5353"; "": the system's resolv.conf.
 * E_REMOTE: no name server knew it in time; E_INPUT: servers are no addresses.
 */
enum err dns_ask(const char *servers, const char *name, int timeout_ms,
    struct dns_addresses *out) MUST_USE;

#endif
