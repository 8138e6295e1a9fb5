/* mail_api.h - mails for programs and pages: routes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIL_MAIL_API_H
#define MPANEL_MAIL_MAIL_API_H

#include "resource/shape.h"
#include "web/web.h"

/* /api/admin/mail */
extern const struct route mail_api_routes[];
/* /settings/mail */
extern const struct route mail_page_routes[];
/* What the calls of mail/ take and answer, ended by a NULL name. */
extern const struct api_shape mail_shapes[];

#endif
