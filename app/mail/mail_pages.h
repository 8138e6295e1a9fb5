/* mail_pages.h - pages of this room that share a route table.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIL_MAIL_PAGES_H
#define MPANEL_MAIL_MAIL_PAGES_H

#include "web/web.h"

#define MAIL_LOG "/settings/mail"

/* template_pages.c */
enum err list_templates(struct request *rq) MUST_USE;
enum err show_template(struct request *rq) MUST_USE;
enum err show_template_html(struct request *rq) MUST_USE;

#endif
