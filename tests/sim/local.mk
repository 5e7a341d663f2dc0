# The choice of a gateway in a simulator.  The simulator is not part of the
# project: NEARPOST_SIM names its directory, SCENARIOS=02,07 a few of its
# scenarios.
check_PROGRAMS += tests/sim/choose
tests_sim_choose_SOURCES = \
	tests/sim/choose.c \
	tests/sim/daemons.c \
	tests/sim/daemons.h
dist_check_SCRIPTS += tests/sim/conversation.py
unit_tests += tests/sim/conversation.py
dist_noinst_SCRIPTS += tests/sim/bench_selection.py

NEARPOST_SIM = $(top_srcdir)/../shared/sim
bench-selection: tests/sim/choose
	$(AM_TESTS_ENVIRONMENT) \
	/usr/bin/python3 -B $(srcdir)/tests/sim/bench_selection.py \
	    '$(NEARPOST_SIM)' '$(SCENARIOS)'
.PHONY: bench-selection
