/* static_version.c - a name that changes when a static file does.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

static enum err
hash_file(crypto_generichash_state *st, const char *path)
{
	unsigned char chunk[16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd < 0)
		return E_SYS;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		crypto_generichash_update(st, chunk, (size_t)n);
	close(fd);
	return n == 0 ? OK : E_SYS;
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Names and bytes of all files, in the order of their names. */
static enum err
hash_tree(crypto_generichash_state *st, FTS *tree, size_t root_len)
{
	FTSENT *f;
	enum err e = OK;

	errno = 0;
	while (e == OK && (f = fts_read(tree))) {
		const char *name = f->fts_path + root_len;

		if (f->fts_info == FTS_ERR || f->fts_info == FTS_DNR ||
		    f->fts_info == FTS_NS)
			return E_SYS;
		if (f->fts_info != FTS_F)
			continue;
		crypto_generichash_update(
		    st, (const unsigned char *)name, strlen(name) + 1);
		e = hash_file(st, f->fts_accpath);
	}
	return e;
}

enum err
static_version(const char *dir, char out[static 17])
{
	char *const roots[] = {strdup(dir), NULL};
	crypto_generichash_state st;
	unsigned char hash[32];
	FTS *tree = NULL;
	enum err e = E_SYS;

	if (roots[0])
		tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	crypto_generichash_init(&st, NULL, 0, sizeof(hash));
	if (tree)
		e = hash_tree(&st, tree, strlen(dir));
	if (e == OK) {
		crypto_generichash_final(&st, hash, sizeof(hash));
		hex_encode(out, hash, 8);
	} else {
		log_event(
		    LOG_ERROR, "static_files_unreadable", LOG_S("dir", dir));
	}
	if (tree)
		fts_close(tree);
	free(roots[0]);
	return e;
}
