# The program, once it exists:
#   sbin_PROGRAMS += policyd/nearpost-policyd
#   policyd_nearpost_policyd_SOURCES = \
#	policyd/main.c
#   policyd_nearpost_policyd_LDADD = $(fleet_libs)
#   dist_man_MANS += policyd/nearpost-policyd.8
