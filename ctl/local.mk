# The program, once it exists:
#   bin_PROGRAMS += ctl/nearpostctl
#   ctl_nearpostctl_SOURCES = \
#	ctl/main.c
#   ctl_nearpostctl_LDADD = $(fleet_libs) $(CSV_LIBS) $(CURL_LIBS)
#   dist_man_MANS += ctl/nearpostctl.1
