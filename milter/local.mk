# Everything but main() and the service around it, for the unit tests too.
milter_modules = \
	milter/again.c \
	milter/again.h \
	milter/choice.c \
	milter/choice.h \
	milter/decide.c \
	milter/decide.h \
	milter/decide_look.c \
	milter/outcome.c \
	milter/outcome.h \
	milter/recipient.c \
	milter/recipient.h \
	milter/refusals.c \
	milter/refusals.h \
	milter/rewrite.c \
	milter/rewrite.h \
	milter/routable.c \
	milter/routable.h

milter_ask = \
	milter/ask.c \
	milter/ask.h

sbin_PROGRAMS += milter/nearpost-milter
milter_nearpost_milter_SOURCES = \
	$(milter_ask) \
	$(milter_modules) \
	milter/main.c \
	milter/service.c \
	milter/service.h
milter_nearpost_milter_LDADD = $(fleet_libs)
dist_man_MANS += milter/nearpost-milter.8

tests_unit_test_ask_SOURCES = tests/unit/test_ask.c $(milter_ask)
tests_unit_test_decide_SOURCES = tests/unit/test_decide.c $(milter_modules)
tests_unit_test_refusals_SOURCES = tests/unit/test_refusals.c \
	milter/refusals.c milter/refusals.h
tests_unit_test_routable_SOURCES = tests/unit/test_routable.c \
	milter/routable.c milter/routable.h
tests_fuzz_fuzz_decide_SOURCES = tests/fuzz/fuzz_decide.c $(milter_modules)
