/* shape.h - what a call takes and answers, for those who write programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A call whose handler is written by hand is described by a row beside its
 * route's: the OpenAPI document comes from it.  What is a described noun's is
 * named by the noun.  A route without a row takes that of another route with
 * the same handler.
 */
#ifndef MPANEL_RESOURCE_SHAPE_H
#define MPANEL_RESOURCE_SHAPE_H

#include <stdint.h>
#include "resource/noun.h"

enum member_flag {
	MAYBE = 1 << 0,	   /* may be left out; of a call: may be null, too */
	NULLABLE = 1 << 1, /* null where there is none */
	MANY = 1 << 2	   /* a list of them */
};

struct shape;

/* One member of an object. */
struct member {
	const char *name;
	enum field_type type;	  /* FIELD_JSON: anything */
	unsigned flags;		  /* of enum member_flag */
	const struct shape *of;	  /* an object of that shape, and no type */
	const char *const *words; /* one of these, ended by NULL */
	int64_t min, max;	  /* of a number; both 0: any */
};

/* An object: the members of a noun's row (or NULL) and its own.  Of a row that
 * a call takes, any that may be changed. */
struct shape {
	const char *name;
	const struct noun *row;
	const struct member *member; /* ended by a NULL name; or NULL */
	bool is_open;		     /* other members are not looked at */
};

enum api_flag {
	API_ITEMS = 1 << 0, /* `gives` comes as all items of a list */
	API_WAITS = 1 << 1, /* 202 as well: it waits for a second person */
	API_SOON = 1 << 2   /* not built: 501 and nothing else */
};

struct api_shape {
	const char *route; /* its name */
	const char *about; /* a sentence without its stop */
	const struct noun *list, *one;
	const struct shape *takes, *gives;
	const struct member *query; /* beside those of a list */
	int status;		    /* of success; 0: 200 */
	int also[2];		    /* of success, with the same answer */
	const char *media[2];	    /* of an answer that is no JSON */
	const char *body;	    /* media type of a call that takes bytes */
	unsigned flags;		    /* of enum api_flag */
};

/* {"success": true}. */
extern const struct shape success_shape;
/* 202: {"status": "waiting", "approvalId": ...}. */
extern const struct shape waiting_shape;

#endif
