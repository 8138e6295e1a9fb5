# measuring speed: t/bench/RESULTS.md says what, how and with what result

# Not tests: what `make bench` runs, and t/bench/short.t a little.
bench_tools = \
	t/bench/bare \
	t/bench/disk \
	t/bench/lite \
	t/bench/load \
	t/bench/mpanel_by_hand \
	t/bench/profile \
	t/bench/profile_intake \
	t/bench/raw_order
EXTRA_PROGRAMS += $(bench_tools)
t_bench_bare_SOURCES = \
	t/bench/bare.c t/bench/bare.h \
	t/bench/bare_html.c \
	t/bench/bare_json.c \
	t/bench/bare_put.c \
	t/bench/bare_query.c
t_bench_bare_LDADD = $(FCGI_LIBS) $(SQLITE_LIBS)
t_bench_disk_SOURCES = t/bench/disk.c t/bench/stats.c t/bench/stats.h
t_bench_lite_SOURCES = t/bench/lite.c
t_bench_lite_LDADD = $(SQLITE_LIBS)
t_bench_load_SOURCES = t/bench/load.c t/bench/http.c t/bench/http.h \
	t/bench/load_options.c t/bench/load_options.h \
	t/bench/stats.c t/bench/stats.h

# A described list against one by hand: as a test, that they show the same.
check_PROGRAMS += t/bench/faces.t
t_bench_faces_t_SOURCES = t/bench/faces.c \
	t/bench/by_hand.c t/bench/by_hand.h $(SHOP_PAGES)
t_bench_faces_t_LDADD = $(SHOP_PAGES_LIBS)

# The same through the web: the panel, but for one page.
t_bench_mpanel_by_hand_SOURCES = $(mpanel_SOURCES) \
	t/bench/by_hand.c t/bench/by_hand.h t/bench/by_hand_wiring.c
t_bench_mpanel_by_hand_LDADD = $(mpanel_LDADD)
t_bench_mpanel_by_hand_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=wiring_routes

# What one request costs, under callgrind; see the head of t/bench/profile.c.
t_bench_profile_SOURCES = t/bench/profile.c \
	app/main/gauges.c \
	app/main/health_api.c \
	app/main/menu.c \
	app/main/settings.c \
	app/main/api_docs_pages.c app/main/openapi_api.c app/main/shapes_api.c \
	app/main/soon_api.c app/main/soon_pages.c \
	app/main/clockwork.c app/main/doctor.c app/main/guardian.c \
	app/main/guardian_pages.c app/main/jobs.c app/main/jobs_api.c \
	app/main/jobs_pages.c app/main/scheduler_pages.c \
	app/main/search.c app/main/search_api.c \
	app/main/search_pages.c app/main/search_places.c app/main/search_work.c \
	app/main/wiring.c
t_bench_profile_LDADD = $(ROOM_LIBS) $(WEBTEST_LIBS) liboutside.a \
	$(STORE_LIBS) $(FCGI_LIBS) $(CURL_LIBS) $(CARES_LIBS)

# Where the instructions of one request go: `make profile PROFILE=page`.
PROFILE = orders
profile: t/bench/profile
	rm -f profile.out
	MPANEL_TEST_ENGINES=$${MPANEL_TEST_ENGINES:-sqlite} valgrind -q \
	  --tool=callgrind --toggle-collect=serve_times \
	  --callgrind-out-file=profile.out t/bench/profile $(PROFILE) 80 1000 \
	  2>profile.log
	callgrind_annotate --threshold=95 --auto=no profile.out

t_bench_profile_intake_SOURCES = t/bench/profile_intake.c app/main/settings.c
t_bench_profile_intake_LDADD = libshop.a liborders.a libdomains.a libhosting.a \
	libprovisioning.a libbilling.a libcatalog.a libidentity.a \
	libmail.a libtenancy.a libjobs.a libface.a libresource.a liboutside.a \
	$(WEBTEST_LIBS) $(CURL_LIBS) $(CARES_LIBS)
profile-intake: t/bench/profile_intake
	rm -f profile.out
	MPANEL_TEST_ENGINES=$${MPANEL_TEST_ENGINES:-sqlite} valgrind -q \
	  --tool=callgrind --toggle-collect=gate_handle \
	  --toggle-collect=gate_finish \
	  --callgrind-out-file=profile.out t/bench/profile_intake 80 \
	  2>profile.log
	callgrind_annotate --threshold=95 --auto=no profile.out

.PHONY: profile profile-intake

# the intake's transaction without MPanel
t_bench_raw_order_SOURCES = t/bench/raw_order.c t/bench/raw_order.h \
	t/bench/raw_order_pg.c t/bench/raw_order_rows.c \
	t/bench/raw_order_sqlite.c
t_bench_raw_order_LDADD = $(BASE_LIBS) $(SQLITE_LIBS) $(PQ_LIBS)

# Every aim of speed, within 20 minutes; BENCH='--only lists' narrows it.
bench: check-programs
	$(srcdir)/tools/need run postgres psql bench
	$(srcdir)/t/bench/run --build . $(BENCH)

# Customers and invoices, each list, filter, sort, search and the dashboard, over
# a million rows against a thousand (ROWS=...), on both engines.  t/slow/large.t
# is its short form.
ROWS = 1000000
large: check-programs
	$(srcdir)/tools/need run postgres psql bench
	MPANEL_BENCH_ROWS=$(ROWS) $(srcdir)/t/bench/run --build . --only books \
	  $(BENCH)

.PHONY: bench large
