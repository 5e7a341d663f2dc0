# tests/unit/test_NAME.c tests lib/*/NAME.c.  One program per line, sorted; a
# program of one source file needs no more than its line here.
noinst_HEADERS += tests/unit/advert_gmime.h tests/unit/batch.h \
	tests/unit/ctl_print.h tests/unit/dnsmasq.h tests/unit/doctor_said.h \
	tests/unit/lint_cases.h tests/unit/tree.h tests/unit/unit.h

unit_programs = \
	tests/unit/test_address \
	tests/unit/test_ahead \
	tests/unit/test_allowances \
	tests/unit/test_ask \
	tests/unit/test_assets \
	tests/unit/test_buf \
	tests/unit/test_campaign \
	tests/unit/test_campaign_check \
	tests/unit/test_campaign_data \
	tests/unit/test_campaign_partial \
	tests/unit/test_claims \
	tests/unit/test_clock_offset \
	tests/unit/test_codec \
	tests/unit/test_comeback \
	tests/unit/test_config \
	tests/unit/test_coordinate \
	tests/unit/test_crypto \
	tests/unit/test_ctl_assets \
	tests/unit/test_ctl_audience \
	tests/unit/test_ctl_doctor \
	tests/unit/test_ctl_doctor_cf \
	tests/unit/test_ctl_events \
	tests/unit/test_ctl_doctor_dns \
	tests/unit/test_ctl_doctor_host \
	tests/unit/test_ctl_doctor_smtp \
	tests/unit/test_ctl_import \
	tests/unit/test_ctl_journal \
	tests/unit/test_ctl_lineup \
	tests/unit/test_ctl_preview \
	tests/unit/test_ctl_lint \
	tests/unit/test_ctl_lint_read \
	tests/unit/test_ctl_overview \
	tests/unit/test_ctl_print \
	tests/unit/test_ctl_print_sendmail \
	tests/unit/test_ctl_row_json \
	tests/unit/test_ctl_send \
	tests/unit/test_ctl_story \
	tests/unit/test_ctl_ticket_arg \
	tests/unit/test_ctl_top \
	tests/unit/test_ctl_warm \
	tests/unit/test_ctl_where \
	tests/unit/test_date \
	tests/unit/test_decide \
	tests/unit/test_deferral \
	tests/unit/test_delivery \
	tests/unit/test_dns \
	tests/unit/test_dns_message \
	tests/unit/test_domain \
	tests/unit/test_drain \
	tests/unit/test_erase \
	tests/unit/test_expand \
	tests/unit/test_file \
	tests/unit/test_fleet \
	tests/unit/test_fleet_laws \
	tests/unit/test_fleet_max \
	tests/unit/test_fleet_probe \
	tests/unit/test_fleet_size \
	tests/unit/test_follower \
	tests/unit/test_grow \
	tests/unit/test_halts \
	tests/unit/test_header \
	tests/unit/test_hold \
	tests/unit/test_html_alt \
	tests/unit/test_journal \
	tests/unit/test_json \
	tests/unit/test_keyring \
	tests/unit/test_lately \
	tests/unit/test_ledger \
	tests/unit/test_load \
	tests/unit/test_log \
	tests/unit/test_loop \
	tests/unit/test_mailbox \
	tests/unit/test_maillog \
	tests/unit/test_maillog_sendmail \
	tests/unit/test_manifest \
	tests/unit/test_map \
	tests/unit/test_mem \
	tests/unit/test_metrics \
	tests/unit/test_names \
	tests/unit/test_network \
	tests/unit/test_outbox \
	tests/unit/test_page \
	tests/unit/test_parallel \
	tests/unit/test_policy \
	tests/unit/test_probe \
	tests/unit/test_qp \
	tests/unit/test_reach \
	tests/unit/test_receipt \
	tests/unit/test_recent \
	tests/unit/test_report \
	tests/unit/test_refusals \
	tests/unit/test_routable \
	tests/unit/test_rtt \
	tests/unit/test_schema \
	tests/unit/test_score \
	tests/unit/test_seen \
	tests/unit/test_selection \
	tests/unit/test_session \
	tests/unit/test_settings \
	tests/unit/test_shared \
	tests/unit/test_shelf \
	tests/unit/test_site \
	tests/unit/test_spool \
	tests/unit/test_spf \
	tests/unit/test_stub \
	tests/unit/test_taken \
	tests/unit/test_target \
	tests/unit/test_template \
	tests/unit/test_text \
	tests/unit/test_ticket \
	tests/unit/test_tracker \
	tests/unit/test_turns \
	tests/unit/test_vars \
	tests/unit/test_visit \
	$(np_end)

# Adverts, as Python's email package and GMime read them; advert_dump prints them.
check_PROGRAMS += tests/unit/advert_dump
tests_unit_advert_dump_SOURCES = \
	tests/unit/advert_dump.c \
	tests/unit/advert_gmime.c
unit_tests += tests/unit/advert.py tests/unit/adverts.py
dist_check_SCRIPTS += tests/unit/advert.py tests/unit/adverts.py

# nearpostctl lint, run as its users run it.
unit_tests += tests/unit/lint.py
dist_check_SCRIPTS += tests/unit/lint.py

# The Mustache specification's tests; template_dump renders them.
check_PROGRAMS += tests/unit/template_dump
unit_tests += tests/unit/mustache.py
dist_check_SCRIPTS += tests/unit/mustache.py
dist_noinst_DATA += tests/unit/npadvert.py tests/unit/npletter.py \
	tests/unit/nptext.py
