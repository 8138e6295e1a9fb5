# tests of app/store
check_PROGRAMS += t/store/values.t
t_store_values_t_SOURCES = t/store/values.c
t_store_values_t_LDADD = $(TESTDB_LIBS)
