/* lite.c - run a script of SQL on a SQLite database that nobody has open.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	lite FILE <SCRIPT
 *
 * For seeding: it does not wait for the disk, and checkpoints when it closes.
 */
#include "config.h"

#include <sqlite3.h>
#include <stdio.h>

static char script[1 << 20];

int
main(int argc, char **argv)
{
	static const char quick[] = "PRAGMA synchronous = OFF;"
				    "PRAGMA cache_size = -262144;";
	size_t n = fread(script, 1, sizeof(script) - 1, stdin);
	char *wrong = NULL;
	sqlite3 *db;

	if (argc != 2 || n == 0) {
		fprintf(stderr, "usage: lite FILE <SCRIPT\n");
		return 64;
	}
	script[n] = '\0';
	if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) !=
		SQLITE_OK ||
	    sqlite3_exec(db, quick, NULL, NULL, &wrong) != SQLITE_OK ||
	    sqlite3_exec(db, script, NULL, NULL, &wrong) != SQLITE_OK) {
		fprintf(stderr, "lite: %s\n", wrong ? wrong : argv[1]);
		return 1;
	}
	return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
