# tests of app/template
TEMPLATE_LIBS = libtemplate.a $(BASE_LIBS)
check_PROGRAMS += t/template/template.t t/template/template_files.t \
	t/template/speak.t
t_template_template_t_SOURCES = t/template/template.c
t_template_template_t_LDADD = $(TEMPLATE_LIBS)
t_template_speak_t_SOURCES = t/template/speak.c
t_template_speak_t_LDADD = $(TEMPLATE_LIBS)
t_template_template_files_t_SOURCES = t/template/template_files.c
t_template_template_files_t_LDADD = $(TEMPLATE_LIBS)

EXTRA_PROGRAMS += t/template/mustache_cmd
t_template_mustache_cmd_SOURCES = t/template/mustache_cmd.c
t_template_mustache_cmd_LDADD = $(TEMPLATE_LIBS)
