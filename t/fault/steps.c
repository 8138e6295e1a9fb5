/* steps.c - the first steps of the schema, as an older program has them.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "steps.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "testdb.h"

void
steps_make(const char *dir, int n)
{
	char db_dir[512], from[800], to[800];
	struct dirent **file;
	int n_files;

	snprintf(db_dir, sizeof(db_dir), "%s/db", testdb_src());
	n_files = scandir(db_dir, &file, NULL, alphasort);
	if (n_files < 0 || mkdir(dir, 0700) != 0)
		bail("%s", dir);
	for (int i = 0; i < n_files; i++) {
		int step = atoi(file[i]->d_name);

		snprintf(from, sizeof(from), "%s/%s", db_dir, file[i]->d_name);
		snprintf(to, sizeof(to), "%s/%s", dir, file[i]->d_name);
		if (step >= 1 && step <= n && symlink(from, to) != 0)
			bail("%s", to);
		free(file[i]);
	}
	free(file);
}

void
steps_remove(const char *dir)
{
	struct dirent **file;
	char path[800];
	int n = scandir(dir, &file, NULL, NULL);

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, file[i]->d_name);
		unlink(path);
		free(file[i]);
	}
	if (n >= 0)
		free(file);
	rmdir(dir);
}
