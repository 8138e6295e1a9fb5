# web/: the only place that knows fcgiapp.h; no business nouns
noinst_LIBRARIES += libweb.a
libweb_a_SOURCES = app/web/web.h app/web/view.h app/web/template.h
