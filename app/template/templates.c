/* templates.c - the folder of templates: read once, or again when changed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "template/template_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum err
templates_open(
    const char *dir, const char *ext, bool reload, struct templates **out)
{
	struct templates *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return E_SYS;
	t->reload = reload;
	t->ext = strdup(ext);
	if (dir != NULL)
		t->dir = strdup(dir);
	if (t->ext == NULL || (dir != NULL && t->dir == NULL)) {
		templates_close(&t);
		return E_SYS;
	}
	*out = t;
	return OK;
}

void
templates_close(struct templates **take_t)
{
	struct templates *t = *take_t;

	*take_t = NULL;
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++) {
		template_drop(t->list[i]);
		free(t->list[i]->name);
		free(t->list[i]);
	}
	free(t->list);
	free(t->dir);
	free(t->ext);
	free(t);
}

void
templates_speak(struct templates *t, template_say_fn *say, void *arg)
{
	t->say = say;
	t->say_arg = arg;
}

static struct template *
entry_new(struct templates *ts, const char *name, size_t n)
{
	struct template *t, **list;
	size_t cap = ts->cap > 0 ? ts->cap * 2 : 64;

	if (ts->n == ts->cap) {
		list = reallocarray(ts->list, cap, sizeof(struct template *));
		if (list == NULL)
			return NULL;
		ts->list = list;
		ts->cap = cap;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->name = strndup(name, n);
	if (t->name == NULL) {
		free(t);
		return NULL;
	}
	ts->list[ts->n++] = t;
	return t;
}

struct template *
templates_entry(struct templates *ts, const char *name, size_t n)
{
	for (size_t i = 0; i < ts->n; i++)
		if (strncmp(ts->list[i]->name, name, n) == 0 &&
		    ts->list[i]->name[n] == '\0')
			return ts->list[i];
	return entry_new(ts, name, n);
}

/* Put the freshly compiled (*fresh) in the place of what t was. */
static void
replace(struct template *t, struct template *fresh)
{
	char *name = t->name;

	template_drop(t);
	*t = *fresh;
	t->name = name;
}

enum err
templates_put(struct templates *ts, const char *name, const char *text,
    size_t n, struct buf *complaint)
{
	struct template *t = templates_entry(ts, name, strlen(name));
	struct template fresh = {
	    .is_text = template_is_text(name, strlen(name))};
	enum err err;

	if (t == NULL)
		return E_SYS;
	err = template_compile(ts, &fresh, name, text, n, complaint);
	if (err == OK)
		replace(t, &fresh);
	return err;
}

/* ---- files ---- */

/* Path components that don't begin with a dot: stays inside of the folder. */
static bool
name_is_path(const char *name)
{
	bool at_start = true;

	if (strlen(name) > 200)
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		if (at_start && (*p == '.' || *p == '/'))
			return false;
		at_start = *p == '/';
	}
	return !at_start;
}

static bool
file_path(const struct templates *ts, const struct template *t, char *path,
    size_t size)
{
	int n;

	if (ts->dir == NULL || !name_is_path(t->name))
		return false;
	n = snprintf(path, size, "%s/%s%s", ts->dir, t->name, ts->ext);
	return n > 0 && (size_t)n < size;
}

static enum err
read_all(int fd, struct buf *text)
{
	char block[16 * 1024];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return E_SYS;
		buf_add(text, block, (size_t)n);
		if (buf_failed(text))
			return E_LIMIT;
	}
	return OK;
}

/* Facts of the file go into t. */
static enum err
read_file(const char *path, struct template *t, struct buf *text)
{
	struct stat st;
	enum err err = E_SYS;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? E_NOTFOUND : E_SYS;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		t->is_file = true;
		t->mtime = st.st_mtim;
		t->size = st.st_size;
		err = read_all(fd, text);
	}
	(void)close(fd);
	return err;
}

