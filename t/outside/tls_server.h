/* tls_server.h - openssl's own server, for tests of a TLS client.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_TLS_SERVER_H
#define MPANEL_T_TLS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

/* In a directory of its own; the certificate signs itself and is good for
 * 127.0.0.1 only. */
struct tls_server {
	char dir[64], key[96], cert[96];
	pid_t pid;
	int fd; /* what it says */
	int port;
};

/* Make the directory, the key and the certificate.  False where there is no
 * openssl. */
bool tls_server_init(struct tls_server *s);
/* A file in its directory, which it serves with the option -HTTP: a whole
 * answer, headers and all. */
void tls_server_put(
    const struct tls_server *s, const char *name, const char *text);
/* Start it in its directory with these options of s_server, ended by NULL; ends
 * the test where it can't. */
void tls_server_start(struct tls_server *s, const char *const *options);
void tls_server_stop(struct tls_server *s);
/* Remove the directory. */
void tls_server_fini(struct tls_server *s);

#endif
