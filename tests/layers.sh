#!/bin/bash
# Includes go down only, programs never include each other, and every foreign
# library has one gatekeeper.  TAP.
#
#	base < mail < fleet < milter, policyd, gateway-agent, ctl
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 99

. tests/tap.sh

# "file: header" for every include of a source file below the directories.
includes() {
	local d
	for d in "$@"; do
		[ -d "$d" ] && find "$d" -name '*.[ch]' \
		    -exec grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][^">]*' {} +
	done | sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*["<]/: /'
}

# A directory may include only what the pattern matches of our own headers.
layer() {
	local dir=$1 allowed=$2
	verdict "$dir includes only $3" "$(includes "$dir" |
	    grep -E ': (lib|milter|policyd|gateway-agent|ctl|tests)/' |
	    grep -vE ": ($allowed)/")"
	# "foo.h" beside the file would hide what layer it belongs to.
	verdict "$dir names our headers from the top of the tree" \
	    "$(find "$dir" -name '*.[ch]' -exec grep -HnE \
	        '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"/]*"' {} + |
	    grep -v '"config.h"')"
}
layer lib/base 'lib/base' 'lib/base'
layer lib/mail 'lib/base|lib/mail' 'lib/base and lib/mail'
layer lib/fleet 'lib/base|lib/mail|lib/fleet' 'the library'
for p in milter policyd gateway-agent ctl; do
	layer $p "lib/base|lib/mail|lib/fleet|$p" 'the library and itself'
done

# A list whose backslashes were lost in a merge drops files without a word.
for d in lib/base lib/mail lib/fleet milter policyd gateway-agent ctl \
    tests/unit tests/fuzz tests/sim; do
	verdict "$d/local.mk is whole and lists every source file" "$(
	    awk -v mk="$d/local.mk" '
	        /^\t/ && !open && list { print mk ":" NR ": no \\ before" }
	        { list = list && /^\t/ || /^[A-Za-z_]+ \+?= \\$/
	          open = /\\$/ }' "$d/local.mk"
	    for f in "$d"/*.[ch]; do
		[ -e "$f" ] && ! grep -qE "($f|${f%.c})( |\$)" "$d/local.mk" &&
		    echo "$f is not listed"
	    done)"
done

# The same with the live tests: one that is in no list is never run.
listed() {
	awk -v list="$1" '$1 == list && /= \\$/ { in_it = 1; next }
	    !/^\t/ { in_it = 0 }
	    in_it && $1 != "$(np_end)" { print $1 }' tests/live/local.mk
}
verdict "every live test is run" "$(
    grep -l '^#!' tests/live/*.py | while read -r f; do
	listed live_tests | grep -qxF "$f" || echo "$f is not in live_tests"
    done
    for f in $(listed alone_tests); do
	listed live_tests | grep -qxF "$f" || echo "$f is in alone_tests only"
    done
    listed live_tests | LC_ALL=C sort -c 2>&1)"

# HEADER PATTERN, then the only files that may include it.
gatekeeper() {
	verdict "$1 is known to $2 alone" "$(
	    includes lib milter policyd gateway-agent ctl |
	    grep -E ": $1" | grep -vE "^($2): ")"
}
gatekeeper 'libmilter/' 'lib/mail/session(_[a-z]+)?\.[ch]'
gatekeeper 'hiredis/' 'lib/fleet/(store(_[a-z]+)?|schema)\.c'
gatekeeper '(event2/|event\.h|evhttp\.h)' 'lib/base/loop(_[a-z]+)?\.[ch]'
gatekeeper 'ares' 'lib/base/dns(_[a-z]+)?\.[ch]'
gatekeeper 'gmime/' 'lib/mail/stub\.c'
gatekeeper 'confuse\.h' 'lib/base/settings\.c'
gatekeeper 'jansson\.h' 'lib/base/json\.c'
gatekeeper 'openssl/' 'lib/base/(crypto|ca|loop_tls)\.c'
gatekeeper 'curl/' 'ctl/smtp\.c'
gatekeeper 'csv\.h' 'ctl/import\.c'
gatekeeper 'gumbo\.h' 'ctl/html_tree\.c'
gatekeeper 'n?curses\.h' 'ctl/top\.c'
gatekeeper 'libpsl\.h' 'lib/fleet/pool\.c'
gatekeeper 'check\.h' 'tests/.*'

# These may live anywhere, but in one file only.
for h in 'csv\.h' 'curl/' 'idn2\.h'; do
	files=$(includes lib milter policyd gateway-agent ctl |
	    grep -E ": $h" | cut -d: -f1 | sort -u)
	[ "$(printf '%s' "$files" | grep -c .)" -le 1 ] && files=
	verdict "$h has one gatekeeper" "$files"
done

verdict "one place connects to Redis" "$(
    grep -nE 'redis(Async)?Connect[A-Z(]' -r lib milter policyd gateway-agent ctl |
    grep -vE '^lib/fleet/store_connect\.c:')"

done_testing
