# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# story: how the quickstart tells what it does, and counts what it expects.
# Sourced after setup.sh; $output names the file that holds what the last
# command said.

passed=0
failed=0
skipped=0
chapters=0
code=0

# chapter TITLE
chapter() {
	chapters=$((chapters + 1))
	printf '\n%s%d. %s%s\n' "${bold?}" "$chapters" "$1" "${plain?}"
}

# tell TEXT...: prose, one argument a line.
tell() {
	printf '   %s\n' "$@"
}

# quote FILE [LINES]: what a program said, or the first lines of it.
quote() {
	head -n "${2:-60}" "$1" | sed "s/^/   ${dim?}|${plain?} /; s/ *\$//"
	[ "$(wc -l <"$1")" -le "${2:-60}" ] ||
		printf '   %s|%s ... %d lines in all\n' "$dim" "$plain" \
			"$(wc -l <"$1")"
}

mark() {
	printf '   %s%s%s  %s\n' "$1" "$2" "${plain?}" "$3"
}

# as_typed WORD...: the words as a shell would take them.
as_typed() {
	line=
	for word; do
		case $word in
		'' | *[!a-zA-Z0-9_./:@=+,-]*) word="'$word'" ;;
		esac
		line="$line${line:+ }$word"
	done
	printf '%s\n' "$line"
}

# show COMMAND...: print the command, run it, print what it says. The exit
# code stays in $code, the text in $output.
show() {
	show_first 60 "$@"
}

# show_first LINES COMMAND...: as show, where the command says much.
show_first() {
	lines=$1
	shift
	printf '   %s$ %s%s\n' "${bold?}" "$(as_typed "$@")" "${plain?}"
	"$@" >"${output:?}" 2>&1 </dev/null
	code=$?
	quote "$output" "$lines"
}

# push_as PERSON REF: as show. The server's front end would say who pushes.
push_as() {
	printf '   %s$ git push origin %s%s\n' "${bold?}" "$2" "${plain?}"
	SLUICE_PUSHER=$1 git push origin "$2" >"${output:?}" 2>&1 </dev/null
	code=$?
	quote "$output"
}

ended_with() {
	[ "$code" -eq "$1" ]
}

said() {
	grep -qF -e "$1" "${output:?}"
}

said_not() {
	! grep -qF -e "$1" "${output:?}"
}

refuses() {
	! "$@"
}

# judge WHAT COMMAND...: count whether the command holds. What it prints is
# shown only if it does not.
judge() {
	what=$1
	shift
	if "$@" >"${scratch:?}/log/judged" 2>&1; then
		passed=$((passed + 1))
		mark "${green?}" ok "$what"
	else
		failed=$((failed + 1))
		mark "${red?}" NO "$what"
		quote "$scratch/log/judged"
		return 1
	fi
}

# expect WHAT COMMAND...: judge, and go on.
expect() {
	judge "$@" || :
}

# must WHAT COMMAND...: judge; what follows makes no sense without it.
must() {
	judge "$@" && return
	printf '\nStopped here: the rest of the story needs this.\n'
	printf 'Logs are in %s\n' "$scratch/log"
	skipped=$((skipped + 1))
	printf 'skipped: the rest of the story\n'
	finish
}

# finish: the last line, and the exit code.
finish() {
	printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" \
		"$skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}
