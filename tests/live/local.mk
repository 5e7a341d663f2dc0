# Tests against real daemons.  One script per line, sorted:
#   live_tests = \
	tests/live/session.py
#	tests/live/relay.sh
live_tests = \
	tests/live/lab.py \
	$(np_end)
TESTS += $(live_tests)
dist_check_SCRIPTS += $(live_tests)
# Not a test: what the scripts in Python share.
dist_noinst_DATA += tests/live/nptest.py
# Obeys what session.py writes into its messages.
check_PROGRAMS += tests/live/session_probe
