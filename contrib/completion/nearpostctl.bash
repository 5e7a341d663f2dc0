# bash completion for nearpostctl(1).  To be put as "nearpostctl" into
# /usr/share/bash-completion/completions, or sourced.
#
# Verbs are asked from nearpostctl itself; gateways and campaigns from policyd,
# which is given two seconds.

# The words in front of the verb: -c FILE counts for what is asked, too.
_nearpostctl_ask()
{
	local tool=${COMP_WORDS[0]} i conf=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -c ]] && conf=(-c "${COMP_WORDS[i + 1]}")
	done
	timeout 2 "${tool/#\~/$HOME}" "${conf[@]}" "$@" 2>/dev/null
}

_nearpostctl_verbs()
{
	_nearpostctl_ask --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'
}

# The first column of a table, below its head; indented lines explain one.
_nearpostctl_column()
{
	_nearpostctl_ask "$@" | sed -n '1d; s/^\([A-Za-z0-9][^ ]*\) .*/\1/p'
}

_nearpostctl_words()
{
	local IFS=$' \t\n'
	COMPREPLY=($(compgen -W "$*" -- "$cur"))
}

_nearpostctl_files()
{
	compopt -o filenames 2>/dev/null
	COMPREPLY=($(compgen -f -- "$cur"))
}

# What stands behind an option that takes a word.  Fails for others.
_nearpostctl_value()
{
	case $prev in
	-c | --refused | --postfix | --assets | --dir | --out | --key | --keys | -o)
		_nearpostctl_files ;;
	--campaign) _nearpostctl_words "$(_nearpostctl_column campaigns)" ;;
	--gateway) _nearpostctl_words "$(_nearpostctl_column gateways)" ;;
	--for) _nearpostctl_words 30m 2h 1d ;;
	--rate) _nearpostctl_words 10/s 600/m 5000/h ;;
	-n | --at | --creative | --every | --from | --from-line | --probe-mx | \
	--reason | --recipient | --to | --site | --where)
		COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

_nearpostctl_options()
{
	case $1 in
	assets) echo --json --key --keys ;;
	audience) echo --where --json --assets ;;
	campaigns | explain | gateways | sites | status | why) echo --json ;;
	cancel | pause) echo --reason ;;
	doctor) echo --postfix --sendmail --probe-mx --json ;;
	drain) echo --for --reason ;;
	erase) echo --dry-run --json ;;
	events) echo --follow -n --campaign --recipient --gateway --site --json ;;
	lint) echo --assets --strict --json ;;
	preview) echo --to --creative --eml --html --png -o ;;
	recipients) echo --refused --from-line --json ;;
	send) echo --where --from --creative --again --retry-uncertain \
	    --retry-refused --at --rate --dry-run --json ;;
	suppress) echo --reason --refused --from-line --json ;;
	top) echo --once --every ;;
	esac
	echo --help
}

# The verb's own words: $1 the verb, $2 what stands behind it, $3 how many words.
_nearpostctl_argument()
{
	case "$1 $2" in
	"gateways drain" | "gateways resume")
		(($3 == 2)) && _nearpostctl_words "$(_nearpostctl_column gateways)"
		return ;;
	"campaigns pause" | "campaigns cancel" | "campaigns resume")
		(($3 == 2)) && _nearpostctl_words "$(_nearpostctl_column campaigns)"
		return ;;
	"recipients import" | "recipients export" | "suppress import" | \
	"assets "?*)
		_nearpostctl_files
		return ;;
	esac
	case $1 in
	explain) (($3 == 2)) &&
	    _nearpostctl_words "$(_nearpostctl_column campaigns)" ;;
	esac
	(($3 == 1)) || return
	case $1 in
	assets) _nearpostctl_words build sign verify diff status ;;
	audience | cancel | lint | pause | preview | send)
		_nearpostctl_words "$(_nearpostctl_column campaigns)" ;;
	campaigns) _nearpostctl_words pause cancel resume ;;
	drain) _nearpostctl_words "$(_nearpostctl_column gateways)" ;;
	gateways) _nearpostctl_words drain resume ;;
	keys) _nearpostctl_words init next host show ;;
	print) _nearpostctl_words main master transport stub_checks \
	    recipient_access reply_filter received_checks tables ;;
	recipients) _nearpostctl_words import export show delete ;;
	resume) _nearpostctl_words "$(_nearpostctl_column gateways)" \
	    "$(_nearpostctl_column campaigns)" ;;
	suppress) _nearpostctl_words add remove list import export ;;
	esac
}

_nearpostctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local i verb='' at=0
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c) ((i++)) ;;
		-*) ;;
		*) verb=${COMP_WORDS[i]} at=$i; break ;;
		esac
	done
	_nearpostctl_value && return
	if [[ -z $verb ]]; then
		if [[ $cur == -* ]]; then
			_nearpostctl_words -c -h -v -V --help --version
		else
			_nearpostctl_words "$(_nearpostctl_verbs)"
		fi
	elif [[ $cur == -* ]]; then
		_nearpostctl_words "$(_nearpostctl_options "$verb")"
	else
		_nearpostctl_argument "$verb" "${COMP_WORDS[at + 1]}" \
		    $((COMP_CWORD - at))
	fi
}
complete -F _nearpostctl nearpostctl
