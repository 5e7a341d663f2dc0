# One file per line, sorted, headers too (they must be in the tarball).
lib_libnearpost_mail_a_SOURCES = \
	lib/mail/address.c \
	lib/mail/address.h \
	lib/mail/address_rank.c \
	lib/mail/escape.c \
	lib/mail/escape.h \
	lib/mail/header.c \
	lib/mail/header.h \
	lib/mail/header_decode.c \
	lib/mail/html_place.c \
	lib/mail/html_place.h \
	lib/mail/maillog.c \
	lib/mail/maillog.h \
	lib/mail/mustache.c \
	lib/mail/mustache.h \
	lib/mail/policy.c \
	lib/mail/policy.h \
	lib/mail/session.c \
	lib/mail/session.h \
	lib/mail/session_apply.c \
	lib/mail/session_connect.c \
	lib/mail/session_gather.c \
	lib/mail/session_state.h \
	lib/mail/template.c \
	lib/mail/template.h \
	lib/mail/template_program.h \
	lib/mail/template_render.c \
	lib/mail/vars.c \
	lib/mail/vars.h \
	$(np_end)
