# All tests speak TAP.  `make check` runs unit, layers and live;
# `make check-unit` only what needs no daemon.
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) \
	$(top_srcdir)/build-aux/tap-driver.sh
TEST_EXTENSIONS = .sh .py
LOG_DRIVER = $(tap_driver)
SH_LOG_DRIVER = $(tap_driver)
SH_LOG_COMPILER = bash
PY_LOG_DRIVER = $(tap_driver)
PY_LOG_COMPILER = /usr/bin/python3 -B
# Live tests find the tree and what was built in it by these.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	TSAN_OPTIONS="suppressions=$(abs_top_srcdir)/tests/tsan.supp:$$TSAN_OPTIONS"; \
	export TSAN_OPTIONS;

unit_tests = \
	tests/layers.sh \
	tests/man.sh \
	tests/systemd.sh \
	$(np_end)
dist_check_SCRIPTS += \
	tests/layers.sh \
	tests/man.sh \
	tests/systemd.sh \
	$(np_end)
EXTRA_DIST += tests/sanitize.sh tests/tap.sh tests/tsan.supp

include tests/bench/local.mk
include tests/unit/local.mk
include tests/lab/local.mk
include tests/live/local.mk
include tests/fuzz/local.mk
include tests/sim/local.mk

check_PROGRAMS += $(unit_programs)
unit_tests += $(unit_programs)
TESTS += $(unit_tests)

check-unit: $(check_PROGRAMS) ctl/nearpostctl$(EXEEXT)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(unit_tests)'
# For make -j: all that may run side by side; then the rest, one by one.
check-together: $(check_PROGRAMS) $(check_DATA)
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS \
	    TESTS='$(filter-out $(alone_tests),$(TESTS))'
check-alone: $(check_PROGRAMS) $(check_DATA)
	$(MAKE) $(AM_MAKEFLAGS) -j1 check-TESTS \
	    TESTS='$(filter $(alone_tests),$(TESTS))'
.PHONY: check-unit check-together check-alone
