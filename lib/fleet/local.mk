# One file per line, sorted, headers too (they must be in the tarball).
lib_libnearpost_fleet_a_SOURCES = \
	lib/fleet/booking.c \
	lib/fleet/booking.h \
	lib/fleet/config.c \
	lib/fleet/config.h \
	lib/fleet/delivery.c \
	lib/fleet/delivery.h \
	lib/fleet/fleet.c \
	lib/fleet/fleet.h \
	lib/fleet/gateway.c \
	lib/fleet/gateway.h \
	lib/fleet/pair.c \
	lib/fleet/pair.h \
	lib/fleet/report.c \
	lib/fleet/report.h \
	lib/fleet/rtt.c \
	lib/fleet/rtt.h \
	lib/fleet/score.c \
	lib/fleet/score.h \
	lib/fleet/site.c \
	lib/fleet/site.h \
	lib/fleet/store_sync.c \
	lib/fleet/store_sync.h \
	$(np_end)
