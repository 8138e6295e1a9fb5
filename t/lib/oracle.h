/* oracle.h - cases that MPanel did not write, for tests in C.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_ORACLE_H
#define MPANEL_T_ORACLE_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* Path below $MPANEL_ORACLES, by default beside the source tree. */
__attribute__((unused)) static const char *
oracle_path(const char *name)
{
	static char path[4096];
	const char *dir = getenv("MPANEL_ORACLES");

	snprintf(
	    path, sizeof(path), "%s/%s", dir ? dir : "../shared/oracles", name);
	return path;
}

/* The caller's to json_decref(); NULL when it is not there. */
__attribute__((unused)) static json_t *
oracle_json(const char *name)
{
	return json_load_file(oracle_path(name), 0, NULL);
}

#endif
