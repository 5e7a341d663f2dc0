# One file per line, sorted, headers too (they must be in the tarball).
lib_libnearpost_mail_a_SOURCES = \
	lib/mail/address.c \
	lib/mail/address.h \
	lib/mail/maillog.c \
	lib/mail/maillog.h \
	lib/mail/policy.c \
	lib/mail/policy.h
