sbin_PROGRAMS += policyd/nearpost-policyd
# Also in a unit test.
policyd_turns = \
	policyd/turns.c \
	policyd/turns.h
policyd_nearpost_policyd_SOURCES = \
	policyd/admin.c \
	policyd/admin.h \
	policyd/admin_assets.c \
	policyd/admin_look.c \
	policyd/admin_look.h \
	policyd/admin_why.c \
	policyd/agent_requests.c \
	policyd/agents.c \
	policyd/agents.h \
	policyd/agents_internal.h \
	policyd/catalogue.c \
	policyd/catalogue.h \
	policyd/confwatch.c \
	policyd/confwatch.h \
	policyd/decisions.c \
	policyd/decisions.h \
	policyd/deliveries.c \
	policyd/deliveries.h \
	policyd/drains.c \
	policyd/drains.h \
	policyd/eventlog.c \
	policyd/eventlog.h \
	policyd/front.c \
	policyd/front.h \
	policyd/job.c \
	policyd/job.h \
	policyd/job_answer.c \
	policyd/job_cause.c \
	policyd/limits.c \
	policyd/limits.h \
	policyd/lines.c \
	policyd/lines.h \
	policyd/looks.c \
	policyd/looks.h \
	policyd/main.c \
	policyd/measures.c \
	policyd/measures.h \
	policyd/mirror.c \
	policyd/mirror.h \
	policyd/persist.c \
	policyd/persist.h \
	policyd/policyd.c \
	policyd/policyd.h \
	policyd/recover.c \
	policyd/recover.h \
	policyd/resolve.c \
	policyd/resolve.h \
	policyd/robin.c \
	policyd/robin.h \
	policyd/select.c \
	policyd/select.h \
	policyd/share.c \
	policyd/share.h \
	policyd/status.c \
	policyd/status.h \
	policyd/tally.c \
	policyd/tally.h \
	$(policyd_turns) \
	$(np_end)
policyd_nearpost_policyd_LDADD = $(fleet_libs)
dist_man_MANS += policyd/nearpost-policyd.8 policyd/nearpost-redis.7

tests_unit_test_turns_SOURCES = tests/unit/test_turns.c $(policyd_turns)
