# what happens when the ground under the panel gives way

# Harm to SQLite's disk, and a shop to be harmed.
check_LIBRARIES += libharm.a
libharm_a_SOURCES = \
	t/fault/acts.c t/fault/acts.h \
	t/fault/dice.h \
	t/fault/disk.c t/fault/disk.h \
	t/fault/shim.c t/fault/shim.h \
	t/fault/state.c t/fault/state.h \
	t/fault/steps.c t/fault/steps.h
HARM_LIBS = libharm.a $(SHOP_LIBS)

check_PROGRAMS += \
	t/fault/io.t \
	t/fault/migrate.t \
	t/fault/power.t
t_fault_io_t_SOURCES = t/fault/io.c t/fault/stage.c t/fault/stage.h
t_fault_io_t_LDADD = $(HARM_LIBS)
t_fault_migrate_t_SOURCES = t/fault/migrate.c
t_fault_migrate_t_LDADD = $(HARM_LIBS)
t_fault_migrate_t_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=PQexec,--wrap=PQpipelineSync
t_fault_power_t_SOURCES = t/fault/power.c \
	t/fault/action.c t/fault/action.h \
	t/fault/history.c t/fault/history.h
t_fault_power_t_LDADD = $(HARM_LIBS)

# Power cuts by the thousand, each call to the disk failing, migrations killed at
# each statement; figures are in SECURITY.md.
power: check-programs
	MPANEL_POWER_CUTS=10000 MPANEL_TEST_TIMEOUT=3600 \
	  MPANEL_IO_ALL=yes MPANEL_MIGRATE_ALL=yes \
	  $(srcdir)/t/run --build . --jobs 1 \
	  t/fault/power.t t/fault/io.t t/fault/migrate.t

.PHONY: power

# backups, and PostgreSQL going away
check_LIBRARIES += libcopies.a
libcopies_a_SOURCES = \
	t/fault/copies.c t/fault/copies.h \
	t/fault/picture.c t/fault/picture.h
libcopies_a_CPPFLAGS = $(AM_CPPFLAGS)
COPIES_LIBS = libcopies.a $(SHOP_LIBS)
check_PROGRAMS += \
	t/fault/backup.t \
	t/fault/damage.t
t_fault_backup_t_SOURCES = t/fault/backup.c
t_fault_backup_t_LDADD = $(COPIES_LIBS)
t_fault_damage_t_SOURCES = t/fault/damage.c
t_fault_damage_t_LDADD = $(COPIES_LIBS)

check_PROGRAMS += t/fault/older.t
t_fault_older_t_SOURCES = t/fault/older.c
t_fault_older_t_LDADD = $(COPIES_LIBS)

# A panel's routes on a connection to PostgreSQL that fails.
check_LIBRARIES += libcounter.a
libcounter_a_SOURCES = \
	app/main/settings.c \
	t/fault/counter.c t/fault/counter.h \
	t/fault/cutter.c t/fault/cutter.h
libcounter_a_CPPFLAGS = $(AM_CPPFLAGS)
COUNTER_LIBS = libcounter.a libshop.a $(ROOM_LIBS) liboutside.a \
	$(WEBTEST_LIBS) $(CURL_LIBS) $(CARES_LIBS) -lm
check_PROGRAMS += \
	t/fault/deadlock.t \
	t/fault/pgcut.t \
	t/fault/pgserver.t
t_fault_deadlock_t_SOURCES = t/fault/deadlock.c
t_fault_deadlock_t_LDADD = $(COUNTER_LIBS)
t_fault_pgcut_t_SOURCES = t/fault/pgcut.c
t_fault_pgcut_t_LDADD = $(COUNTER_LIBS)
t_fault_pgserver_t_SOURCES = t/fault/pgserver.c
t_fault_pgserver_t_LDADD = $(COUNTER_LIBS)


# memory that is refused
check_PROGRAMS += t/fault/alloc.t
t_fault_alloc_t_SOURCES = t/fault/alloc.c \
	t/fault/contents.c t/fault/contents.h \
	t/fault/house.c t/fault/house.h \
	t/fault/memory.c t/fault/memory.h \
	app/main/gauges.c app/main/health_api.c app/main/menu.c \
	app/main/settings.c app/main/api_docs_pages.c app/main/openapi_api.c app/main/shapes_api.c \
	app/main/soon_api.c app/main/soon_pages.c \
	app/main/clockwork.c app/main/doctor.c app/main/guardian.c \
	app/main/guardian_pages.c app/main/jobs.c app/main/jobs_api.c \
	app/main/jobs_pages.c app/main/scheduler_pages.c \
	app/main/search.c app/main/search_api.c \
	app/main/search_pages.c app/main/search_places.c app/main/search_work.c \
	app/main/wiring.c
t_fault_alloc_t_LDADD = libshop.a $(ROOM_LIBS) liboutside.a \
	$(WEBTEST_LIBS) $(CURL_LIBS) $(CARES_LIBS) -lm

# Each request for memory of each scene, and each system call; figures are in
# SECURITY.md.
faults: check-programs
	MPANEL_FAULTS=all MPANEL_TEST_TIMEOUT=3600 \
	  $(srcdir)/t/run --build . --jobs 1 t/fault/alloc.t t/fault/syscalls.t

.PHONY: faults

# Stripe in bad health
check_PROGRAMS += t/fault/remote.t
t_fault_remote_t_SOURCES = t/fault/remote.c
t_fault_remote_t_LDADD = liboutside.a $(BASE_LIBS) $(CURL_LIBS) $(CARES_LIBS)

# calls that do less than they were asked to: a library to be loaded before others
fault_tools = t/fault/short.so
EXTRA_PROGRAMS += $(fault_tools)
t_fault_short_so_SOURCES = t/fault/short.c t/fault/dice.h
t_fault_short_so_CFLAGS = $(AM_CFLAGS) -fPIC -fvisibility=hidden
t_fault_short_so_LDFLAGS = -shared
