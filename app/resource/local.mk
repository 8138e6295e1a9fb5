noinst_LIBRARIES += libresource.a
libresource_a_SOURCES = \
	app/resource/count.c \
	app/resource/csv.c app/resource/csv.h \
	app/resource/describe.c app/resource/describe.h app/resource/describe_parts.h \
	app/resource/describe_index.c app/resource/describe_try.c \
	app/resource/field.c app/resource/field.h \
	app/resource/known.c app/resource/known.h \
	app/resource/list.c app/resource/list.h app/resource/list_cursor.c \
	app/resource/noun.c app/resource/noun.h \
	app/resource/schema.c app/resource/schema.h \
	app/resource/shape.c app/resource/shape.h \
	app/resource/search.c app/resource/search.h app/resource/search_invariant.h \
	app/resource/search_entry.c app/resource/search_index.c app/resource/search_parts.h \
	app/resource/search_rank.c app/resource/search_walk.c app/resource/search_words.c \
	app/resource/select.c app/resource/select.h \
	app/resource/verb.c app/resource/verb.h \
	app/resource/write.c app/resource/write.h \
	app/resource/write_sql.c app/resource/write_sql.h
