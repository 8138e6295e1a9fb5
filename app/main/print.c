/* print.c - answers of commands as JSON.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/print.h"

#include <stdio.h>

#include "base/json.h"

enum err
print_object(struct app *app, const struct print_member *members)
{
	struct json_out w;
	struct buf b;
	enum err e = OK;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	for (; members->name; members++)
		json_str_or_null(&w, members->name, members->text);
	json_close(&w, '}');
	if (buf_failed(&b))
		e = app_complain(app, E_SYS, "no memory");
	else
		puts(buf_str(&b));
	buf_fini(&b);
	return e;
}
