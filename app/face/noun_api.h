/* noun_api.h - a described noun for programs: REST.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Handlers of rows of noun_routes(), whose noun_of() they serve.  A PATCH has
 * the members that change, and the `version` that was read, if it is to be
 * refused when somebody else was faster; so may a DELETE: ?version=.
 */
#ifndef MPANEL_FACE_NOUN_API_H
#define MPANEL_FACE_NOUN_API_H

#include "web/web.h"

enum err noun_api_list(struct request *rq) MUST_USE;
enum err noun_api_get(struct request *rq) MUST_USE;
enum err noun_api_add(struct request *rq) MUST_USE;
enum err noun_api_change(struct request *rq) MUST_USE;
enum err noun_api_remove(struct request *rq) MUST_USE;

#endif
