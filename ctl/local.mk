ctl_print = \
	ctl/print.c \
	ctl/print.h \
	ctl/print_postfix.c \
	ctl/print_sendmail.c \
	ctl/print_tables.c \
	ctl/run.c \
	ctl/run.h

# policyd's tables.
ctl_fleet = \
	ctl/ask.c \
	ctl/ask.h \
	ctl/fleet.c \
	ctl/fleet.h \
	ctl/row_json.c \
	ctl/row_json.h

ctl_overview = \
	ctl/overview.c \
	ctl/overview.h \
	ctl/overview_judge.c

ctl_events = \
	ctl/event_line.c \
	ctl/event_line.h

ctl_audience = \
	ctl/audience.h \
	ctl/audience_count.c \
	ctl/audience_print.c \
	ctl/where.c \
	ctl/where.h

ctl_preview = \
	ctl/preview.h \
	ctl/preview_args.c \
	ctl/preview_page.c \
	ctl/preview_summary.c

ctl_lint_read = \
	ctl/css_scan.c \
	ctl/css_scan.h \
	ctl/html_tree.c \
	ctl/html_tree.h \
	ctl/image_kind.c \
	ctl/image_kind.h

# All but the verb.
ctl_lint = \
	ctl/lint.h \
	ctl/lint_accept.c \
	ctl/lint_campaign.c \
	ctl/lint_client.c \
	ctl/lint_contrast.c \
	ctl/lint_facts.c \
	ctl/lint_facts.h \
	ctl/lint_html.c \
	ctl/lint_image.c \
	ctl/lint_link.c \
	ctl/lint_load.c \
	ctl/lint_report.c \
	ctl/lint_report.h \
	ctl/lint_rules.c \
	ctl/lint_set.c \
	ctl/lint_set.h \
	ctl/lint_size.c \
	ctl/lint_source.c \
	ctl/lint_source.h \
	ctl/lint_vars.c \
	$(ctl_lint_read)

bin_PROGRAMS += ctl/nearpostctl
ctl_nearpostctl_SOURCES = \
	ctl/address_arg.c \
	ctl/address_arg.h \
	ctl/adverts.c \
	ctl/adverts.h \
	ctl/assets.c \
	ctl/assets_status.c \
	ctl/assets_status.h \
	ctl/audience.c \
	ctl/chromium.c \
	ctl/chromium.h \
	ctl/campaigns.c \
	ctl/campaigns.h \
	ctl/campaigns_list.c \
	ctl/ctl.h \
	ctl/devtools.c \
	ctl/devtools.h \
	ctl/dialogue.c \
	ctl/dialogue.h \
	ctl/doctor.c \
	ctl/doctor.h \
	ctl/doctor_cf.c \
	ctl/doctor_dns.c \
	ctl/doctor_fleet.c \
	ctl/doctor_host.c \
	ctl/doctor_judge.c \
	ctl/doctor_judge_dns.c \
	ctl/doctor_judge_host.c \
	ctl/doctor_judge_log.c \
	ctl/doctor_judge_smtp.c \
	ctl/doctor_log.c \
	ctl/doctor_master.c \
	ctl/doctor_mta.c \
	ctl/doctor_sendmail.c \
	ctl/doctor_senders.c \
	ctl/doctor_signing.c \
	ctl/doctor_smtp.c \
	ctl/doctor_socket.c \
	ctl/drain.c \
	ctl/erase.c \
	ctl/events.c \
	ctl/explain.c \
	ctl/import.c \
	ctl/import.h \
	ctl/import_run.c \
	ctl/import_run.h \
	ctl/journal.c \
	ctl/journal.h \
	ctl/keys.c \
	ctl/lesson.c \
	ctl/lesson.h \
	ctl/lineup.c \
	ctl/lineup.h \
	ctl/lint.c \
	ctl/lookup.c \
	ctl/lookup.h \
	ctl/main.c \
	ctl/milter_client.c \
	ctl/milter_client.h \
	ctl/picture.c \
	ctl/picture.h \
	ctl/preview.c \
	ctl/preview_show.c \
	ctl/order.c \
	ctl/order.h \
	ctl/progress.c \
	ctl/progress.h \
	ctl/recipients.c \
	ctl/recipients.h \
	ctl/recipients_export.c \
	ctl/recipients_import.c \
	ctl/score_table.c \
	ctl/score_table.h \
	ctl/send.c \
	ctl/send.h \
	ctl/send_run.c \
	ctl/send_when.c \
	ctl/sites.c \
	ctl/smtp.c \
	ctl/smtp.h \
	ctl/status.c \
	ctl/story.c \
	ctl/story.h \
	ctl/suppress.c \
	ctl/suppress.h \
	ctl/suppress_import.c \
	ctl/ticket_arg.c \
	ctl/ticket_arg.h \
	ctl/top.c \
	ctl/top_frame.c \
	ctl/top_frame.h \
	ctl/warm.c \
	ctl/warm.h \
	ctl/why.c \
	$(ctl_audience) \
	$(ctl_lint) \
	$(ctl_preview) \
	$(ctl_events) \
	$(ctl_fleet) \
	$(ctl_overview) \
	$(ctl_print)
