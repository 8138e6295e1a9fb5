# parts.sh - start, watch and stop the processes of ./start (sourced by it).
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A part is a child of the script, in its process group, with a log of its
# own in $dir/log.  It dies with the script, even when that is killed.
# shellcheck shell=bash disable=SC2154

declare -A pid=() born=() deaths=()
child='' ready='' is_stale=''

# Words to put before a command: run it as the user of a part, with a clean
# environment, and never outlive this script.  Sets $as.
as() {
	local ids=() keep=() name
	if ((EUID == 0)); then
		case $1 in
		web) ids=(--reuid=www-data --regid=www-data
		    --groups="$(id -g mpanel)") ;;
		*) ids=(--reuid="$1" --regid="$1" --init-groups) ;;
		esac
	fi
	for name in ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS; do
		[ -z "${!name:-}" ] || keep+=("$name=${!name}")
	done
	as=(setpriv "${ids[@]}" --no-new-privs --pdeathsig TERM -- env -i
	    PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$dir" LC_ALL=C.UTF-8
	    TZ=UTC "${keep[@]}")
}

# A step that may take long, so that a signal need not wait for it.
patiently() {
	"$@" 9>&- &
	child=$!
	wait "$child" || {
		child=''
		return 1
	}
	child=''
}

# End what a part that was killed has left behind: its working directory tells.
# (The workers of a dead nginx would keep the port for ever.)
sweep() {
	local link
	while read -r link; do
		link=${link#/proc/}
		kill -KILL "${link%/cwd}" 2>/dev/null || :
	done < <(find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$1" \
	    2>/dev/null)
}

# Start a part, $2 seconds from now; its output is its log.  The script says by
# part_command how: it sets $as and $argv, and may set $home, a working
# directory that no other part has.
launch() {
	local part=$1 delay=${2:-0} argv home=''
	part_command "$part"
	[ -z "$home" ] || sweep "$home"
	(
		cd "${home:-$dir}" || exit
		((delay == 0)) || setpriv --pdeathsig KILL sleep "$delay"
		exec "${as[@]}" "${argv[@]}" 9>&- </dev/null \
		    >>"$dir/log/$part.log" 2>&1
	) &
	pid[$part]=$!
	born[$part]=$((SECONDS + delay))
}

# Start again what has died: at once, and ever later if it keeps dying.
reap() {
	local part changed=''
	for part in "${!pid[@]}"; do
		kill -0 "${pid[$part]}" 2>/dev/null && continue
		((SECONDS - born[$part] < 5)) || deaths[$part]=0
		deaths[$part]=$((${deaths[$part]:-0} + 1))
		if [ -z "$ready" ] && ((deaths[$part] > 4)); then
			tail -n 5 "$dir/log/$part.log" >&2
			fail "$part does not start"
		fi
		say "$part has died and is started again"
		launch "$part" $((deaths[$part] > 1 ? deaths[$part] > 5 ? 5 :
		    deaths[$part] - 1 : 0))
		changed=yes
	done
	[ -z "$changed" ] || is_stale=yes
	# On a full disk it is tried again, every time that we look.
	[ -z "$is_stale" ] || [ -z "$ready" ] || ! write_ready || is_stale=''
}

# await SECONDS WHAT COMMAND...: until the command says yes.
await() {
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || fail "$what takes too long; see $dir/log"
		reap
		sleep 0.05
	done
}

gone() {
	local part
	for part in "$@"; do
		[ -z "${pid[$part]:-}" ] ||
		    ! kill -0 "${pid[$part]}" 2>/dev/null || return 1
	done
}
end_by() {
	local signal=$1 part
	shift
	for part in "$@"; do
		[ -z "${pid[$part]:-}" ] ||
		    kill -"$signal" "${pid[$part]}" 2>/dev/null || :
	done
}
patience() {
	local tenths=$1
	shift
	while ! gone "$@" && ((tenths-- > 0)); do
		sleep 0.1
	done
}
# Everything that asks the database first, then the database.
stop() {
	trap '' INT TERM
	trap - EXIT
	[ -z "${dir:-}" ] || rm -f "$dir/ready.json"
	[ -z "$child" ] || kill "$child" 2>/dev/null || :
	end_by TERM nginx master work agent
	patience 35 nginx master work agent
	end_by KILL nginx master work agent
	end_by INT postgres
	patience 8 postgres
	end_by QUIT postgres
	patience 3 postgres
	[ -z "$ready" ] || say "stopped"
	exit "$1"
}
