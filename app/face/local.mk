# face/: what a described noun looks like; no SQL
noinst_LIBRARIES += libface.a
libface_a_SOURCES = \
	app/face/list_api.c app/face/list_api.h
