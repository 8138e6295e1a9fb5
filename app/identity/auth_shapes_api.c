/* auth_shapes_api.c - the calls of identity/ about oneself, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "identity/auth_api.h"
#include "identity/log_ins_noun.h"

static const char *const states[] = {"active", "disabled", NULL};
static const char *const kinds[] = {"browser", "api", NULL};

/* clang-format off */
/* ---- what is told of the person who is signed in ---- */

#define PROFILE					\
	{"id",		  FIELD_ID},		\
	{"email",	  FIELD_TEXT},		\
	{"name",	  FIELD_TEXT},		\
	{"firstName",	  FIELD_TEXT},		\
	{"lastName",	  FIELD_TEXT},		\
	{"role",	  FIELD_TEXT},		\
	{"roles",	  FIELD_TEXT, MANY},	\
	{"tenantId",	  FIELD_ID},		\
	{"status",	  FIELD_WORD, .words = states}, \
	{"emailVerified", FIELD_BOOL},		\
	{"lastLoginAt",	  FIELD_TIME, NULLABLE}, \
	{"createdAt",	  FIELD_TIME},		\
	{"language",	  FIELD_TEXT},		\
	{"timeZone",	  FIELD_TEXT},		\
	{"dateFormat",	  FIELD_TEXT},		\
	{"permissions",	  FIELD_TEXT, MANY}

/* A pair of tokens; `may` where a session cookie goes on without one. */
#define PAIR(may)				\
	{"token",	 FIELD_TEXT, may},	\
	{"accessToken",	 FIELD_TEXT, may},	\
	{"refreshToken", FIELD_TEXT, may},	\
	{"tokenType",	 FIELD_TEXT, may},	\
	{"expiresIn",	 FIELD_INT,  may}

static const struct member profile_members[] = {PROFILE, {NULL}};
static const struct shape profile = {"profile", NULL, profile_members};
static const struct member me_members[] = {PROFILE, {"user", .of = &profile}, {NULL}};
static const struct shape me = {"auth.me", NULL, me_members};
static const struct member pair_members[] = {PAIR(0), {"user", .of = &profile}, {NULL}};
static const struct shape pair = {"auth.pair", NULL, pair_members};
static const struct member next_members[] = {{"success", FIELD_BOOL}, PAIR(MAYBE), {NULL}};
static const struct shape next = {"auth.next", NULL, next_members};
static const struct member mine_members[] = {{"role", FIELD_TEXT}, {"permissions", FIELD_TEXT, MANY}, {NULL}};
static const struct shape mine = {"auth.permissions", NULL, mine_members};
static const struct member session_members[] = {
	{"id",		FIELD_ID},
	{"kind",	FIELD_WORD, .words = kinds},
	{"current",	FIELD_BOOL},
	{"ipAddress",	FIELD_TEXT},
	{"userAgent",	FIELD_TEXT},
	{"createdAt",	FIELD_TIME},
	{"lastSeenAt",	FIELD_TIME, NULLABLE},
	{"expiresAt",	FIELD_TIME, NULLABLE},
	{NULL}
};
static const struct shape session = {"session", NULL, session_members};
static const struct member key_members[] = {
	{"kty", FIELD_TEXT}, {"crv", FIELD_TEXT}, {"alg", FIELD_TEXT},
	{"use", FIELD_TEXT}, {"kid", FIELD_TEXT}, {"x", FIELD_TEXT},
	{NULL}
};
static const struct shape key = {"jwk", NULL, key_members};
static const struct member keys_members[] = {{"keys", .flags = MANY, .of = &key}, {NULL}};
static const struct shape keys = {"jwks", NULL, keys_members};

/* ---- what is asked for ---- */

static const struct member try_members[] = {
	{"email",	FIELD_EMAIL, MAYBE},
	{"password",	FIELD_TEXT,  MAYBE},
	{"otp",		FIELD_TEXT,  MAYBE},
	{"challenge",	FIELD_TEXT,  MAYBE},
	{NULL}
};
static const struct shape try = {"auth.login", NULL, try_members};
static const struct member challenge_members[] = {{"challenge", FIELD_TEXT}, {NULL}};
static const struct shape challenge = {"auth.challenge", NULL, challenge_members};
static const struct member refresh_members[] = {{"refreshToken", FIELD_TEXT}, {NULL}};
static const struct shape refresh = {"auth.refresh", NULL, refresh_members};
static const struct member over_members[] = {{"refreshToken", FIELD_JSON, MAYBE}, {NULL}};
static const struct shape over = {"auth.logout", NULL, over_members};
static const struct member email_members[] = {{"email", FIELD_TEXT}, {NULL}};
static const struct shape email = {"auth.email", NULL, email_members};
static const struct member reset_members[] = {{"token", FIELD_TEXT}, {"newPassword", FIELD_TEXT}, {NULL}};
static const struct shape reset = {"auth.reset", NULL, reset_members};
static const struct member token_members[] = {{"token", FIELD_TEXT}, {NULL}};
static const struct shape token = {"auth.link", NULL, token_members};
static const struct member passwords_members[] = {
	{"currentPassword", FIELD_TEXT}, {"newPassword", FIELD_TEXT}, {NULL}
};
static const struct shape passwords = {"auth.password", NULL, passwords_members};
static const struct member me_change_members[] = {
	{"firstName",	FIELD_TEXT, MAYBE},
	{"lastName",	FIELD_TEXT, MAYBE},
	{"language",	FIELD_TEXT, MAYBE},
	{"timeZone",	FIELD_TEXT, MAYBE},
	{"dateFormat",	FIELD_TEXT, MAYBE},
	{NULL}
};
static const struct shape me_change = {"auth.me.change", NULL, me_change_members};

