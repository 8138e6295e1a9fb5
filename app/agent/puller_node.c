/* puller_node.c - what the panel hears of the node, and how it is.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/puller_parts.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

const char *
puller_host_name(struct arena *a, const struct settings *s)
{
	const char *name = setting_text(s, "host_name");
	char host[256] = "";

	if (*name != '\0')
		return name;
	if (gethostname(host, sizeof(host) - 1) < 0 || host[0] == '\0')
		return "unknown";
	return arena_strdup(a, host);
}

/* "debian 12" from os-release(5). */
static void
read_platform(char *out, size_t size)
{
	char line[256], id[64] = "linux", version[64] = "";
	FILE *f = fopen("/etc/os-release", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "ID=%*[\"]%63[a-z0-9._-]", id) != 1)
			(void)!sscanf(line, "ID=%63[a-z0-9._-]", id);
		if (sscanf(line, "VERSION_ID=\"%63[a-z0-9._-]", version) != 1)
			(void)!sscanf(
			    line, "VERSION_ID=%63[a-z0-9._-]", version);
	}
	if (f != NULL)
		fclose(f);
	snprintf(out, size, "%s%s%s", id, *version ? " " : "", version);
}

void
puller_register(struct puller *p)
{
	struct utsname u = {0};
	char platform[160];
	struct json_out w;
	struct buf b;
	enum answer answer;

	uname(&u);
	read_platform(platform, sizeof(platform));
	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "hostname", puller_host_name(p->a, p->node->settings));
	json_str(&w, "os", u.sysname);
	json_str(&w, "arch", u.machine);
	json_str(&w, "platform", platform);
	json_str(&w, "agentVersion", PACKAGE_VERSION);
	json_close(&w, '}');
	answer = panel_post(
	    &p->panel, p->a, "/api/agent/register", buf_str(&b), NULL);
	buf_fini(&b);
	/* A panel that will never take it gets the tasks done all the same. */
	p->registered = answer != ANSWER_LATER;
	if (answer == ANSWER_YES)
		log_event(LOG_INFO, "registered", LOG_S("panel", p->panel.url));
}

void
puller_heartbeat(struct puller *p)
{
	char now[21];
	struct json_out w;
	struct buf b;
	enum answer answer;
	size_t told, used = 0;

	time_iso(clock_now(), now);
	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "hostname", puller_host_name(p->a, p->node->settings));
	json_str(&w, "agentVersion", PACKAGE_VERSION);
	json_str(&w, "timestamp", now);
	told = notes_write(&p->notes, &w, "backups");
	/* What one can do without does not go where it could spoil those. */
	if (told == 0)
		used = usage_write(&p->usage, &w, "usage");
	json_close(&w, '}');
	answer = panel_post(
	    &p->panel, p->a, "/api/agent/heartbeat", buf_str(&b), NULL);
	buf_fini(&b);
	if (answer == ANSWER_LATER)
		return;
	if (answer == ANSWER_NO && told + used > 0)
		log_event(LOG_ERROR,
		    told > 0 ? "notes_refused" : "usage_refused",
		    LOG_I("count", (int64_t)(told + used)));
	notes_drop(&p->notes, p->state_dir, told);
	usage_drop(&p->usage, used);
	if (p->notes.n + p->usage.n > 0)
		p->due_us[CHORE_HEARTBEAT] = 0;
}

void
puller_report_metrics(struct puller *p)
{
	struct buf b;

	buf_init(&b, 0);
	metrics_write(&p->metrics, &b);
	(void)panel_post(
	    &p->panel, p->a, "/api/agent/metrics", buf_str(&b), NULL);
	buf_fini(&b);
}
