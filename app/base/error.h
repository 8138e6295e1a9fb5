/* error.h - the closed list of things that can go wrong.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Functions that can fail return enum err and set their outputs (named *_out,
 * always last) only on OK.  What a person did wrong is data (base/problem.h);
 * what the system did wrong is logged once, where it happened (base/log.h);
 * a bug is an assert, which is always on.
 */
#ifndef MPANEL_BASE_ERROR_H
#define MPANEL_BASE_ERROR_H

#include <assert.h>

enum err {
	OK = 0,
	E_INPUT,    /* the caller's data is wrong; problems say where */
	E_DENIED,   /* the actor may not do this */
	E_NOTFOUND, /* no such thing, or not visible to this actor */
	E_CONFLICT, /* the thing is in another state than the caller thinks */
	E_LIMIT,    /* too much, too often, too large */
	E_BUSY,	    /* cannot be done now, may be tried again as it is */
	E_RETRY,  /* the transaction lost a race: run it again from the start */
	E_REMOTE, /* somebody else's system failed or gave no answer */
	E_DB,	  /* the database refused or broke; logged there */
	E_SYS,	  /* the operating system refused; logged there */
	ERR__MAX
};

#define MUST_USE       __attribute__((warn_unused_result))
#define PRINTF(f, a)   __attribute__((format(printf, f, a)))
#define N_ELEMS(array) (sizeof(array) / sizeof((array)[0]))

/* What an error is called and how it is answered, in one table. */
struct err_info {
	const char *code;  /* the API's error.code */
	const char *title; /* RFC 9457 title */
	int status;	   /* HTTP status */
	int exit_status;   /* of the command line, after sysexits.h */
};

/* Facts about e; never NULL. */
const struct err_info *err_info(enum err e);

#endif
