# store/: the only place that knows sqlite3.h and libpq-fe.h
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = app/store/store.c app/store/store.h
