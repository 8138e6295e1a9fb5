/* system_user.c - the system users of an installed node's sites.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/system_user.h"

#include <pwd.h>
#include <unistd.h>

#include "agent/program.h"
#include "agent/site.h"

/* A user of that name that is not ours to use: root, or one with a shell. */
static bool
is_site_user(const struct passwd *pw)
{
	return pw->pw_uid != 0 && pw->pw_gid != 0;
}

static enum err
run(const struct node *node, const char *const argv[], struct buf *why)
{
	struct buf said;
	int status = 0;
	enum err e;

	buf_init(&said, 2 * PROGRAM_SAID_MAX);
	e = program_run(argv, node->root_fd, &said, &status);
	if (e == OK && status != 0) {
		buf_printf(why, "%s failed with %d: %.500s", argv[0], status,
		    buf_str(&said));
		e = E_SYS;
	}
	buf_fini(&said);
	return e;
}

enum err
system_user_make(const struct node *node, const char *name, uid_t *uid_out,
    gid_t *gid_out, struct buf *why)
{
	const char *const argv[] = {setting_text(node->settings, "useradd"),
	    "--system", "--user-group", "--no-create-home", "--home-dir",
	    "/nonexistent", "--shell", "/usr/sbin/nologin", "--", name, NULL};
	const struct passwd *pw;

	if (node->is_private) {
		*uid_out = geteuid();
		*gid_out = getegid();
		return OK;
	}
	assert(system_user_valid(name));
	pw = getpwnam(name);
	if (pw == NULL) {
		enum err e = run(node, argv, why);

		if (e != OK)
			return e;
		pw = getpwnam(name);
	}
	if (pw == NULL || !is_site_user(pw)) {
		buf_printf(why, "the user %s is not there, or is root", name);
		return E_SYS;
	}
	*uid_out = pw->pw_uid;
	*gid_out = pw->pw_gid;
	return OK;
}

enum err
system_user_remove(const struct node *node, const char *name, struct buf *why)
{
	const char *const argv[] = {
	    setting_text(node->settings, "userdel"), "--", name, NULL};

	if (node->is_private || !system_user_valid(name) ||
	    getpwnam(name) == NULL)
		return OK;
	return run(node, argv, why);
}
