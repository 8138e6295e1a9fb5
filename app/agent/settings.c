/* settings.c - every setting of mpanel-agent.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "base/settings.h"

#include <stddef.h>

/* clang-format off */
const struct setting agent_settings[] = {
	{"panel_url",	      SETTING_URL,    "",			     0, 0,
	    "Where the panel is, e.g. https://panel.example.com."},
	{"token",	      SETTING_SECRET, "",			     0, 0,
	    "The server's token; @/path reads it from a file."},
	{"ca_file",	      SETTING_PATH,   "",			     0, 0,
	    "Trust only the authorities in this PEM file; empty: the system's."},
	{"host_name",	      SETTING_TEXT,   "",			     0, 0,
	    "The name that the node reports; empty: the system's host name."},
	{"root",	      SETTING_PATH,   "/srv/mpanel",		     0, 0,
	    "Where sites and backups are kept on an installed node."},
	{"http_listen",	      SETTING_TEXT,   "",			     0, 0,
	    "ADDRESS:PORT of the sites; empty: 0.0.0.0:80, with --root 127.0.0.1:8080."},
	{"user",	      SETTING_TEXT,   "mpanel-agent",		     0, 0,
	    "The unprivileged user that speaks to the panel on an installed node."},
	{"web_user",	      SETTING_TEXT,   "www-data",		     0, 0,
	    "The user that nginx serves files as on an installed node."},
	{"nginx",	      SETTING_PATH,   "/usr/sbin/nginx",	     0, 0,
	    "The nginx program."},
	{"php_fpm",	      SETTING_PATH,   "/usr/sbin/php-fpm8.2",	     0, 0,
	    "The PHP-FPM program; only run when a site wants PHP."},
	{"php_version",	      SETTING_TEXT,   "8.2",			     0, 0,
	    "The PHP version of that program."},
	{"useradd",	      SETTING_PATH,   "/usr/sbin/useradd",	     0, 0,
	    "The program that makes the users of sites."},
	{"userdel",	      SETTING_PATH,   "/usr/sbin/userdel",	     0, 0,
	    "The program that removes them."},
	{"poll_seconds",      SETTING_INT,    "2",			     1, 3600,
	    "How often the panel is asked for work."},
	{"lease_seconds",     SETTING_INT,    "60",			     15, 900,
	    "How long a claimed task is ours without a sign of life."},
	{"heartbeat_seconds", SETTING_INT,    "15",			     1, 3600,
	    "How often the node says that it is alive."},
	{"metrics_seconds",   SETTING_INT,    "30",			     1, 86400,
	    "How often the node's load is reported."},
	{"housekeep_seconds", SETTING_INT,    "600",			     1, 86400,
	    "How often nightly backups, retention and the trash are looked at."},
	{"measure_seconds",   SETTING_INT,    "300",			     1, 86400,
	    "How often the bytes that sites have sent are counted."},
	{"measure_disk_seconds", SETTING_INT, "3600",			     1, 604800,
	    "How often the disk that each site takes is measured."},
	{"backup_hour",	      SETTING_INT,    "2",			     0, 23,
	    "The hour, UTC, after which the nightly backups are made."},
	{"backup_keep_days",  SETTING_INT,    "30",			     1, 3650,
	    "How long archives are kept where the panel does not say."},
	{"trash_days",	      SETTING_INT,    "7",			     0, 3650,
	    "How long a removed site's files are kept. (What a restore has replaced is kept for seven days.)"},
	{"restore_max_mb",    SETTING_INT,    "20480",			     1, 1048576,
	    "The most that an archive may unpack to."},
	{NULL, SETTING_TEXT, NULL, 0, 0, NULL},
};
/* clang-format on */
