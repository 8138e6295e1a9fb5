# tests of app/agent
check_PROGRAMS += \
	t/agent/archive.t \
	t/agent/beneath.t \
	t/agent/frame.t \
	t/agent/hostile.t \
	t/agent/schedule.t \
	t/agent/vhost.t
t_agent_archive_t_SOURCES = t/agent/archive.c t/agent/no_valgrind.h
t_agent_archive_t_LDADD = $(AGENT_LIBS)
t_agent_beneath_t_SOURCES = t/agent/beneath.c t/agent/no_valgrind.h
t_agent_beneath_t_LDADD = $(AGENT_LIBS)
t_agent_frame_t_SOURCES = t/agent/frame.c
t_agent_frame_t_LDADD = $(AGENT_LIBS)
t_agent_hostile_t_SOURCES = t/agent/hostile.c t/agent/no_valgrind.h
t_agent_hostile_t_LDADD = $(AGENT_LIBS)
t_agent_schedule_t_SOURCES = t/agent/schedule.c
t_agent_schedule_t_LDADD = $(AGENT_LIBS)
t_agent_vhost_t_SOURCES = t/agent/vhost.c
t_agent_vhost_t_LDADD = $(AGENT_LIBS)
EXTRA_DIST += t/agent/FakePanel.pm
