# main/: the processes and the wiring
bin_PROGRAMS += mpanel
mpanel_SOURCES = \
	app/main/app.c app/main/app.h \
	app/main/clockwork.c app/main/clockwork.h \
	app/main/api_docs_pages.c app/main/api_docs_pages.h \
	app/main/anchor.c app/main/anchor.h \
	app/main/cmd_audit.c \
	app/main/cmd_backup.c \
	app/main/cmd_doctor.c \
	app/main/cmd_mail_in.c \
	app/main/cmd_migrate.c \
	app/main/cmd_openapi.c \
	app/main/cmd_phrases.c \
	app/main/cmd_routes.c \
	app/main/cmd_search.c \
	app/main/cmd_seed.c \
	app/main/cmd_serve.c \
	app/main/cmd_server.c \
	app/main/cmd_settings.c \
	app/main/cmd_sql.c \
	app/main/cmd_template.c \
	app/main/cmd_tenant.c \
	app/main/cmd_token.c \
	app/main/cmd_user.c \
	app/main/cmd_key.c \
	app/main/cmd_version.c \
	app/main/cmd_work.c \
	app/main/descriptions.c app/main/descriptions.h \
	app/main/doctor.c app/main/doctor.h \
	app/main/gauges.c app/main/gauges.h \
	app/main/health_api.c app/main/health_api.h \
	app/main/guardian.c app/main/guardian.h \
	app/main/guardian_pages.c \
	app/main/jobs.c app/main/jobs.h \
	app/main/jobs_api.c app/main/jobs_pages.c \
	app/main/scheduler_pages.c app/main/scheduler_pages.h \
	app/main/menu.c app/main/menu.h \
	app/main/mpanel.c \
	app/main/openapi_api.c app/main/openapi_api.h \
	app/main/shapes_api.c \
	app/main/print.c app/main/print.h \
	app/main/search.c app/main/search.h app/main/search_api.c \
	app/main/search_pages.c app/main/search_places.c \
	app/main/search_work.c app/main/search_work.h \
	app/main/settings.c \
	app/main/soon.h app/main/soon_api.c app/main/soon_pages.c \
	app/main/speech.c app/main/speech.h app/main/speech_texts.c \
	app/main/wiring.c app/main/wiring.h
mpanel_LDADD = $(ROOM_LIBS) libweb.a libtemplate.a liboutside.a $(STORE_LIBS) \
	$(FCGI_LIBS) $(CURL_LIBS) $(CARES_LIBS)
