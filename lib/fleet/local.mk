# One file per line, sorted, headers too (they must be in the tarball).
lib_libnearpost_fleet_a_SOURCES = \
	lib/fleet/delivery.c \
	lib/fleet/delivery.h
