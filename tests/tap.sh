# Sourced by the tests in shell: TAP, a line for each verdict.

n=0
failed=0

# verdict NAME FINDINGS: all is well when there are none.
verdict() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
		failed=1
	fi
}

# The last line, and the exit status.
done_testing() {
	echo "1..$n"
	exit "$failed"
}
