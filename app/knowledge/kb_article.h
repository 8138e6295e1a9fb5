/* kb_article.h - articles and categories: how they are kept, and published.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What is published is found by readers with the commit that publishes it.
 */
#ifndef MPANEL_KNOWLEDGE_KB_ARTICLE_H
#define MPANEL_KNOWLEDGE_KB_ARTICLE_H

#include "base/error.h"
#include "resource/write.h"

/* Hooks of kb_nouns.c. */
enum err kb_category_defaults(struct tx *tx, struct values *v) MUST_USE;
enum err kb_category_check(struct tx *tx, const struct values *v) MUST_USE;
enum err kb_category_follow(
    struct tx *tx, const struct id *id, enum noun_op op) MUST_USE;
enum err kb_article_defaults(struct tx *tx, struct values *v) MUST_USE;
enum err kb_article_check(struct tx *tx, const struct values *v) MUST_USE;
enum err kb_article_follow(
    struct tx *tx, const struct id *id, enum noun_op op) MUST_USE;

/* E_CONFLICT with a problem: it is so already; E_NOTFOUND. */
enum err kb_publish(struct tx *tx, const struct id *article) MUST_USE;
enum err kb_unpublish(struct tx *tx, const struct id *article) MUST_USE;

/* What stands behind /kb/slug, for readers. */
enum kb_place { KB_NOWHERE, KB_ARTICLE, KB_SHELF };
struct kb_found {
	enum kb_place place;
	struct id id;
	const char *slug; /* as it is now */
};
/* KB_NOWHERE: nothing, or nothing that readers may see. */
enum err kb_find(
    struct tx *tx, const char *slug, struct kb_found *out) MUST_USE;

#endif
