#!/bin/bash
# Every harness, without the engine, on the inputs that it starts from.  TAP.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "${top_builddir:-$top}" || exit 99

. "$top/tests/tap.sh"
for source in "$top"/tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	corpus=$top/tests/fuzz/corpus/${name#fuzz_}
	inputs=()
	[ ! -d "$corpus" ] || inputs=("$corpus"/*)
	said=$("tests/fuzz/$name" "${inputs[@]}" 2>&1) && said= ||
	    said="exit status $?: $said"
	verdict "$name: ${#inputs[@]} inputs and none" "$said"
done
done_testing