/* A language may need more room than English: half a page is none. */
static enum err
translate(
    const struct templates *ts, const struct template *t, struct buf *text)
{
	struct buf other;

	if (!ts->say || t->is_text || str_starts(t->name, "mail/"))
		return OK;
	buf_init(&other, TEMPLATE_BYTES_MAX);
	template_speak(buf_str(text), text->len, ts->say, ts->say_arg, &other);
	buf_fini(text);
	*text = other;
	if (!buf_failed(text))
		return OK;
	return buf_starved(text) ? E_SYS : E_LIMIT;
}

static enum err
load_file(struct templates *ts, struct template *t, const char *path,
    struct buf *complaint)
{
	struct template fresh = {
	    .is_text = template_is_text(t->name, strlen(t->name))};
	struct buf text;
	enum err err;

	buf_init(&text, TEMPLATE_BYTES_MAX);
	err = read_file(path, &fresh, &text);
	if (err == OK)
		err = translate(ts, t, &text);
	if (err == OK)
		err = template_compile(
		    ts, &fresh, path, buf_str(&text), text.len, complaint);
	else if (err == E_LIMIT) {
		err = E_INPUT;
		buf_printf(complaint, "%s:1: more than %d bytes\n", path,
		    TEMPLATE_BYTES_MAX);
	} else if (err != E_NOTFOUND)
		buf_printf(complaint, "%s: can't be read\n", path);
	if (err == OK)
		replace(t, &fresh);
	buf_fini(&text);
	return err;
}

/* Not inlined: a page has hundreds of partials, and the path is cleared at
 * every entry. */
static __attribute__((noinline)) enum err
look_for_file(struct templates *ts, struct template *t, struct buf *complaint)
{
	char path[4096];
	enum err err = E_NOTFOUND;

	if (file_path(ts, t, path, sizeof(path)))
		err = load_file(ts, t, path, complaint);
	if (err == E_NOTFOUND)
		t->state = TEMPLATE_MISSING;
	return err;
}

enum err
templates_ready(struct templates *ts, struct template *t, struct buf *complaint)
{
	if (t->state == TEMPLATE_READY)
		return OK;
	if (t->state == TEMPLATE_MISSING)
		return E_NOTFOUND;
	return look_for_file(ts, t, complaint);
}

/* ---- reload ---- */

static bool
is_fresh(const struct templates *ts, const struct template *t)
{
	struct stat st;
	char path[4096];

	if (!file_path(ts, t, path, sizeof(path)) || stat(path, &st) != 0)
		return false;
	return st.st_mtim.tv_sec == t->mtime.tv_sec &&
	       st.st_mtim.tv_nsec == t->mtime.tv_nsec && st.st_size == t->size;
}

void
templates_refresh(struct templates *ts)
{
	for (size_t i = 0; i < ts->n; i++) {
		struct template *t = ts->list[i];

		if (t->state == TEMPLATE_MISSING)
			t->state = TEMPLATE_UNREAD;
		else if (t->is_file && !is_fresh(ts, t))
			template_drop(t);
	}
}

/* ---- all of them ---- */

static enum err
load_entry(struct templates *ts, const FTSENT *e, struct buf *complaint)
{
	const char *name = e->fts_path + strlen(ts->dir);
	struct template *t;
	size_t n;

	if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR ||
	    e->fts_info == FTS_NS) {
		buf_printf(
		    complaint, "%s: %s\n", e->fts_path, strerror(e->fts_errno));
		return E_SYS;
	}
	if (e->fts_info != FTS_F || !str_ends(e->fts_name, ts->ext) ||
	    e->fts_name[0] == '.')
		return OK;
	while (*name == '/')
		name++;
	n = strlen(name) - strlen(ts->ext);
	t = templates_entry(ts, name, n);
	return t != NULL ? templates_ready(ts, t, complaint) : E_SYS;
}

enum err
templates_load_all(struct templates *ts, struct buf *complaint)
{
	char *roots[] = {ts->dir, NULL};
	enum err err = OK, one;
	FTSENT *e;
	FTS *fts;

	assert(ts->dir != NULL);
	fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	if (fts == NULL)
		return E_SYS;
	while ((e = fts_read(fts)) != NULL) {
		one = load_entry(ts, e, complaint);
		if (err == OK)
			err = one;
	}
	(void)fts_close(fts);
	return err;
}
