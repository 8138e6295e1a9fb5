/* menu.h - the menu of signed-in pages, and what stands above every page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_MENU_H
#define MPANEL_MAIN_MENU_H

#include <stdbool.h>
#include "base/perm.h"
#include "web/web.h"

/* gate_ops.dress: menu, counts and banners of templates/README.md. */
void menu_dress(struct request *rq, struct view *view, const char *current);

#endif
