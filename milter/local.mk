# The program, once it exists:
#   sbin_PROGRAMS += milter/nearpost-milter
#   milter_nearpost_milter_SOURCES = \
#	milter/main.c
#   milter_nearpost_milter_LDADD = $(fleet_libs)
#   dist_man_MANS += milter/nearpost-milter.8
