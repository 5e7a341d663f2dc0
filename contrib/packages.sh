# Sourced by run-tests and quickstart: the packages of contrib/packages.txt.
# $top is the top of the tree.

missing_packages() {
	sed -n 's/^\([a-z0-9][^ \t#]*\).*/\1/p' "$top/contrib/packages.txt" |
	while read -r p; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$p" \
		    2>/dev/null) || status=
		[ "$status" = installed ] || printf '%s\n' "$p"
	done
}

# A test machine has no use for a system-wide postfix or redis that was started
# only because its package came: the tests start their own.
install_packages() {
	local policy=/usr/sbin/policy-rc.d made=no rc=0 me=${0##*/}
	if [ "$(id -u)" -ne 0 ]; then
		echo "$me: missing packages: $*" >&2
		echo "$me: as root: apt-get install $*" >&2
		return 1
	fi
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		made=yes
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q && apt-get install -y -q --no-install-recommends \
	    "$@" || rc=$?
	[ "$made" = no ] || rm -f "$policy"
	return "$rc"
}

need_packages() {
	local missing
	mapfile -t missing < <(missing_packages)
	if [ "${#missing[@]}" -gt 0 ]; then
		install_packages "${missing[@]}"
	fi
}
