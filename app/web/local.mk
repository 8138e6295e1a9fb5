# web/: the only place that knows fcgiapp.h; no business nouns
noinst_LIBRARIES += libweb.a
libweb_a_SOURCES = app/web/web.h \
	app/web/body.c app/web/csrf.c \
	app/web/exchange.h app/web/fastcgi.c app/web/fastcgi.h \
	app/web/fastcgi_record.c app/web/fastcgi_record.h \
	app/web/gate.c app/web/gate.h \
	app/web/idempotency.c \
	app/web/listen.c app/web/listen.h \
	app/web/master.c app/web/metrics.c app/web/page.c \
	app/web/multipart.c app/web/multipart.h \
	app/web/params.c app/web/params.h \
	app/web/permit.c \
	app/web/problem_reply.c \
	app/web/rate.c \
	app/web/reply.c app/web/reply_print.c app/web/request.c \
	app/web/route.c app/web/route.h app/web/serve.h \
	app/web/shm.c app/web/shm.h app/web/static_version.c \
	app/web/transact.c \
	app/web/worker.c app/web/worker.h