/* ---- second factors ---- */

static const struct member method_members[] = {
	{"kind",	FIELD_WORD},
	{"title",	FIELD_TEXT},
	{"available",	FIELD_BOOL},
	{"enabled",	FIELD_BOOL},
	{"since",	FIELD_TIME, NULLABLE},
	{NULL}
};
static const struct shape method = {"factor.method", NULL, method_members};
static const struct member status_members[] = {
	{"enabled",	    FIELD_BOOL},
	{"required",	    FIELD_BOOL},
	{"methods",	    .flags = MANY, .of = &method},
	{"backupCodesLeft", FIELD_INT},
	{NULL}
};
static const struct shape status = {"factors", NULL, status_members};
static const struct member setup_members[] = {
	{"secret", FIELD_TEXT}, {"uri", FIELD_TEXT}, {"qr", FIELD_TEXT}, {NULL}
};
static const struct shape setup = {"factor.totp", NULL, setup_members};
static const struct member code_members[] = {{"code", FIELD_TEXT}, {NULL}};
static const struct shape code = {"factor.code", NULL, code_members};
static const struct member enrolled_members[] = {
	{"success", FIELD_BOOL}, {"backupCodes", FIELD_TEXT, MANY | MAYBE}, PAIR(MAYBE), {NULL}
};
static const struct shape enrolled = {"factor.enrolled", NULL, enrolled_members};
static const struct member password_members[] = {{"password", FIELD_TEXT}, {NULL}};
static const struct shape password = {"factor.password", NULL, password_members};

const struct api_shape auth_shapes[] = {
	{"auth.login",		"Sign in by address and password, or by a challenge and a code", .takes = &try, .gives = &pair},
	{"auth.login.code",	"Send the code that a challenge asks for by e-mail",
		.takes = &challenge, .gives = &success_shape, .status = 202},
	{"auth.refresh",	"Change a refresh token for the next pair", .takes = &refresh, .gives = &pair},
	{"auth.logout",		"End this session", .takes = &over, .gives = &success_shape},
	{"auth.me",		"Who is signed in", .gives = &me},
	{"auth.me.update",	"Change one's own profile", .takes = &me_change, .gives = &me},
	{"auth.permissions",	"What who is signed in may do", .gives = &mine},
	{"auth.sessions",	"List one's own sessions", .gives = &session, .flags = API_ITEMS},
	{"auth.log_ins",	"List one's own log-ins of the last 90 days", .list = &log_ins_noun},
	{"auth.sessions.others", "End all other sessions", .gives = &success_shape},
	{"auth.sessions.revoke", "End one of one's sessions", .gives = &success_shape},
	{"auth.keys",		"Public keys of access tokens (RFC 7517)", .gives = &keys},
	{"auth.forgot",		"Ask for a link to choose a new password", .takes = &email, .gives = &success_shape, .status = 202},
	{"auth.reset",		"Choose a new password by such a link", .takes = &reset, .gives = &success_shape},
	{"auth.verify",		"Verify an address by the link that was sent there", .takes = &token, .gives = &success_shape},
	{"auth.verify.send",	"Send the link that verifies one's address", .gives = &success_shape, .status = 202},
	{"auth.password",	"Change one's password", .takes = &passwords, .gives = &next},
	{"factors.status",	"One's second factors", .gives = &status},
	{"factors.totp.setup",	"Begin with an authenticator app", .gives = &setup},
	{"factors.totp.verify",	"Confirm the app by its first code", .takes = &code, .gives = &enrolled},
	{"factors.email.send",	"Send a code by e-mail", .gives = &success_shape, .status = 202},
	{"factors.email.verify", "Confirm codes by e-mail by the first one", .takes = &code, .gives = &enrolled},
	{"factors.codes",	"Make new backup codes", .gives = &enrolled},
	{"factors.disable",	"Take one's second factors away", .takes = &password, .gives = &next},
	{NULL}
};
/* clang-format on */
