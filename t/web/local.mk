# tests of app/web
check_LIBRARIES += libwebtest.a
libwebtest_a_SOURCES = t/lib/webtest.c t/lib/webtest.h
WEB_LIBS = libweb.a libtemplate.a $(STORE_LIBS) $(FCGI_LIBS)
# Link with this before the rooms' libraries: calls through the gate.
WEBTEST_LIBS = libwebtest.a libtestdb.a $(WEB_LIBS)

check_PROGRAMS += t/web/fastcgi_record.t
t_web_fastcgi_record_t_SOURCES = t/web/fastcgi_record.c
t_web_fastcgi_record_t_LDADD = libweb.a $(BASE_LIBS)
check_PROGRAMS += t/web/multipart.t t/web/params.t t/web/route.t \
	t/web/shared.t
t_web_multipart_t_SOURCES = t/web/multipart.c
t_web_multipart_t_LDADD = $(WEB_LIBS)
t_web_params_t_SOURCES = t/web/params.c
t_web_params_t_LDADD = $(WEB_LIBS)
t_web_route_t_SOURCES = t/web/route.c
t_web_route_t_LDADD = $(WEB_LIBS)
t_web_shared_t_SOURCES = t/web/shared.c
t_web_shared_t_LDADD = $(WEB_LIBS)

EXTRA_PROGRAMS += t/web/form_cmd
t_web_form_cmd_SOURCES = t/web/form_cmd.c
t_web_form_cmd_LDADD = $(WEB_LIBS)

check_PROGRAMS += t/web/effects.t t/web/gate.t
t_web_effects_t_SOURCES = t/web/effects.c t/web/gate_house.c t/web/gate_house.h
t_web_effects_t_LDADD = $(WEBTEST_LIBS)
t_web_gate_t_SOURCES = t/web/gate.c t/web/gate_house.c t/web/gate_house.h
t_web_gate_t_LDADD = $(WEBTEST_LIBS)
check_PROGRAMS += t/web/serve.t
t_web_serve_t_SOURCES = t/web/serve.c
t_web_serve_t_LDADD = $(WEBTEST_LIBS)
check_PROGRAMS += t/web/static_version.t
t_web_static_version_t_SOURCES = t/web/static_version.c
t_web_static_version_t_LDADD = $(WEB_LIBS)
