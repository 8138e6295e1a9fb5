/* gate_api.h - what the gate asks identity: whose host, who, and who was
 * refused (web/web.h, struct gate_ops).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_IDENTITY_GATE_API_H
#define MPANEL_IDENTITY_GATE_API_H

#include "web/web.h"

enum err identity_tenant_of_host(struct request *rq) MUST_USE;
enum err identity_actor_of_cookie(
    struct request *rq, const char *cookie) MUST_USE;
enum err identity_actor_of_token(
    struct request *rq, const char *token) MUST_USE;
void identity_note_denied(struct request *rq, const char *why);
void identity_touch(struct request *rq);

#endif
