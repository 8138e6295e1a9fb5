# tests of app/agent
check_PROGRAMS += \
	t/agent/archive.t \
	t/agent/beneath.t \
	t/agent/frame.t \
	t/agent/hostile.t \
	t/agent/race.t \
	t/agent/restore.t \
	t/agent/running.t \
	t/agent/schedule.t \
	t/agent/vhost.t
t_agent_archive_t_SOURCES = t/agent/archive.c t/agent/no_valgrind.h
t_agent_archive_t_LDADD = $(AGENT_LIBS)
t_agent_beneath_t_SOURCES = t/agent/beneath.c t/agent/no_valgrind.h
t_agent_beneath_t_LDADD = $(AGENT_LIBS)
t_agent_frame_t_SOURCES = t/agent/frame.c
t_agent_frame_t_LDADD = $(AGENT_LIBS)
t_agent_hostile_t_SOURCES = t/agent/hostile.c t/agent/no_valgrind.h \
	t/agent/carry.c t/agent/carry.h t/agent/guard.c t/agent/guard.h
t_agent_hostile_t_LDADD = $(AGENT_LIBS)
t_agent_race_t_SOURCES = t/agent/race.c t/agent/no_valgrind.h \
	t/agent/carry.c t/agent/carry.h t/agent/guard.c t/agent/guard.h
t_agent_race_t_LDADD = $(AGENT_LIBS)
t_agent_restore_t_SOURCES = t/agent/restore.c t/agent/no_valgrind.h \
	t/agent/carry.c t/agent/carry.h t/agent/guard.c t/agent/guard.h
t_agent_restore_t_LDADD = $(AGENT_LIBS)
t_agent_restore_t_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=renameat2,--wrap=renameat \
	-Wl,--wrap=unlinkat,--wrap=mkdirat,--wrap=fchmod,--wrap=fsync,--wrap=syncfs \
	-Wl,--wrap=fd_write
t_agent_running_t_SOURCES = t/agent/running.c
t_agent_running_t_LDADD = $(AGENT_LIBS)
t_agent_schedule_t_SOURCES = t/agent/schedule.c
t_agent_schedule_t_LDADD = $(AGENT_LIBS)
t_agent_vhost_t_SOURCES = t/agent/vhost.c
t_agent_vhost_t_LDADD = $(AGENT_LIBS)
EXTRA_DIST += t/agent/FakePanel.pm t/agent/HostilePanel.pm t/agent/RawTar.pm

# 5,000 hostile requests of each verb; 50,000 operations against a racing owner.
agent-hostile: t/agent/hostile.t
	MPANEL_HOSTILE=5000 MPANEL_TEST_TIMEOUT=3600 \
	  $(srcdir)/t/run --build . t/agent/hostile.t
agent-race: t/agent/race.t
	MPANEL_RACE=50000 MPANEL_TEST_TIMEOUT=3600 \
	  $(srcdir)/t/run --build . t/agent/race.t

.PHONY: agent-hostile agent-race
