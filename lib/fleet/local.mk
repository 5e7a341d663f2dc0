# One file per line, sorted, headers too (they must be in the tarball).
lib_libnearpost_fleet_a_SOURCES = \
	lib/fleet/booking.c \
	lib/fleet/booking.h \
	lib/fleet/command.c \
	lib/fleet/command.h \
	lib/fleet/config.c \
	lib/fleet/config.h \
	lib/fleet/delivery.c \
	lib/fleet/delivery.h \
	lib/fleet/domain.c \
	lib/fleet/domain.h \
	lib/fleet/fleet.c \
	lib/fleet/fleet.h \
	lib/fleet/gateway.c \
	lib/fleet/gateway.h \
	lib/fleet/metrics.c \
	lib/fleet/metrics.h \
	lib/fleet/pair.c \
	lib/fleet/pair.h \
	lib/fleet/report.c \
	lib/fleet/report.h \
	lib/fleet/rtt.c \
	lib/fleet/rtt.h \
	lib/fleet/schema.c \
	lib/fleet/schema.h \
	lib/fleet/schema_fleet.c \
	lib/fleet/score.c \
	lib/fleet/score.h \
	lib/fleet/site.c \
	lib/fleet/site.h \
	lib/fleet/store.c \
	lib/fleet/store.h \
	lib/fleet/store_reply.c \
	lib/fleet/store_reply.h \
	lib/fleet/store_sync.c \
	lib/fleet/store_sync.h \
	$(np_end)
