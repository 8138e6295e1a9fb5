# template/: Mustache over views; sees only base/
noinst_LIBRARIES += libtemplate.a
libtemplate_a_SOURCES = \
	app/template/template.h \
	app/template/template_check.c app/template/template_check.h \
	app/template/template_compile.c app/template/template_ops.h \
	app/template/template_emit.c app/template/template_emit.h \
	app/template/template_render.c app/template/template_scan.c \
	app/template/template_speak.c app/template/template_speak.h \
	app/template/templates.c \
	app/template/view.c app/template/view.h app/template/view_tree.h
