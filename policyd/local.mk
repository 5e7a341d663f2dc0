sbin_PROGRAMS += policyd/nearpost-policyd
# Also in unit tests.
policyd_names = \
	policyd/names.c \
	policyd/names.h \
	$(np_end)
policyd_page = \
	policyd/page.c \
	policyd/page.h \
	policyd/rows.c \
	policyd/rows.h \
	policyd/show.c \
	policyd/show.h \
	$(np_end)
policyd_turns = \
	policyd/turns.c \
	policyd/turns.h
policyd_nearpost_policyd_SOURCES = \
	policyd/admin.c \
	policyd/admin.h \
	policyd/admin_assets.c \
	policyd/admin_campaigns.c \
	policyd/admin_look.c \
	policyd/admin_look.h \
	policyd/admin_order.c \
	policyd/admin_order.h \
	policyd/admin_why.c \
	policyd/agent_requests.c \
	policyd/agents.c \
	policyd/agents.h \
	policyd/agents_internal.h \
	policyd/board.c \
	policyd/board.h \
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
	policyd/erased.c \
	policyd/erased.h \
	policyd/eventlog.c \
	policyd/eventlog.h \
	policyd/front.c \
	policyd/front.h \
	policyd/holds.c \
	policyd/holds.h \
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
	policyd/measures_agents.c \
	policyd/measures_agents.h \
	policyd/mirror.c \
	policyd/mirror.h \
	policyd/orders.c \
	policyd/orders.h \
	policyd/persist.c \
	policyd/persist.h \
	policyd/policyd.c \
	policyd/policyd.h \
	policyd/rates.c \
	policyd/rates.h \
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
	policyd/status_html.h \
	policyd/tables.c \
	policyd/tables.h \
	policyd/tables_sites.c \
	policyd/tally.c \
	policyd/tally.h \
	$(policyd_names) \
	$(policyd_page) \
	$(policyd_turns) \
	$(np_end)
# The status page, as bytes: a C string may not be as long.
nodist_policyd_nearpost_policyd_SOURCES = policyd/status_html.c
policyd/status_html.c: policyd/status.html policyd/local.mk
	$(AM_V_GEN)$(MKDIR_P) policyd && { \
	echo '#include "policyd/status_html.h"' && \
	echo 'const unsigned char status_html[] = {' && \
	od -An -v -tx1 $(srcdir)/policyd/status.html | \
	    $(SED) 's/  *\([0-9a-f][0-9a-f]\)/0x\1,/g' && \
	echo '};' && \
	echo 'const size_t status_html_size = sizeof(status_html);'; } >$@.tmp && \
	mv $@.tmp $@
CLEANFILES += policyd/status_html.c
EXTRA_DIST += policyd/status.html
policyd_nearpost_policyd_LDADD = $(fleet_libs)
dist_man_MANS += policyd/nearpost-policyd.8 policyd/nearpost-redis.7

tests_unit_test_names_SOURCES = tests/unit/test_names.c $(policyd_names)
tests_unit_test_page_SOURCES = tests/unit/test_page.c $(policyd_page)
tests_unit_test_turns_SOURCES = tests/unit/test_turns.c $(policyd_turns)