ctl_nearpostctl_LDADD = $(fleet_libs) $(CSV_LIBS) $(CURL_LIBS) $(CURSES_LIBS) \
	$(GUMBO_LIBS)
dist_pkgdata_DATA += ctl/lint-clients.conf
dist_man_MANS += \
	ctl/campaign.conf.5 \
	ctl/nearpost.7 \
	ctl/nearpost.conf.5 \
	ctl/nearpost-formats.5 \
	ctl/nearpost-lint.7 \
	ctl/nearpost-sender.7 \
	ctl/nearpost-template.7 \
	ctl/nearpostctl.1

tests_unit_test_ctl_assets_SOURCES = tests/unit/test_ctl_assets.c \
	ctl/assets_status.c ctl/assets_status.h $(ctl_fleet)
tests_unit_test_ctl_audience_SOURCES = tests/unit/test_ctl_audience.c \
	$(ctl_audience)
tests_unit_test_ctl_doctor_SOURCES = tests/unit/test_ctl_doctor.c \
	ctl/doctor.h ctl/doctor_judge.c ctl/doctor_master.c $(ctl_fleet)
tests_unit_test_ctl_doctor_cf_SOURCES = tests/unit/test_ctl_doctor_cf.c \
	ctl/doctor.h ctl/doctor_cf.c ctl/doctor_judge_host.c
tests_unit_test_ctl_events_SOURCES = tests/unit/test_ctl_events.c \
	$(ctl_events)
tests_unit_test_ctl_doctor_dns_SOURCES = tests/unit/test_ctl_doctor_dns.c \
	ctl/doctor.h ctl/doctor_judge_dns.c
tests_unit_test_ctl_doctor_host_SOURCES = tests/unit/test_ctl_doctor_host.c \
	ctl/doctor.h ctl/doctor_judge_host.c ctl/doctor_judge_log.c
tests_unit_test_ctl_doctor_smtp_SOURCES = tests/unit/test_ctl_doctor_smtp.c \
	ctl/dialogue.c ctl/dialogue.h ctl/doctor.h ctl/doctor_judge_smtp.c
tests_unit_test_ctl_import_SOURCES = tests/unit/test_ctl_import.c \
	ctl/import.c ctl/import.h
tests_unit_test_ctl_import_LDADD = $(fleet_libs) $(CSV_LIBS) $(CHECK_LIBS)
tests_unit_test_ctl_journal_SOURCES = tests/unit/test_ctl_journal.c \
	ctl/journal.c ctl/journal.h
tests_unit_test_ctl_lineup_SOURCES = tests/unit/test_ctl_lineup.c \
	ctl/lineup.c ctl/lineup.h
tests_unit_test_ctl_lint_read_SOURCES = tests/unit/test_ctl_lint_read.c \
	$(ctl_lint_read)
tests_unit_test_ctl_lint_read_LDADD = $(GUMBO_LIBS) $(LDADD)
tests_unit_test_ctl_lint_SOURCES = tests/unit/test_ctl_lint.c $(ctl_lint)
tests_unit_test_ctl_lint_LDADD = $(fleet_libs) $(GUMBO_LIBS) $(CHECK_LIBS)
tests_unit_test_ctl_preview_SOURCES = tests/unit/test_ctl_preview.c \
	$(ctl_preview)
tests_unit_test_ctl_overview_SOURCES = tests/unit/test_ctl_overview.c \
	$(ctl_overview) $(ctl_fleet)
tests_unit_test_ctl_print_SOURCES = tests/unit/test_ctl_print.c $(ctl_print)
tests_unit_test_ctl_print_sendmail_SOURCES = \
	tests/unit/test_ctl_print_sendmail.c $(ctl_print)
tests_unit_test_ctl_row_json_SOURCES = tests/unit/test_ctl_row_json.c \
	$(ctl_fleet)
tests_unit_test_ctl_send_SOURCES = tests/unit/test_ctl_send.c \
	ctl/lineup.c ctl/lineup.h ctl/send.h ctl/send_when.c $(ctl_fleet)
tests_unit_test_ctl_story_SOURCES = tests/unit/test_ctl_story.c \
	ctl/story.c ctl/story.h $(ctl_fleet)
tests_unit_test_ctl_ticket_arg_SOURCES = tests/unit/test_ctl_ticket_arg.c \
	ctl/ticket_arg.c ctl/ticket_arg.h
tests_unit_test_ctl_top_SOURCES = tests/unit/test_ctl_top.c \
	ctl/top_frame.c ctl/top_frame.h $(ctl_overview) $(ctl_fleet)
tests_unit_test_ctl_where_SOURCES = tests/unit/test_ctl_where.c \
	ctl/where.c ctl/where.h
tests_unit_test_ctl_warm_SOURCES = tests/unit/test_ctl_warm.c \
	ctl/ask.c ctl/ask.h ctl/warm.c ctl/warm.h
tests_fuzz_fuzz_import_SOURCES = tests/fuzz/fuzz_import.c ctl/import.c \
	ctl/import.h
tests_fuzz_fuzz_import_LDADD = $(LDADD) $(CSV_LIBS)
tests_fuzz_fuzz_lint_SOURCES = tests/fuzz/fuzz_lint.c $(ctl_lint)
tests_fuzz_fuzz_lint_LDADD = $(GUMBO_LIBS) $(LDADD)
