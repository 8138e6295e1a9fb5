# outside/: clients of other people's systems; sees only base/
noinst_LIBRARIES += liboutside.a
liboutside_a_SOURCES = \
	app/outside/certificate.c app/outside/certificate.h \
	app/outside/dns.c app/outside/dns.h \
	app/outside/http.c app/outside/http.h \
	app/outside/smtp.c app/outside/smtp.h \
	app/outside/stripe.c app/outside/stripe.h \
	app/outside/stripe_checkout.c app/outside/stripe_parts.h \
	app/outside/stripe_words.c
