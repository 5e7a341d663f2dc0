#!/bin/bash
# The man pages: clean for mandoc, nearpost.conf(5) and campaign.conf(5) name every
# setting, and nearpost-lint(7) every rule.  TAP.
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 99

. tests/tap.sh
for page in {ctl,milter,policyd,gateway-agent}/*.[1-8]; do
	# Pages of ours are not installed where the test runs.
	verdict "$page is clean" "$(mandoc -Tlint "$page" 2>&1 |
	    grep -vE 'referenced manual not found|outdated mandoc.db')"
	for other in $(grep -hoE '^\.Xr (nearpost|campaign)[a-z.-]* [0-9]' "$page" |
	    awk '{ print $2 "." $3 }' | sort -u); do
		verdict "$page refers to $other, which is there" \
		    "$(ls */"$other" >/dev/null 2>&1 || echo "no $other")"
	done
done
settings=$(grep -oE '(STR|INT|DURATION|RATE|SIZE|BOOL|LIST|CHOICE)\("[a-z_]+"' \
    lib/fleet/config.c | sed 's/.*"\(.*\)"/\1/' | sort -u)
for s in $settings; do
	verdict "nearpost.conf(5) has $s" \
	    "$(grep -q "^\.It Cm $s\$" ctl/nearpost.conf.5 || echo missing)"
done
settings=$(grep -oE '((STR|INT|BOOL|LIST)\(|\{)"[a-z_]+",( SETTING_)?' \
    lib/mail/campaign.c | grep -E '\(|SETTING_' | sed 's/.*"\(.*\)".*/\1/' |
    sort -u)
for s in $settings; do
	verdict "campaign.conf(5) has $s" \
	    "$(grep -q "^\.It Cm $s\$" ctl/campaign.conf.5 || echo missing)"
done
# A rule of lint, how grave it is, and its reason.
rules=$(sed -n '/^static const struct lint_rule rules/,/^};/p' ctl/lint_rules.c |
    tr '\n' ' ' | grep -oE '\{"[a-z-]+", LINT_[A-Z]+, *"[^"]*"\}')
verdict "lint has rules" "$([ -n "$rules" ] || echo none)"
for page in $(sed -n 's/^\.It Sy \([a-z-]*\) Pq .*/\1/p' ctl/nearpost-lint.7); do
	verdict "nearpost-lint(7) describes $page, a rule" "$(
	    printf '%s\n' "$rules" | grep -q "^{\"$page\"," || echo 'no rule')"
done
while IFS='"' read -r _ id severity reason _; do
	severity=$(printf '%s' "$severity" | tr -dc 'A-Z_')
	verdict "nearpost-lint(7) has $id, its severity and its reason" "$(
	    awk -v it=".It Sy $id Pq $(printf %s "${severity#LINT_}" |
	        tr A-Z a-z)" '/^\.(It|El)/ { in_it = $0 == it } in_it' \
	        ctl/nearpost-lint.7 |
	    grep -qxF -- "$reason." || echo "no $id (${severity#LINT_}) $reason")"
done <<< "$rules"
# nearpost-formats(5): what the code writes, and nothing else.
formats=ctl/nearpost-formats.5
part() {
	sed -n "/^\.Ss $1/,/^\.Ss/p" $formats
}
verdict "nearpost-formats(5) has the ticket's tags in their order" "$(
    diff <(sed -n 's/.*tag_letters\[\] = "\([a-z]*\)".*/\1/p' lib/mail/ticket.c) \
        <(part 'The ticket' | sed -n 's/^\.It Li \([a-z]\)$/\1/p' | tr -d '\n'
          echo))"
verdict "nearpost-formats(5) has the parts of an event" "$(
    diff <({
		sed -n '/^} fields\[\] = {/,/^};/p' lib/fleet/delivery.c |
		    grep -oE '\(("?)[a-z_]+' | tr -d '("'
		printf '%s\n' status conn_use
	} | sort) <(part 'Reports of the agents' | grep '^\.It Li' |
        sed 's/^\.It Li//; s/,//g' | tr -s ' ' '\n' | grep . | sort))"
verdict "nearpost-formats(5) has the words of a journal" "$(
    diff <(grep -oE '"(try|done|refused|later|[a-z]+) ?"' ctl/journal.c |
        tr -d '" ' | sort -u) \
        <(part 'The journal' | sed -n 's/^\.It Li \([a-z]*\) Ar.*/\1/p' | sort))"
for word in $(grep -ohE 'policy_add(_str|f)?\(out, "[a-z_]+"' milter/choice.c \
    policyd/job_answer.c | sed 's/.*"\([a-z_]*\)"/\1/' | sort -u); do
	case $word in
	# Of nearpost_explain alone.
	recipient | listed | suppressed | site) continue ;;
	esac
	verdict "nearpost-formats(5) has $word" "$(part 'Questions to policyd' |
	    grep -qE "(^| )(\.Li )?$word(=| |$)" || echo missing)"
done
for table in $(sed -n '/NULL/!s/.*{"\([a-z_]*\)", print_.*/\1/p' ctl/print.c); do
	verdict "nearpost-formats(5) has the table $table" "$(
	    grep -q "^\.It Pa .*$table" $formats || echo missing)"
done
# nearpost-redis(7): keys and fields, as the code spells them and as the page
# lists them; what stands in both is not enough to be true, so tests/live/redis.py
# looks at a real Redis as well.
keyed='lib/fleet/schema*.c lib/fleet/drain.c lib/fleet/shared.c'
in_code=$({
	grep -ohE '"[a-z][a-z0-9_]+"' $keyed
	grep -ohE 'orders_new\(p, "[a-z]+"' policyd/*.c
	grep -ohE 'lines_add\(s->lines, "[a-z]+"' policyd/share.c
	grep -ohE '"%s[a-z_]+' $keyed lib/fleet/erase.c | sed 's/%s//'
	grep -ohE '";[a-z_]+=' lib/fleet/shared.c | sed 's/[;=]//g'
} | sed -E 's/.*"([a-z0-9_]+)"?$/\1/' | sort -u)
in_page=$(sed -n '/^\.Sh DESCRIPTION/,/^\.Sh OPERATION/p' policyd/nearpost-redis.7 |
    grep '^\.It' | sed -E 's/ Ar [^N]* Ns//g; s/ Ar .*$//; s/nearpost://' |
    grep -oE '[a-z][a-z0-9_]+' | sort -u)
for word in $in_code; do
	verdict "nearpost-redis(7) has $word" \
	    "$(grep -qx "$word" <<<"$in_page" || echo missing)"
done
for word in $in_page; do
	verdict "the code has $word of nearpost-redis(7)" \
	    "$(grep -qx "$word" <<<"$in_code" || echo "not there")"
done
done_testing
