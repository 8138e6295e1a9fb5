/* servers.c - nginx and PHP-FPM, kept running by the executor.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/servers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "agent/beneath.h"
#include "agent/job.h"

static struct timespec
dir_changed(const struct node *node, enum server which)
{
	struct stat st = {0};
	int fd = -1;

	if (beneath_open(node->root_fd, server_sites_dir(which),
		O_RDONLY | O_DIRECTORY, 0, &fd) == OK) {
		if (fstat(fd, &st) < 0)
			st = (struct stat){0};
		close(fd);
	}
	return st.st_mtim;
}

/* Every change is a rename in the directory, which moves its time. */
static bool
has_changed(struct servers *s, const struct node *node, enum server which)
{
	struct timespec now = dir_changed(node, which);
	bool changed = now.tv_sec != s->changed[which].tv_sec ||
		       now.tv_nsec != s->changed[which].tv_nsec;

	s->changed[which] = now;
	return changed;
}

static bool
any_pool(const struct node *node)
{
	struct arena *a = arena_new(JOB_ARENA_MAX);
	struct name_list pools = {0};
	bool any = a != NULL &&
		   beneath_list(a, node->root_fd, server_sites_dir(SERVER_PHP),
		       ".conf", &pools) == OK &&
		   pools.n > 0;

	arena_free(&a);
	return any;
}

static void
write_conf(const struct node *node)
{
	struct arena *a = arena_new(JOB_ARENA_MAX);
	struct buf why;

	buf_init(&why, 4096);
	if (a == NULL || server_conf_write_all(a, node, &why) != OK)
		log_event(
		    LOG_ERROR, "server_conf_bad", LOG_S("why", buf_str(&why)));
	buf_fini(&why);
	arena_free(&a);
}

void
servers_init(struct servers *s, const struct node *node)
{
	const struct settings *set = node->settings;
	struct arena *a = node->arena;

	write_conf(node);
	s->nginx = (struct daemon){.name = "nginx",
	    .argv = {setting_text(set, "nginx"), "-p",
		arena_printf(a, "%s/", node->root), "-e", "nginx/error.log",
		"-c", arena_printf(a, "%s/nginx/nginx.conf", node->root)},
	    .log = "nginx/output.log",
	    .wanted = true};
	s->php = (struct daemon){.name = "php-fpm",
	    .argv = {setting_text(set, "php_fpm"), "-F", "-y",
		arena_printf(a, "%s/php/php-fpm.conf", node->root),
		node->is_private && node->is_root ? "-R" : NULL},
	    .log = "php/output.log",
	    .wanted = any_pool(node)};
	for (enum server which = 0; which < SERVER__MAX; which++)
		s->changed[which] = dir_changed(node, which);
}

void
servers_tick(struct servers *s, const struct node *node)
{
	daemon_tick(node, &s->nginx);
	daemon_tick(node, &s->php);
}

int64_t
servers_due_us(const struct servers *s)
{
	int64_t nginx = daemon_due_us(&s->nginx);
	int64_t php = daemon_due_us(&s->php);

	return nginx < php ? nginx : php;
}

void
servers_reload(struct servers *s, const struct node *node)
{
	if (has_changed(s, node, SERVER_PHP)) {
		bool wanted = any_pool(node);

		daemon_signal(&s->php, wanted ? SIGUSR2 : SIGTERM);
		s->php.wanted = wanted;
		daemon_tick(node, &s->php);
	}
	if (has_changed(s, node, SERVER_NGINX))
		daemon_signal(&s->nginx, SIGHUP);
}

void
servers_recompile(const struct servers *s)
{
	daemon_signal(&s->php, SIGUSR2);
}

void
servers_stop(struct servers *s, int sig)
{
	s->nginx.wanted = s->php.wanted = false;
	daemon_signal(&s->nginx, sig);
	daemon_signal(&s->php, sig);
}

bool
servers_died(struct servers *s, pid_t pid, int wait_status)
{
	struct daemon *d = pid == s->nginx.pid ? &s->nginx
			   : pid == s->php.pid ? &s->php
					       : NULL;

	if (d != NULL)
		daemon_died(d, wait_status);
	return d != NULL;
}

bool
servers_running(const struct servers *s)
{
	return s->nginx.pid > 0 || s->php.pid > 0;
}
