/* menu.h - the menu of signed-in pages, and what stands above every page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_MENU_H
#define MPANEL_MAIN_MENU_H

#include <stdbool.h>
#include "base/perm.h"
#include "web/web.h"

/* A line that the actor may open, and whose page is built. */
struct menu_line {
	const char *group, *label, *href;
};
void menu_each(struct request *rq,
    void (*fn)(const struct menu_line *l, void *arg), void *arg);

/* gate_ops.dress: menu, counts and banners of templates/README.md. */
void menu_dress(struct request *rq, struct view *view, const char *current);

/* What its lines are called, for who translates. */
void menu_texts(void (*fn)(void *arg, const char *text), void *arg);

#endif
