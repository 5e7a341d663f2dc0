#!/bin/bash
# The unit tests, and the live tests of both milters, of policyd and of all of them
# under 50 clients at once, in builds that watch memory and threads:
# AddressSanitizer with UndefinedBehaviorSanitizer, then ThreadSanitizer.  Any word
# of a sanitizer is a failure, whichever process said it.
#
#	tests/sanitize.sh [BUILD-DIRECTORY]        default: build-sanitize
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
where=${1:-$top/build-sanitize}
live="session milter policyd agent crowd"

build() {
	mkdir -p "$1"
	cd "$1"
	"$top/configure" --enable-werror "$2" >configure.log
	make -j"$(nproc)" all >make.log
	make -j"$(nproc)" check TESTS= >>make.log
}

# Programs that give up root write reports as well.
watch() {
	rm -rf reports
	mkdir -m 1777 reports
	chmod 1777 reports
	export ASAN_OPTIONS="log_path=$PWD/reports/report:fast_unwind_on_malloc=0"
	export UBSAN_OPTIONS="$ASAN_OPTIONS:print_stacktrace=1"
	export TSAN_OPTIONS="$ASAN_OPTIONS:exitcode=0"
}

# The reports that are about us.  A warning that malloc(3) may fail is what test_mem
# provokes.  libmilter's end is a race within itself: its threads use mutexes that
# another one has just destroyed; what stands out is that libmilter itself made every
# one of the calls.
ours() {
	awk -v RS='==================\n' '
	/ERROR: |runtime error: / { print; next }
	/WARNING: ThreadSanitizer/ {
		n = split($0, line, "\n")
		mine = 0
		race = $0 ~ /data race/
		looking = !race # the first stack
		for (i = 1; i <= n; i++) {
			if (line[i] !~ /^ *#[0-9]/) {
				if (race)
					looking = line[i] ~ /(ead|rite) of size/
			} else if (looking && line[i] !~ /libtsan/) {
				looking = 0
				if (line[i] !~ /libmilter/)
					mine = 1
			}
		}
		if (mine)
			print
	}' "$@"
}

rc=0
[ -x "$top/configure" ] || (cd "$top" && autoreconf -i)
for switch in sanitizers tsan; do
	echo "# $switch"
	build "$where/$switch" "--enable-$switch"
	watch
	make -k check-unit || rc=1
	# shellcheck disable=SC2086
	make -k check-TESTS TESTS="$(printf 'tests/live/%s.py ' $live)" || rc=1
	found=$(find reports -type f -exec cat {} + | ours)
	if [ -n "$found" ]; then
		rc=1
		printf '%s\n' "$found"
	fi
done
[ $rc -eq 0 ] && echo "clean: no report, no failed test" || echo "not clean"
exit $rc
