/* smtp.h - hand one letter to a mail server (libcurl, RFC 5321).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server comes from settings.  What matters is what is known afterwards:
 * a letter whose text was begun and to whose end no answer came may have been
 * taken, and whoever sends it again sends it twice.  Never call it inside a
 * transaction.
 */
#ifndef MPANEL_OUTSIDE_SMTP_H
#define MPANEL_OUTSIDE_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/error.h"

struct smtp_server {
	/* smtp://[user:password@]host[:port], smtps://...; secret */
	const char *url;
	const char *helo;    /* the name we go by */
	bool needs_tls;	     /* smtp:// without STARTTLS is not used */
	const char *ca_file; /* NULL: the system's authorities */
	int timeout_ms;	     /* for all of it; 0: 60 s */
};

struct smtp_letter {
	const char *from, *to; /* of the envelope: bare addresses */
	const char *text;      /* RFC 5322, lines ended by CR LF */
	size_t len;
	/* Called when the server has asked for the text, before the first
	 * byte of it leaves; anything but OK stops there.  NULL: nothing. */
	enum err (*begin)(void *arg);
	/* Asked about once a second until then; true gives up.  NULL: never. */
	bool (*gives_up)(void *arg);
	void *arg;
};

enum smtp_fate {
	SMTP_SENT,    /* the server has taken it */
	SMTP_REFUSED, /* it never will: 5xx for this sender or recipient */
	SMTP_LATER,   /* it was not taken: 4xx, no connection, no log-in */
	SMTP_MAYBE,   /* the text was begun, and no answer came to its end */
	SMTP__MAX
};

struct smtp_outcome {
	enum smtp_fate fate;
	int code;	    /* the server's last; 0: it said nothing */
	const char *answer; /* its last line, or why there is none; printable */
	enum err begun;	    /* what begin() said; OK when it was not called */
};

/* OK with an outcome; E_INPUT for an address, URL or name that cannot be in
 * SMTP; E_BUSY when memory is refused.  Before any of these nothing was sent.
 * The outcome is logged, without texts of the letter. */
enum err smtp_send(struct arena *a, const struct smtp_server *s,
    const struct smtp_letter *l, struct smtp_outcome *out) MUST_USE;

#endif
