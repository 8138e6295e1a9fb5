/* shapes_api.c - the calls of mail/, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_api.h"
#include "mail/mail_noun.h"

/* clang-format off */
static const struct member attempt_members[] = {
	{"startedAt",	FIELD_TIME},
	{"endedAt",	FIELD_TIME, NULLABLE},
	{"state",	FIELD_WORD},
	{"code",	FIELD_INT},
	{"answer",	FIELD_TEXT},
	{NULL}
};
static const struct shape attempt = {"mail.attempt", NULL, attempt_members};
static const struct member mail_members[] = {{"log", .flags = MANY, .of = &attempt}, {NULL}};
static const struct shape mail = {"mail.with_log", &mails_noun, mail_members};
static const struct member test_members[] = {{"to", FIELD_EMAIL}, {NULL}};
static const struct shape test = {"mail.test", NULL, test_members};

const struct api_shape mail_shapes[] = {
	{"mail.list",	"List mails", .list = &mails_noun},
	{"mail.test",	"Send a mail to see whether mails arrive", .takes = &test, .gives = &success_shape, .status = 202},
	{"mail.get",	"One mail with what the mail server said", .gives = &mail},
	{"mail.resend",	"Send a mail again", .gives = &mail},
	{"mail.cancel",	"Stop a mail that waits", .gives = &mail},
	{NULL}
};
/* clang-format on */
