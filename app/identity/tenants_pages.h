/* tenants_pages.h - what the pages of a company share.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_TENANTS_PAGES_H
#define MPANEL_IDENTITY_TENANTS_PAGES_H

#include "face/part.h"
#include "tenancy/tenant.h"
#include "web/web.h"

#define TENANTS "/tenants"

/* clang-format off */
/* Routes: a page below TENANTS; a question and what its form does. */
#define TENANTS_PAGE(path, handler, name)				       \
	{ GET, TENANTS path, POOL_UI, AUTH_SESSION, PERM_PLATFORM_TENANTS,     \
	  BODY_NONE, 0, handler, "tenants.page" name }
#define TENANTS_ASK(path, ask, act, name)				       \
	TENANTS_PAGE(path, ask, name ".ask"),				       \
	{ POST, TENANTS path, POOL_UI, AUTH_SESSION, PERM_PLATFORM_TENANTS,    \
	  BODY_FORM, 0, act, "tenants.page" name }
/* clang-format on */

/* The company of the path's :id; E_NOTFOUND. */
enum err tenants_page_read(struct request *rq, struct tenant *out) MUST_USE;
/* Its page, or a page below it: rest is "" or "/edit". */
const char *tenants_page_path(
    struct request *rq, const struct tenant *t, const char *rest);
/* A page with a question about a company (NULL: about none yet). */
struct view *tenants_page_ask(struct request *rq, const struct tenant *t,
    const struct ask *q, struct view **ask_out, struct view **fields_out);
/* 200, or what a form is shown again with: 422 for E_INPUT, 409. */
int tenants_page_status(enum err e);
/* To its page, where it is said once. */
enum err tenants_page_back(
    struct request *rq, const struct tenant *t, const char *said) MUST_USE;

#endif
