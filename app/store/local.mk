# store/: the only place that knows sqlite3.h and libpq-fe.h
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
	app/store/backup_file.c app/store/backup_file.h \
	app/store/checkpoint.c \
	app/store/driver.h \
	app/store/fragments.c app/store/fragments.h \
	app/store/migrate.c app/store/migrate.h \
	app/store/pg.c app/store/pg.h \
	app/store/pg_archive.c app/store/pg_archive.h \
	app/store/pg_backup.c \
	app/store/pg_batch.c \
	app/store/pg_stmt.c \
	app/store/pg_tx.c \
	app/store/sql.c app/store/sql.h \
	app/store/sqlite.c app/store/sqlite.h \
	app/store/sqlite_backup.c \
	app/store/sqlite_error.c \
	app/store/sqlite_func.c \
	app/store/sqlite_stmt.c \
	app/store/stmt.c app/store/stmt.h \
	app/store/schema_version.h \
	app/store/store.c app/store/store.h \
	app/store/tx.c \
	app/store/writer_lock.c app/store/writer_lock.h
