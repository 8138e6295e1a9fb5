/* actor.c - names of the kinds of actor.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/actor.h"

#include "base/error.h"

static const char *const names[ACTOR__MAX] = {
    [ACTOR_ANYONE] = "anyone",
    [ACTOR_USER] = "user",
    [ACTOR_TOKEN] = "token",
    [ACTOR_SERVER] = "server",
    [ACTOR_SYSTEM] = "system",
};

const char *
actor_kind_name(enum actor_kind k)
{
	assert((int)k >= 0 && k < ACTOR__MAX);
	return names[k];
}
