# tests of app/outside
OUTSIDE_TEST_LIBS = liboutside.a $(BASE_LIBS) $(CURL_LIBS)
check_PROGRAMS += \
	t/outside/certificate.t \
	t/outside/http.t t/outside/smtp.t t/outside/stripe.t t/outside/stripe_words.t \
	t/outside/tls.t t/outside/tls_cut.t
t_outside_certificate_t_SOURCES = t/outside/certificate.c \
	t/outside/tls_server.c t/outside/tls_server.h
t_outside_certificate_t_LDADD = $(OUTSIDE_TEST_LIBS)
t_outside_http_t_SOURCES = t/outside/http.c
t_outside_http_t_LDADD = $(OUTSIDE_TEST_LIBS)
t_outside_smtp_t_SOURCES = t/outside/smtp.c
t_outside_smtp_t_LDADD = $(OUTSIDE_TEST_LIBS)
t_outside_stripe_t_SOURCES = t/outside/stripe.c
t_outside_stripe_t_LDADD = $(OUTSIDE_TEST_LIBS)
t_outside_stripe_words_t_SOURCES = t/outside/stripe_words.c
t_outside_stripe_words_t_LDADD = $(OUTSIDE_TEST_LIBS)
t_outside_tls_t_SOURCES = t/outside/tls.c \
	t/outside/tls_server.c t/outside/tls_server.h
t_outside_tls_t_LDADD = $(OUTSIDE_TEST_LIBS)
t_outside_tls_cut_t_SOURCES = t/outside/tls_cut.c t/fault/dice.h \
	t/outside/tls_server.c t/outside/tls_server.h
t_outside_tls_cut_t_LDADD = $(OUTSIDE_TEST_LIBS)
