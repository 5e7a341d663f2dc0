# One static library per layer; base < mail < fleet (tests/layers.sh).
noinst_LIBRARIES += \
	lib/libnearpost_base.a \
	lib/libnearpost_fleet.a \
	lib/libnearpost_mail.a

include lib/base/local.mk
include lib/mail/local.mk
include lib/fleet/local.mk
