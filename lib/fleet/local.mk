# One file per line, sorted, headers too (they must be in the tarball).
lib_libnearpost_fleet_a_SOURCES =
