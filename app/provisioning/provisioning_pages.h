/* provisioning_pages.h - what the agents do, for staff.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_PROVISIONING_PROVISIONING_PAGES_H
#define MPANEL_PROVISIONING_PROVISIONING_PAGES_H

#include "resource/noun.h"
#include "web/web.h"

extern const struct route provisioning_page_routes[];
extern const struct noun tasks_page_noun;

/* What a task is called in a list: "Website", "Suspend". */
const char *task_name(const char *type, const char *step);
/* What it does, to go on with a comma: "Make the website". */
const char *task_deed(const char *type, const char *step);

struct list_page;
/* A filter ?serverId= for a list: any server, or one by its name. */
enum err put_server_select(struct list_page *p) MUST_USE;

/* ---- between the files of these pages ---- */

/* Overview, Tasks, Failed ...: `here` is the current one's address. */
enum err put_task_tabs(
    struct request *rq, struct view *root, const char *here) MUST_USE;
/* The figures of the queue. */
enum err put_task_figures(struct request *rq, struct view *root) MUST_USE;
/* Retry all failed..., when the actor may and some have failed. */
enum err put_retry_all(struct request *rq, struct view *root) MUST_USE;

/* Handlers that stand in files of their own. */
enum err show_task(struct request *rq) MUST_USE;
enum err list_tasks_page(struct request *rq) MUST_USE;

#endif
