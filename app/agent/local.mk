# agent/: mpanel-agent, the program on a hosting node

# The privileged side: no network.  Its tests link it too.
noinst_LIBRARIES += libagent.a
libagent_a_SOURCES = \
	app/agent/archive_make.c app/agent/archive_read.c app/agent/archive.h \
	app/agent/backup.c app/agent/backup.h app/agent/backup_send.c \
	app/agent/beneath.c app/agent/beneath.h \
	app/agent/conf_text.c app/agent/conf_text.h \
	app/agent/daemon.c app/agent/daemon.h \
	app/agent/disk_usage.c app/agent/disk_usage.h \
	app/agent/executor.c app/agent/executor.h \
	app/agent/frame.c app/agent/frame.h \
	app/agent/frame_io.c app/agent/frame_io.h \
	app/agent/housekeep.c \
	app/agent/job.c app/agent/job.h \
	app/agent/kept_archive.c app/agent/kept_archive.h \
	app/agent/manifest.c app/agent/manifest.h \
	app/agent/measure.c \
	app/agent/nginx_vhost.c app/agent/nginx_vhost.h \
	app/agent/node.c app/agent/node.h \
	app/agent/page.c app/agent/page.h \
	app/agent/php_pool.c app/agent/php_pool.h \
	app/agent/program.c app/agent/program.h \
	app/agent/restore.c app/agent/restore.h \
	app/agent/running.c app/agent/running.h \
	app/agent/server_conf.c app/agent/server_conf.h \
	app/agent/servers.c app/agent/servers.h \
	app/agent/settings.c \
	app/agent/site.c app/agent/site.h \
	app/agent/stamp.c app/agent/stamp.h \
	app/agent/swap.c app/agent/swap.h \
	app/agent/system_user.c app/agent/system_user.h \
	app/agent/traffic.c app/agent/traffic_state.c app/agent/traffic.h \
	app/agent/verb.c app/agent/verb.h \
	app/agent/website.c app/agent/website_restore.c

AGENT_LIBS = libagent.a libbase.a $(ARCHIVE_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)

# The puller's side speaks to the panel.
bin_PROGRAMS += mpanel-agent
mpanel_agent_SOURCES = \
	app/agent/agent_main.c \
	app/agent/enroll.c app/agent/enroll.h \
	app/agent/metrics.c app/agent/metrics.h \
	app/agent/notes.c app/agent/notes.h \
	app/agent/outgoing.c app/agent/outgoing.h \
	app/agent/panel.c app/agent/panel.h \
	app/agent/probe.c app/agent/probe.h \
	app/agent/puller.c app/agent/puller.h \
	app/agent/puller_node.c app/agent/puller_parts.h \
	app/agent/puller_task.c \
	app/agent/report.c app/agent/report.h \
	app/agent/task.c app/agent/task.h \
	app/agent/usage.c app/agent/usage.h
mpanel_agent_LDADD = libagent.a liboutside.a libbase.a $(CURL_LIBS) \
	$(ARCHIVE_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
