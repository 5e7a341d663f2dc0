# One file per line, sorted, headers too (they must be in the tarball).
lib_libnearpost_fleet_a_SOURCES = \
	lib/fleet/config.c \
	lib/fleet/config.h \
	lib/fleet/delivery.c \
	lib/fleet/delivery.h \
	lib/fleet/report.c \
	lib/fleet/report.h \
	lib/fleet/store_sync.c \
	lib/fleet/store_sync.h
