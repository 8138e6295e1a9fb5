# base/: no HTTP, no SQL
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	app/base/address.c app/base/address.h \
	app/base/actor.c app/base/actor.h \
	app/base/arena.c app/base/arena.h \
	app/base/buf.c app/base/buf.h \
	app/base/clock.c app/base/clock.h \
	app/base/date.c \
	app/base/decimal.c app/base/decimal.h \
	app/base/domain.c \
	app/base/error.c app/base/error.h \
	app/base/excerpt.c app/base/excerpt.h \
	app/base/fact.c app/base/fact.h \
	app/base/child.h \
	app/base/fd.c app/base/fd.h \
	app/base/fold.c app/base/fold.h \
	app/base/hours.c app/base/hours.h \
	app/base/id.c app/base/id.h \
	app/base/json_in.c app/base/json_read.c app/base/json_write.c \
	app/base/json.h \
	app/base/log.c app/base/log.h \
	app/base/markdown.c app/base/markdown.h \
	app/base/markup.c app/base/markup.h \
	app/base/money.c app/base/money.h \
	app/base/perm.c app/base/perm.h \
	app/base/problem.c app/base/problem.h \
	app/base/secret.c app/base/secret_box.c app/base/secret.h \
	app/base/settings.c app/base/settings.h \
	app/base/sign.c app/base/sign.h \
	app/base/text.c app/base/text.h \
	app/base/phrases.c app/base/phrases.h \
	app/base/reader.c app/base/reader.h \
	app/base/zone.c app/base/zone.h
