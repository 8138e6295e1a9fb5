# floods and long loads; t/bench has the client

load_tools = t/load/flood
EXTRA_PROGRAMS += $(load_tools)
t_load_flood_SOURCES = t/load/flood.c t/bench/http.c t/bench/http.h \
	t/bench/stats.c t/bench/stats.h
