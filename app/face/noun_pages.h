/* noun_pages.h - a described noun as pages: list, detail, form, question.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Handlers of rows of noun_routes(), whose noun_of() they serve.  What a page
 * shows are the fields that have a label.
 */
#ifndef MPANEL_FACE_NOUN_PAGES_H
#define MPANEL_FACE_NOUN_PAGES_H

#include "web/web.h"

enum err noun_page_list(struct request *rq) MUST_USE;
enum err noun_page_one(struct request *rq) MUST_USE;
enum err noun_page_new(struct request *rq) MUST_USE;
enum err noun_page_add(struct request *rq) MUST_USE;
enum err noun_page_edit(struct request *rq) MUST_USE;
enum err noun_page_change(struct request *rq) MUST_USE;
enum err noun_page_ask(struct request *rq) MUST_USE;
enum err noun_page_remove(struct request *rq) MUST_USE;

#endif
