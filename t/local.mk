# helpers of the tests
check_LIBRARIES += libtestdb.a
libtestdb_a_SOURCES = \
	t/lib/port.h \
	t/lib/tap.h \
	t/lib/testbox.c t/lib/testbox.h \
	t/lib/testdb.c t/lib/testdb.h \
	t/lib/testpg.c t/lib/testpg.h
libtestdb_a_CPPFLAGS = $(AM_CPPFLAGS) -DTESTDB_SRC='"$(abs_top_srcdir)"'
EXTRA_DIST += t/lib/pg-cluster

# Link with this before $(STORE_LIBS) (a test of store/) or the rooms' libraries.
TESTDB_LIBS = libtestdb.a $(STORE_LIBS)
