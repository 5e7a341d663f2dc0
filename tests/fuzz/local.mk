# libFuzzer harnesses: ./configure CC=clang --enable-fuzzers; make fuzz-smoke.
# tests/fuzz/fuzz_NAME.c starts from the inputs in tests/fuzz/corpus/NAME/.
# One program per line, sorted; it needs no more than its line here.
fuzz_programs = \
	tests/fuzz/fuzz_address \
	tests/fuzz/fuzz_campaign \
	tests/fuzz/fuzz_codec \
	tests/fuzz/fuzz_comeback \
	tests/fuzz/fuzz_decide \
	tests/fuzz/fuzz_delivery \
	tests/fuzz/fuzz_dns \
	tests/fuzz/fuzz_header \
	tests/fuzz/fuzz_html_alt \
	tests/fuzz/fuzz_import \
	tests/fuzz/fuzz_journal \
	tests/fuzz/fuzz_ledgers \
	tests/fuzz/fuzz_lint \
	tests/fuzz/fuzz_maillog \
	tests/fuzz/fuzz_manifest \
	tests/fuzz/fuzz_policy \
	tests/fuzz/fuzz_report \
	tests/fuzz/fuzz_settings \
	tests/fuzz/fuzz_shared \
	tests/fuzz/fuzz_stub \
	tests/fuzz/fuzz_target \
	tests/fuzz/fuzz_template \
	tests/fuzz/fuzz_ticket \
	$(np_end)

FUZZ_SECONDS = 20
EXTRA_DIST += tests/fuzz/corpus
dist_check_SCRIPTS += tests/fuzz/corpus.sh
check_LIBRARIES =

if FUZZERS
noinst_PROGRAMS += $(fuzz_programs)
# The engine brings its own main(), so such a build has no unit tests.
LDADD += $(FUZZ_ENGINE)

# New inputs are found in a scratch directory, the corpus is only read.
fuzz-smoke: $(fuzz_programs)
	@set -e; for p in $(fuzz_programs); do \
	    name=$${p##*/fuzz_}; \
	    echo "== $$name, $(FUZZ_SECONDS) s"; \
	    mkdir -p tests/fuzz/found/$$name; \
	    seed=$(srcdir)/tests/fuzz/corpus/$$name; \
	    test -d $$seed || seed=; \
	    ./$$p -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	        -print_final_stats=1 -artifact_prefix=tests/fuzz/found/ \
	        tests/fuzz/found/$$name $$seed; \
	done
clean-local:
	rm -rf tests/fuzz/found
else
# Then they are unit tests: each reads its corpus once.
check_PROGRAMS += $(fuzz_programs)
check_LIBRARIES += tests/fuzz/libreplay.a
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c
LDADD += tests/fuzz/libreplay.a
unit_tests += tests/fuzz/corpus.sh
fuzz-smoke:
	@echo "configure with CC=clang --enable-fuzzers first" >&2; exit 1
endif
.PHONY: fuzz-smoke
