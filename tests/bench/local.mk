# What nearpost costs, and what it gains: `make bench`, BENCH=a,b for some of it.
# Not part of `make check`: numbers need an idle machine and minutes.
noinst_PROGRAMS += \
	tests/bench/asker \
	tests/bench/baseline_milter \
	tests/bench/choice \
	tests/bench/post \
	tests/bench/render \
	tests/bench/stubs
tests_bench_asker_SOURCES = tests/bench/asker.c
tests_bench_asker_LDADD = $(base_libs)
tests_bench_baseline_milter_SOURCES = tests/bench/baseline_milter.c
tests_bench_baseline_milter_LDADD = $(MILTER_LIBS)
tests_bench_choice_SOURCES = tests/bench/choice.c
tests_bench_choice_LDADD = $(fleet_libs)
tests_bench_post_SOURCES = tests/bench/post.c
tests_bench_post_LDADD = $(base_libs)
tests_bench_render_SOURCES = tests/bench/render.c
tests_bench_render_LDADD = $(mail_libs)
tests_bench_stubs_SOURCES = tests/bench/stubs.c
tests_bench_stubs_LDADD = $(mail_libs)

dist_noinst_SCRIPTS += tests/bench/bench
dist_noinst_DATA += \
	tests/bench/README \
	tests/bench/npbench/__init__.py \
	tests/bench/npbench/answers.py \
	tests/bench/npbench/assets.py \
	tests/bench/npbench/assignment.py \
	tests/bench/npbench/choice.py \
	tests/bench/npbench/creative.py \
	tests/bench/npbench/gateway.py \
	tests/bench/npbench/house.py \
	tests/bench/npbench/initiator.py \
	tests/bench/npbench/measure.py \
	tests/bench/npbench/memory.py \
	tests/bench/npbench/ordinary.py \
	tests/bench/npbench/proc.py \
	tests/bench/npbench/render.py \
	tests/bench/npbench/reporter.py \
	tests/bench/npbench/rig.py \
	tests/bench/npbench/stream.py \
	tests/bench/npbench/wire.py

bench: all
	$(AM_TESTS_ENVIRONMENT) \
	/usr/bin/python3 -B $(srcdir)/tests/bench/bench $(BENCH)
.PHONY: bench
