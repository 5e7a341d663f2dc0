# One file per line, sorted, headers too (they must be in the tarball).
lib_libnearpost_base_a_SOURCES = \
	lib/base/buf.c \
	lib/base/buf.h \
	lib/base/ca.c \
	lib/base/clock.c \
	lib/base/clock.h \
	lib/base/codec.c \
	lib/base/codec.h \
	lib/base/crypto.c \
	lib/base/crypto.h \
	lib/base/dns.h \
	lib/base/endpoint.c \
	lib/base/file.c \
	lib/base/file.h \
	lib/base/log.c \
	lib/base/log.h \
	lib/base/loop.h \
	lib/base/map.c \
	lib/base/map.h \
	lib/base/mem.c \
	lib/base/mem.h \
	lib/base/network.c \
	lib/base/network.h \
	lib/base/program.c \
	lib/base/program.h \
	lib/base/setting.c \
	lib/base/setting.h \
	lib/base/settings.c \
	lib/base/settings.h \
	lib/base/settings_hint.c \
	lib/base/settings_hint.h \
	lib/base/settings_show.c \
	lib/base/text.c \
	lib/base/text.h \
	lib/base/utf8.h
