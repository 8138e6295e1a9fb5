/* kb_verbs.c - an article is published and taken back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "knowledge/kb_verbs.h"

#include "knowledge/kb_article.h"
#include "knowledge/kb_nouns.h"

static enum err
publish(const struct verb_call *c)
{
	return kb_publish(c->tx, &c->id);
}

static enum err
unpublish(const struct verb_call *c)
{
	return kb_unpublish(c->tx, &c->id);
}

static const char *const drafts[] = {"draft", NULL};
static const char *const published[] = {"published", NULL};

const struct verb kb_verbs[] = {
    {
	.noun = &kb_articles_noun,
	.name = "publish",
	.label = "Publish…",
	.icon = "out",
	.ask = "Publish “%s”?",
	.text = "Everybody can read it, and every search finds it at once.",
	.yes = "Publish “%s”",
	.no = "Keep the draft",
	.done = "“%s” is published.",
	.all = "%s are published.",
	.perm = PERM_KB_WRITE,
	.from = drafts,
	.run = publish,
    },
    {
	.noun = &kb_articles_noun,
	.name = "unpublish",
	.label = "Take back…",
	.icon = "lock",
	.ask = "Take “%s” back?",
	.text = "It is a draft again, and nobody but your staff can read it. "
		"Its address answers that there is nothing.",
	.yes = "Take “%s” back",
	.no = "Leave it published",
	.done = "“%s” is a draft again.",
	.perm = PERM_KB_WRITE,
	.flags = VERB_DANGER,
	.from = published,
	.run = unpublish,
    },
    {.noun = NULL},
};
