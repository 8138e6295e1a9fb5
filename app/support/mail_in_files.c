/* mail_in_files.c - which of a mail's files are kept.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/mail_in.h"

#include <string.h>

#include "base/text.h"
#include "mail/quoted.h"
#include "support/ticket_file.h"

#define ALL_MAX ((size_t)15 * 1024 * 1024) /* of one message */

enum { LEFT_MAX = 20, FILES_AT_MOST = 20 };

struct choosing {
	struct arena *arena;
	size_t max, max_bytes, bytes;
	struct ticket_upload up[FILES_AT_MOST];
	size_t n;
	struct buf left;
	size_t n_left;
};

static void
leave(struct choosing *c, const char *name, size_t len)
{
	if (c->n_left++ >= LEFT_MAX)
		return;
	buf_printf(&c->left, "%s%s (%zu KB)", c->left.len > 0 ? ", " : "", name,
	    (len + 1023) / 1024);
}

static void
choose(struct choosing *c, const char *name, const char *data, size_t len)
{
	if (len == 0)
		return; /* there is nothing to lose */
	if (c->n >= c->max || len > c->max_bytes || c->bytes + len > ALL_MAX) {
		leave(c, name, len);
		return;
	}
	c->up[c->n++] = (struct ticket_upload){name, data, len};
	c->bytes += len;
}

/* A text that is more than a message can have is kept whole, before all other
 * files. */
static void
choose_text(struct choosing *c, const char *text)
{
	struct quoted q;

	quoted_split(c->arena, text, &q);
	if (!q.fresh || !q.old)
		return; /* the arena has failed */
	if (utf8_len(q.fresh) > TICKET_TEXT_MAX ||
	    utf8_len(q.old) > TICKET_TEXT_MAX)
		choose(c, "message.txt", text, strlen(text));
}

enum err
mail_in_keep(struct arena *a, const struct settings *s, const struct id *tenant,
    struct mail_in *m)
{
	struct choosing *c = ARENA_NEW(a, struct choosing);
	const struct incoming *in = m->mail;
	struct problems p;
	size_t more = 0;
	enum err e;

	if (!c)
		return E_BUSY;
	problems_init(&p, a);
	c->arena = a;
	c->max = (size_t)setting_int(s, "attachments_max");
	c->max = c->max < FILES_AT_MOST ? c->max : FILES_AT_MOST;
	c->max_bytes = (size_t)setting_int(s, "attachment_max_kb") * 1024;
	buf_init(&c->left, 0);
	choose_text(c, in->text);
	for (size_t i = 0; i < in->n_files; i++)
		choose(
		    c, in->files[i].name, in->files[i].data, in->files[i].len);
	if (c->n_left > LEFT_MAX)
		more = c->n_left - LEFT_MAX;
	more += in->n_more;
	if (more > 0)
		buf_printf(
		    &c->left, "%s%zu more", c->left.len > 0 ? ", " : "", more);
	m->left = c->left.len > 0 ? buf_move(a, &c->left) : NULL;
	buf_fini(&c->left);
	m->n_files = c->n;
	if (c->n == 0)
		return OK;
	e = ticket_files_keep(a, &p, s, tenant, c->up, c->n, &m->files);
	return e == E_INPUT ? E_SYS : e; /* chosen as the settings allow */
}
