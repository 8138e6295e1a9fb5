# tests of app/mail
MAIL_LIBS = libmail.a libtenancy.a libjobs.a libresource.a libtemplate.a \
	liboutside.a $(TESTDB_LIBS) $(CURL_LIBS)
check_PROGRAMS += t/mail/add.t
t_mail_add_t_SOURCES = t/mail/add.c
t_mail_add_t_LDADD = $(MAIL_LIBS)
check_PROGRAMS += t/mail/message.t
t_mail_message_t_SOURCES = t/mail/message.c
t_mail_message_t_LDADD = libmail.a $(BASE_LIBS)
check_PROGRAMS += t/mail/incoming.t
t_mail_incoming_t_SOURCES = t/mail/incoming.c
t_mail_incoming_t_LDADD = libmail.a $(BASE_LIBS) $(GMIME_LIBS)
check_PROGRAMS += t/mail/quoted.t
t_mail_quoted_t_SOURCES = t/mail/quoted.c
t_mail_quoted_t_LDADD = libmail.a $(BASE_LIBS)
check_PROGRAMS += t/mail/templates.t
t_mail_templates_t_SOURCES = t/mail/templates.c
t_mail_templates_t_LDADD = $(MAIL_LIBS)
