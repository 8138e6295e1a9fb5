/* port.h - a port of this machine that nobody else has.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_PORT_H
#define MPANEL_T_PORT_H

#include <arpa/inet.h>
#include <sys/socket.h>
#include "tap.h"

/* A listening socket on 127.0.0.1, closed on exec; bails out without one. */
static inline int
port_listen(int *port_out)
{
	struct sockaddr_in in = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, n) < 0 ||
	    listen(fd, 16) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &n) < 0)
		bail("no port");
	*port_out = ntohs(in.sin_port);
	return fd;
}

#endif
