# tests of app/store
check_PROGRAMS += \
	t/store/checkpoint.t \
	t/store/ddl.t \
	t/store/fragments.t \
	t/store/later.t \
	t/store/lost.t \
	t/store/migrate.t \
	t/store/queue.t \
	t/store/race.t \
	t/store/reading.t \
	t/store/rls.t \
	t/store/sql.t \
	t/store/sqlite.t \
	t/store/tx.t \
	t/store/values.t
t_store_checkpoint_t_SOURCES = t/store/checkpoint.c
t_store_checkpoint_t_LDADD = $(TESTDB_LIBS)
t_store_ddl_t_SOURCES = t/store/ddl.c
t_store_ddl_t_LDADD = $(TESTDB_LIBS)
t_store_fragments_t_SOURCES = t/store/fragments.c
t_store_fragments_t_LDADD = $(STORE_LIBS)
t_store_later_t_SOURCES = t/store/later.c
t_store_later_t_LDADD = $(TESTDB_LIBS)
t_store_lost_t_SOURCES = t/store/lost.c
t_store_lost_t_LDADD = $(TESTDB_LIBS)
t_store_migrate_t_SOURCES = t/store/migrate.c
t_store_migrate_t_LDADD = $(TESTDB_LIBS)
t_store_queue_t_SOURCES = t/store/queue.c
t_store_queue_t_LDADD = $(TESTDB_LIBS)
t_store_race_t_SOURCES = t/store/race.c
t_store_race_t_LDADD = $(TESTDB_LIBS)
t_store_reading_t_SOURCES = t/store/reading.c
t_store_reading_t_LDADD = $(TESTDB_LIBS)
t_store_rls_t_SOURCES = t/store/rls.c
t_store_rls_t_LDADD = $(TESTDB_LIBS)
t_store_sql_t_SOURCES = t/store/sql.c
t_store_sql_t_LDADD = $(TESTDB_LIBS)
t_store_sqlite_t_SOURCES = t/store/sqlite.c
t_store_sqlite_t_LDADD = $(TESTDB_LIBS)
t_store_tx_t_SOURCES = t/store/tx.c
t_store_tx_t_LDADD = $(TESTDB_LIBS)
t_store_values_t_SOURCES = t/store/values.c
t_store_values_t_LDADD = $(TESTDB_LIBS)
