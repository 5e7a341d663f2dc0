# Its modules, a list each for the unit tests of them.
agent_claims = \
	gateway-agent/claims.c \
	gateway-agent/claims.h \
	gateway-agent/claims_table.h \
	gateway-agent/claims_text.c
agent_follower = \
	gateway-agent/follower.c \
	gateway-agent/follower.h
agent_ledger = \
	gateway-agent/ledger.c \
	gateway-agent/ledger.h
agent_outbox = \
	gateway-agent/outbox.c \
	gateway-agent/outbox.h

tests_unit_test_claims_SOURCES = tests/unit/test_claims.c $(agent_claims)
tests_unit_test_follower_SOURCES = tests/unit/test_follower.c $(agent_follower)
tests_unit_test_ledger_SOURCES = tests/unit/test_ledger.c $(agent_ledger)
tests_unit_test_outbox_SOURCES = tests/unit/test_outbox.c $(agent_outbox)
