# fuzz targets, which are tests too; see t/fuzz/README.md

# The main() of a target that is a test.  Linked with -fsanitize=fuzzer it has
# libFuzzer's, and the linker leaves this one where it is.
check_LIBRARIES += libreplay.a
libreplay_a_SOURCES = t/fuzz/replay.c t/fuzz/replay.h t/fuzz/input.h \
	t/fuzz/scratch_db.c t/fuzz/scratch_db.h

FUZZ_TARGETS = \
	t/fuzz/archive.t \
	t/fuzz/date.t \
	t/fuzz/fastcgi.t \
	t/fuzz/frame.t \
	t/fuzz/gate.t \
	t/fuzz/incoming.t \
	t/fuzz/intake.t \
	t/fuzz/json.t \
	t/fuzz/letter.t \
	t/fuzz/list.t \
	t/fuzz/logo.t \
	t/fuzz/money.t \
	t/fuzz/multipart.t \
	t/fuzz/names.t \
	t/fuzz/params.t \
	t/fuzz/path.t \
	t/fuzz/ranges.t \
	t/fuzz/rows.t \
	t/fuzz/settings.t \
	t/fuzz/site.t \
	t/fuzz/stripe.t \
	t/fuzz/task.t \
	t/fuzz/template.t \
	t/fuzz/vhost.t
check_PROGRAMS += $(FUZZ_TARGETS)

t_fuzz_archive_t_SOURCES = t/fuzz/archive.c
t_fuzz_archive_t_LDADD = libreplay.a $(AGENT_LIBS)
t_fuzz_date_t_SOURCES = t/fuzz/date.c
t_fuzz_date_t_LDADD = libreplay.a $(BASE_LIBS)
t_fuzz_fastcgi_t_SOURCES = t/fuzz/fastcgi.c
t_fuzz_fastcgi_t_LDADD = libreplay.a $(WEBTEST_LIBS)
t_fuzz_frame_t_SOURCES = t/fuzz/frame.c
t_fuzz_frame_t_LDADD = libreplay.a $(AGENT_LIBS)
t_fuzz_gate_t_SOURCES = t/fuzz/gate.c
t_fuzz_gate_t_LDADD = libreplay.a $(WEBTEST_LIBS)
t_fuzz_incoming_t_SOURCES = t/fuzz/incoming.c
t_fuzz_incoming_t_LDADD = libreplay.a libmail.a $(BASE_LIBS) $(GMIME_LIBS)
t_fuzz_intake_t_SOURCES = t/fuzz/intake.c
t_fuzz_intake_t_LDADD = libreplay.a liborders.a libcatalog.a $(STORE_LIBS)
t_fuzz_json_t_SOURCES = t/fuzz/json.c
t_fuzz_json_t_LDADD = libreplay.a $(BASE_LIBS)
t_fuzz_list_t_SOURCES = t/fuzz/list.c
t_fuzz_list_t_LDADD = libreplay.a libresource.a $(STORE_LIBS)
t_fuzz_letter_t_SOURCES = t/fuzz/letter.c
t_fuzz_letter_t_LDADD = libreplay.a libmail.a $(BASE_LIBS)
t_fuzz_logo_t_SOURCES = t/fuzz/logo.c
t_fuzz_logo_t_LDADD = libreplay.a libtenancy.a $(BASE_LIBS)
t_fuzz_money_t_SOURCES = t/fuzz/money.c
t_fuzz_money_t_LDADD = libreplay.a liboutside.a $(BASE_LIBS)
t_fuzz_multipart_t_SOURCES = t/fuzz/multipart.c
t_fuzz_multipart_t_LDADD = libreplay.a $(WEB_LIBS)
t_fuzz_names_t_SOURCES = t/fuzz/names.c
t_fuzz_names_t_LDADD = libreplay.a $(BASE_LIBS)
t_fuzz_params_t_SOURCES = t/fuzz/params.c
t_fuzz_params_t_LDADD = libreplay.a $(WEB_LIBS)
t_fuzz_path_t_SOURCES = t/fuzz/path.c
t_fuzz_path_t_LDADD = libreplay.a $(WEB_LIBS)
t_fuzz_ranges_t_SOURCES = t/fuzz/ranges.c
t_fuzz_ranges_t_LDADD = libreplay.a $(WEB_LIBS)
t_fuzz_rows_t_SOURCES = t/fuzz/rows.c
t_fuzz_rows_t_LDADD = libreplay.a libresource.a $(STORE_LIBS)
t_fuzz_settings_t_SOURCES = t/fuzz/settings.c
t_fuzz_settings_t_LDADD = libreplay.a $(BASE_LIBS)
t_fuzz_site_t_SOURCES = t/fuzz/site.c
t_fuzz_site_t_LDADD = libreplay.a $(AGENT_LIBS)
t_fuzz_stripe_t_SOURCES = t/fuzz/stripe.c
t_fuzz_stripe_t_LDADD = libreplay.a liboutside.a $(BASE_LIBS)
t_fuzz_task_t_SOURCES = t/fuzz/task.c app/agent/task.c app/agent/task.h
t_fuzz_task_t_LDADD = libreplay.a $(AGENT_LIBS)
t_fuzz_template_t_SOURCES = t/fuzz/template.c
t_fuzz_template_t_LDADD = libreplay.a $(TEMPLATE_LIBS)
t_fuzz_vhost_t_SOURCES = t/fuzz/vhost.c
t_fuzz_vhost_t_LDADD = libreplay.a $(AGENT_LIBS)

fuzz-programs: config.h
	$(MAKE) $(AM_MAKEFLAGS) $(FUZZ_TARGETS)

list-fuzz:
	@for t in $(FUZZ_TARGETS); do echo $$t; done

# FUZZ_SECONDS=600 FUZZ='json intake' narrow it.
fuzz:
	$(srcdir)/tools/fuzz $(FUZZ)

.PHONY: fuzz fuzz-programs list-fuzz
