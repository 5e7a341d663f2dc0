# Tests against real daemons.  One script per line, sorted:
#   live_tests = \
#	tests/live/relay.sh
live_tests = \
	tests/live/lab.py
TESTS += $(live_tests)
dist_check_SCRIPTS += $(live_tests)
