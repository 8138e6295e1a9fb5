# tests of app/base
BASE_TESTS = \
	t/base/arena.t t/base/buf.t t/base/clock.t t/base/domain.t \
	t/base/fd.t t/base/hours.t t/base/id.t t/base/json_in.t t/base/json_read.t \
	t/base/log.t t/base/markdown.t t/base/money.t t/base/phrases.t t/base/reader.t \
	t/base/secret.t t/base/settings.t \
	t/base/tables.t t/base/text.t
check_PROGRAMS += $(BASE_TESTS)
t_base_arena_t_SOURCES = t/base/arena.c
t_base_arena_t_LDADD = $(BASE_LIBS)
t_base_buf_t_SOURCES = t/base/buf.c
t_base_buf_t_LDADD = $(BASE_LIBS)
t_base_clock_t_SOURCES = t/base/clock.c
t_base_clock_t_LDADD = $(BASE_LIBS)
t_base_domain_t_SOURCES = t/base/domain.c
t_base_domain_t_LDADD = $(BASE_LIBS)
t_base_fd_t_SOURCES = t/base/fd.c
t_base_fd_t_LDADD = $(BASE_LIBS)
t_base_hours_t_SOURCES = t/base/hours.c
t_base_hours_t_LDADD = $(BASE_LIBS)
t_base_id_t_SOURCES = t/base/id.c
t_base_id_t_LDADD = $(BASE_LIBS)
t_base_json_in_t_SOURCES = t/base/json_in.c
t_base_json_in_t_LDADD = $(BASE_LIBS)
t_base_json_read_t_SOURCES = t/base/json_read.c
t_base_json_read_t_LDADD = $(BASE_LIBS)
t_base_log_t_SOURCES = t/base/log.c
t_base_log_t_LDADD = $(BASE_LIBS)
EXTRA_PROGRAMS += t/base/markdown_cmd
t_base_markdown_cmd_SOURCES = t/base/markdown_cmd.c
t_base_markdown_cmd_LDADD = $(BASE_LIBS) $(CMARK_LIBS)
t_base_markdown_t_SOURCES = t/base/markdown.c
t_base_markdown_t_LDADD = $(BASE_LIBS) $(CMARK_LIBS)
t_base_money_t_SOURCES = t/base/money.c
t_base_money_t_LDADD = $(BASE_LIBS)
t_base_secret_t_SOURCES = t/base/secret.c
t_base_secret_t_LDADD = $(BASE_LIBS)
t_base_tables_t_SOURCES = t/base/tables.c
t_base_tables_t_LDADD = $(BASE_LIBS)
t_base_text_t_SOURCES = t/base/text.c
t_base_text_t_LDADD = $(BASE_LIBS)
t_base_settings_t_SOURCES = t/base/settings.c app/main/settings.c
t_base_settings_t_LDADD = $(BASE_LIBS)
t_base_phrases_t_SOURCES = t/base/phrases.c
t_base_phrases_t_LDADD = $(BASE_LIBS)
t_base_reader_t_SOURCES = t/base/reader.c
t_base_reader_t_LDADD = $(BASE_LIBS)
