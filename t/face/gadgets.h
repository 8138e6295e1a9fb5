/* gadgets.h - a described noun for tests of its faces, and who asks for it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Gadgets are known to these tests alone: their table is made here, their faces
 * come from the description.  Two companies have some; the token or the cookie
 * says who asks: "owner" may everything, "reader" reads, "nobody" nothing.
 */
#ifndef MPANEL_T_FACE_GADGETS_H
#define MPANEL_T_FACE_GADGETS_H

#include "resource/noun.h"
#include "testdb.h"
#include "webtest.h"

#define GADGETS "/api/admin/gadgets"

extern const struct noun gadgets;
extern struct webtest w;
extern struct arena *arena;
extern struct id companies[2];

/* What the audit log was told last. */
extern struct gadgets_noted {
	char verb[16], detail[1024];
	int n;
} noted;

void gadgets_open(struct testdb *t);
void gadgets_close(void);

/* By JSON, at acme.test. */
int call(
    const char *method, const char *uri, const char *who, const char *json);
int page(const char *who, const char *uri);
/* A form of the owner's; csrf, key and version are those of the page that was
 * shown last. */
int post(const char *uri, const char *form);
const char *hidden(const char *name);
/* In the last answer. */
bool says(const char *text);
const char *id_said(void);
/* "base/id/more". */
const char *below(const char *base, const char *id, const char *more);

#endif
