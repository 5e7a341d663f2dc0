# Tests against real daemons.  One script per line, sorted.
live_tests = \
	tests/live/advert.py \
	tests/live/agent.py \
	tests/live/agent_journal.py \
	tests/live/assets.py \
	tests/live/audience.py \
	tests/live/badinput.py \
	tests/live/campaigns.py \
	tests/live/commands.py \
	tests/live/completion.py \
	tests/live/crowd.py \
	tests/live/ctlevents.py \
	tests/live/dkim.py \
	tests/live/doctor.py \
	tests/live/doctor_fleet.py \
	tests/live/doctor_names.py \
	tests/live/doctor_sendmail.py \
	tests/live/erase.py \
	tests/live/gatewayfaults.py \
	tests/live/gatewayload.py \
	tests/live/imports.py \
	tests/live/install.py \
	tests/live/kill_agent.py \
	tests/live/kill_milter.py \
	tests/live/kill_policyd.py \
	tests/live/kill_postfix.py \
	tests/live/kill_redis.py \
	tests/live/lab.py \
	tests/live/limits.py \
	tests/live/manydomains.py \
	tests/live/metrics.py \
	tests/live/metrics_fleet.py \
	tests/live/milter.py \
	tests/live/moves.py \
	tests/live/newgateway.py \
	tests/live/ordinary.py \
	tests/live/packages.py \
	tests/live/policyd.py \
	tests/live/policyds.py \
	tests/live/policyds3.py \
	tests/live/preview.py \
	tests/live/preview_pictures.py \
	tests/live/prober.py \
	tests/live/probes.py \
	tests/live/quickstart.py \
	tests/live/receipts.py \
	tests/live/redis.py \
	tests/live/rollout.py \
	tests/live/send.py \
	tests/live/sendmail_gateway.py \
	tests/live/sendmail_initiator.py \
	tests/live/sendplan.py \
	tests/live/sendrate.py \
	tests/live/session.py \
	tests/live/silent.py \
	tests/live/status.py \
	tests/live/top.py \
	$(np_end)
# Those which measure times and rates, and want the machine for themselves.
alone_tests = \
	tests/live/gatewayload.py \
	tests/live/lab.py \
	tests/live/limits.py \
	tests/live/manydomains.py \
	tests/live/moves.py \
	tests/live/newgateway.py \
	tests/live/probes.py \
	tests/live/quickstart.py \
	tests/live/receipts.py \
	tests/live/sendmail_gateway.py \
	tests/live/sendrate.py \
	tests/live/top.py \
	$(np_end)
if LIVE_TESTS
TESTS += $(live_tests)
check_DATA += beside/stamp
endif
# Sendmail, unpacked beside Postfix; without it its tests cannot run, and say so.
beside/stamp: contrib/packages.txt
	-$(top_srcdir)/contrib/unpack-beside .
dist_check_SCRIPTS += $(live_tests)
# Not a test: what the scripts in Python share.
dist_noinst_DATA += \
	tests/live/kill.py \
	tests/live/npagent.py \
	tests/live/npdoctor.py \
	tests/live/nphouse.py \
	tests/live/npmilter.py \
	tests/live/nppeers.py \
	tests/live/nppolicyd.py \
	tests/live/nptest.py \
	tests/live/path.py \
	tests/live/reader.py \
	tests/live/refilter.py
# Obeys what session.py writes into its messages.
check_PROGRAMS += tests/live/session_probe
# Stands behind our milter in gatewayfaults.py.
check_PROGRAMS += tests/live/refusing_milter
