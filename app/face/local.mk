# face/: what a described noun looks like; no SQL
noinst_LIBRARIES += libface.a
libface_a_SOURCES = \
	app/face/chart.c app/face/chart.h \
	app/face/conflict.c app/face/conflict.h \
	app/face/field_control.c app/face/field_control.h \
	app/face/form.c app/face/form.h \
	app/face/list_api.c app/face/list_api.h \
	app/face/list_csv.c \
	app/face/list_page.c app/face/list_page.h \
	app/face/noun_api.c app/face/noun_faces.h \
	app/face/noun_bulk.c \
	app/face/noun_form.c app/face/noun_form.h app/face/noun_form_pages.c \
	app/face/noun_pages.c app/face/noun_parts.h \
	app/face/noun_routes.c app/face/noun_routes.h \
	app/face/noun_table.c app/face/noun_table.h \
	app/face/noun_verbs.c app/face/noun_verbs.h \
	app/face/openapi.c app/face/openapi.h \
	app/face/openapi_operation.c \
	app/face/openapi_calls.c app/face/openapi_members.c \
	app/face/openapi_schema.c app/face/openapi_parts.h \
	app/face/part.c app/face/part.h \
	app/face/show.c app/face/show.h app/face/show_json.c \
	app/face/styleguide_page.c app/face/styleguide_page.h \
	app/face/waiting.c app/face/waiting.h
