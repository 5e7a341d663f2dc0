# Sourced by run-tests, quickstart and unpack-beside: the packages of
# contrib/packages.txt.
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

beside_packages() {
	sed -n 's/^~\([^ \t#]*\).*/\1/p' "$top/contrib/packages.txt"
}

# unpack_beside DIR: the packages marked with ~, below DIR/beside.  Nothing is
# installed, no script of theirs is run.
unpack_beside() {
	local dir=$1/beside new=$1/beside.new stamp deb names
	mapfile -t names < <(beside_packages)
	stamp=${names[*]}
	if [ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ]; then
		touch "$dir/stamp"
		return 0
	fi
	rm -rf "$new" "$dir"
	mkdir -p "$new/debs"
	(
		cd "$new/debs" || exit 1
		apt-get download -q "${names[@]}" 2>/dev/null || {
			apt-get update -q &&
			    apt-get download -q "${names[@]}"
		}
	) || return 1
	for deb in "$new"/debs/*.deb; do
		dpkg -x "$deb" "$new" || return 1
	done
	# A set-group-id program does not heed LD_LIBRARY_PATH.
	chmod 755 "$new/usr/libexec/sendmail/sendmail"
	rm -rf "$new/debs"
	printf '%s\n' "$stamp" >"$new/stamp"
	mv "$new" "$dir"
}
