# Its modules, a list each for the unit tests of them.
agent_claims = \
	gateway-agent/claims.c \
	gateway-agent/claims.h \
	gateway-agent/claims_sum.c \
	gateway-agent/claims_table.h \
	gateway-agent/claims_text.c
agent_expand = \
	gateway-agent/expand.c \
	gateway-agent/expand.h
agent_follower = \
	gateway-agent/follower.c \
	gateway-agent/follower.h \
	gateway-agent/place.c \
	gateway-agent/place.h
agent_halts = \
	gateway-agent/halts.c \
	gateway-agent/halts.h
agent_journal = \
	gateway-agent/journal.c \
	gateway-agent/journal.h
agent_lately = \
	gateway-agent/lately.c \
	gateway-agent/lately.h
agent_ledger = \
	gateway-agent/ledger.c \
	gateway-agent/ledger.h
agent_load = \
	gateway-agent/load.c \
	gateway-agent/load.h
agent_outbox = \
	gateway-agent/outbox.c \
	gateway-agent/outbox.h
agent_shelf = \
	gateway-agent/shelf.c \
	gateway-agent/shelf.h
agent_spool = \
	gateway-agent/spool.c \
	gateway-agent/spool.h
agent_tracker = \
	gateway-agent/tracker.c \
	gateway-agent/tracker.h \
	$(agent_claims) \
	$(agent_ledger) \
	$(agent_outbox) \
	$(agent_spool)
agent_visit = \
	gateway-agent/visit.c \
	gateway-agent/visit.h

sbin_PROGRAMS += gateway-agent/nearpost-agent
gateway_agent_nearpost_agent_SOURCES = \
	gateway-agent/asker.c \
	gateway-agent/asker.h \
	gateway-agent/desk.c \
	gateway-agent/desk.h \
	gateway-agent/expander.c \
	gateway-agent/expander.h \
	gateway-agent/main.c \
	gateway-agent/observer.c \
	gateway-agent/observer.h \
	gateway-agent/prober.c \
	gateway-agent/prober.h \
	gateway-agent/reporter.c \
	gateway-agent/reporter.h \
	gateway-agent/samples.c \
	gateway-agent/samples.h \
	gateway-agent/source.c \
	gateway-agent/source.h \
	gateway-agent/supervisor.c \
	gateway-agent/supervisor.h \
	$(agent_expand) \
	$(agent_follower) \
	$(agent_halts) \
	$(agent_journal) \
	$(agent_lately) \
	$(agent_load) \
	$(agent_shelf) \
	$(agent_tracker) \
	$(agent_visit)
gateway_agent_nearpost_agent_LDADD = $(fleet_libs)
dist_man_MANS += gateway-agent/nearpost-agent.8

tests_unit_test_claims_SOURCES = tests/unit/test_claims.c $(agent_claims)
tests_unit_test_expand_SOURCES = tests/unit/test_expand.c $(agent_expand)
tests_unit_test_follower_SOURCES = tests/unit/test_follower.c $(agent_follower)
tests_unit_test_halts_SOURCES = tests/unit/test_halts.c $(agent_halts)
tests_unit_test_journal_SOURCES = tests/unit/test_journal.c $(agent_journal)
tests_unit_test_lately_SOURCES = tests/unit/test_lately.c $(agent_lately)
tests_unit_test_ledger_SOURCES = tests/unit/test_ledger.c $(agent_ledger)
tests_unit_test_load_SOURCES = tests/unit/test_load.c $(agent_load)
tests_unit_test_outbox_SOURCES = tests/unit/test_outbox.c $(agent_outbox)
tests_unit_test_shelf_SOURCES = tests/unit/test_shelf.c $(agent_shelf)
tests_unit_test_spool_SOURCES = tests/unit/test_spool.c $(agent_spool)
tests_unit_test_tracker_SOURCES = tests/unit/test_tracker.c $(agent_tracker)
tests_unit_test_visit_SOURCES = tests/unit/test_visit.c $(agent_visit)
tests_fuzz_fuzz_journal_SOURCES = tests/fuzz/fuzz_journal.c $(agent_journal)
tests_fuzz_fuzz_ledgers_SOURCES = tests/fuzz/fuzz_ledgers.c $(agent_claims) $(agent_load) \
	$(agent_outbox)

# Writes the stubs of tests/live/agent.py.
check_PROGRAMS += tests/live/mkstub
tests_live_mkstub_SOURCES = tests/live/mkstub.c $(agent_expand)
EXTRA_DIST += tests/data/agent-assets
