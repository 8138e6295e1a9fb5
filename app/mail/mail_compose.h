/* mail_compose.h - from a row of the outbox to a letter.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIL_MAIL_COMPOSE_H
#define MPANEL_MAIL_MAIL_COMPOSE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/settings.h"
#include "mail/mail_parts.h"
#include "template/template.h"
#include "tenancy/brand.h"

/* A mail in words.  Lives in the arena. */
struct mail_draft {
	const char *subject, *text, *html;
};

/* The templates of this process; NULL (logged) when they can't be had. */
struct templates *mail_templates(const struct settings *s);

/* What every mail of a tenant can say: brand, colours, addresses, and what is
 * in words; url may be NULL. */
struct view *mail_view(struct arena *a, const struct brand *b, const char *url,
    const struct mail_words *w, const char *lang);

/* By which telephone and at which hours customers reach the company, as it is
 * set now: `supportPhone` and `supportHours`, absent where nobody said. */
enum err mail_put_support(struct tx *tx, struct view *v) MUST_USE;

/* templates/mail/NAME.LANG.{txt,html} over v, in English where there is none of
 * that language.  The text's first line is `Subject: ...`.  E_INPUT with a
 * complaint: the template is broken. */
enum err mail_render(struct arena *a, struct templates *ts,
    const struct mail_kind *k, const char *lang, struct view *v,
    struct mail_draft *out, struct buf *complaint) MUST_USE;

/* The mail as it goes out. */
struct mail_letter {
	const char *from, *to, *helo; /* of the envelope, of ourselves */
	const char *bytes;
	size_t len;
};
struct mail_row {
	struct id id;
	const char *once, *to, *template, *payload, *status;
	int64_t created_at, queued_at; /* 0: not in the queue */
};
enum err mail_row_get(
    struct tx *tx, const struct id *id, struct mail_row *out) MUST_USE;

/* Read what the mail is about, render and write it.  E_NOTFOUND: what it is
 * about is gone; E_BUSY with a complaint: the settings lack something; E_INPUT
 * with a complaint: it cannot be written. */
enum err mail_compose(struct tx *tx, const struct settings *s,
    const struct mail_row *row, struct mail_letter *out,
    const char **complaint_out) MUST_USE;

#endif
