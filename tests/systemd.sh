#!/bin/bash
# The systemd units: well-formed, and closed to all that the programs do not need.
# The packages are built with what the tree is.  TAP.
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 99

. tests/tap.sh
for tool in systemd-analyze systemd-sysusers systemd-tmpfiles; do
	command -v "$tool" >/dev/null || { echo "1..0 # SKIP no $tool"; exit 0; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for unit in contrib/systemd/*.service; do
	name=${unit##*/}
	# What it starts need not be installed here.
	sed 's,^Exec\(Start\|Reload\)=[^ ]*,Exec\1=/bin/true,' "$unit" >"$work/$name"
	verdict "$name is well-formed" \
	    "$(systemd-analyze verify --man=no "$work/$name" 2>&1 |
	        grep -F "$name")"
	# In tenths: below 2.0.
	verdict "$name is exposed to less than 2.0 of 10" \
	    "$(systemd-analyze security --offline=true --threshold=19 "$unit" \
	        2>&1 >"$work/why" || grep -E 'level|✗' "$work/why")"
	verdict "$name starts the program of its name" \
	    "$(grep -q "^ExecStart=/usr/sbin/${name%.service} -f$" "$unit" ||
	        grep ExecStart "$unit")"
	# The first signal of the page is that which reads everything again.
	page=$(echo */"${name%.service}.8")
	signal=$(sed -n '/^\.Sh SIGNALS/,/^\.Sh [^S]/s/^\.It Dv SIG//p' "$page" |
	    head -n 1)
	verdict "$name reloads by the signal of $page" \
	    "$(grep -qx "ExecReload=/bin/kill -$signal \$MAINPID" "$unit" ||
	        echo "SIG$signal, but: $(grep ExecReload "$unit")")"
done
mkdir -p "$work/root/etc"
verdict "the user can be made" "$(systemd-sysusers --root="$work/root" \
    "$PWD/contrib/systemd/sysusers.conf" 2>&1 >/dev/null |
    grep -vE '^Creating (user|group)'
    grep -q '^nearpost:' "$work/root/etc/passwd" || echo "no nearpost")"
verdict "the directories can be made" "$(systemd-tmpfiles --create \
    --root="$work/root" "$PWD/contrib/systemd/tmpfiles.conf" 2>&1
    for d in run/nearpost var/lib/nearpost/assets etc/nearpost; do
	[ -d "$work/root/$d" ] || echo "no $d"
    done)"
for p in $(sed -n '/^# --- build/,/^# --- test/s/^\([a-z0-9.-]*-dev\) .*/\1/p' \
    contrib/packages.txt); do
	[ "$p" = libc6-dev ] || verdict "debian/control builds with $p" \
	    "$(grep -qE "^ $p,?$" contrib/debian/control || echo missing)"
done
done_testing
