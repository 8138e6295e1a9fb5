/* webtest.h - call a route table through the real gate, without FastCGI.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	struct webtest w;
 *	struct call c = {"POST", "/api/things", .body = "{\"name\":\"x\"}"};
 *
 *	webtest_open(&w, t, tables, N_ELEMS(tables), &ops);
 *	is_int(webtest_call(&w, &c), 201, "a thing is made");
 *	ok(strstr(w.body, "\"x\""), "and shown");
 *	webtest_close(&w);
 */
#ifndef MPANEL_T_WEBTEST_H
#define MPANEL_T_WEBTEST_H

#include "testdb.h"
#include "web/gate.h"

/* The settings that the gate reads; environment variables count. */
extern const struct setting webtest_settings[];

struct webtest {
	struct web_config config;
	struct settings *settings;
	struct templates *templates;
	struct gate *gate;
	struct db *db;
	struct buf out;
	/* Of the last answer, borrowed until the next call: headers end with
	 * CRLF each and begin with "\r\n"; body is NUL-terminated. */
	const char *headers, *body;
};

/* Where a member is NULL: method GET, host "acme.test", client 127.0.0.1, type
 * JSON when the body begins with {, else form; length that of the body. */
struct call {
	const char *method, *uri;
	const char *body, *type, *length;
	const char *host, *client, *cookie, *bearer;
	bool tls;
	const char *headers[8]; /* "HTTP_ORIGIN=https://x.test" */
};

/* For gate_ops, where a test looks at something else: they do nothing. */
void webtest_no_note(struct request *rq, const char *why);
void webtest_no_dress(
    struct request *rq, struct view *view, const char *current);
void webtest_no_touch(struct request *rq);

/* ops may have NULL members for what must not be called. */
void webtest_open(struct webtest *w, struct testdb *t,
    const struct route *const *tables, size_t n_tables,
    const struct gate_ops *ops);
/* Make the gate anew, after settings_put() on w->settings. */
void webtest_again(struct webtest *w);
void webtest_close(struct webtest *w);

/* The status of the answer. */
int webtest_call(struct webtest *w, const struct call *c);
/* The same where no answer can be made, when the worker would hang up: 0. */
int webtest_try(struct webtest *w, const struct call *c);
/* The value of a header of the last answer ("" when absent), in a buffer that
 * the next call of this function overwrites. */
const char *webtest_header(const struct webtest *w, const char *name);

#endif
