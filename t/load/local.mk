# floods and long loads; t/bench has the client

load_tools = t/load/flood
EXTRA_PROGRAMS += $(load_tools)
t_load_flood_SOURCES = t/load/flood.c t/bench/http.c t/bench/http.h \
	t/bench/load_options.c t/bench/load_options.h \
	t/bench/stats.c t/bench/stats.h

# Five to ten times of what the panel can do, three minutes each; figures are
# in SECURITY.md.
overload: check-programs
	MPANEL_OVERLOAD=$${MPANEL_OVERLOAD:-180} MPANEL_TEST_TIMEOUT=7200 \
	MPANEL_TEST_SHOW=1 $(srcdir)/t/run --build . --jobs 1 t/load/overload

# A million requests of all kinds on each engine, with the same workers.
soak: check-programs
	MPANEL_SOAK=$${MPANEL_SOAK:-1000000} MPANEL_TEST_TIMEOUT=7200 \
	MPANEL_TEST_SHOW=1 $(srcdir)/t/run --build . --jobs 1 t/load/soak.t

# Two hundred who try passwords without pause, beside lists, pages and orders.
log-ins: check-programs
	MPANEL_LOG_INS=$${MPANEL_LOG_INS:-20} MPANEL_TEST_TIMEOUT=1800 \
	MPANEL_TEST_SHOW=1 $(srcdir)/t/run --build . --jobs 1 t/load/log_ins

.PHONY: overload soak log-ins
