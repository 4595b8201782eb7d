# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# tally: run steps and suites, and count. Sourced after setup.sh; $logs names
# the folder of the logs.

passed=0
failed=0
skipped=0
steps=0
: "${bold?}" "${dim?}" "${green?}" "${red?}" "${plain?}" "${jobs?}" "${logs?}"

section() {
	printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}

# log_tail FILE: what went wrong, most likely.
log_tail() {
	tail -n 25 "$1" | sed "s/^/      $dim|$plain /"
	printf '      %s\n' "$1"
}

pass() {
	passed=$((passed + 1))
	printf '   %sok%s  %s\n' "$green" "$plain" "$1"
}

# fail WHAT LOG
fail() {
	failed=$((failed + 1))
	printf '   %sNO%s  %s\n' "$red" "$plain" "$1"
	log_tail "$2"
	printf '%s\n' "$1" >>"$logs/failed"
}

# new_log: sets $log.
new_log() {
	steps=$((steps + 1))
	log=$logs/$(printf '%02d' "$steps").log
}

# step WHAT COMMAND...: one thing that must succeed.
step() {
	what=$1
	shift
	new_log
	if ("$@") >"$log" 2>&1 </dev/null; then
		pass "$what"
	else
		fail "$what" "$log"
		return 1
	fi
}

# must_step WHAT COMMAND...: as step; nothing else makes sense without it.
must_step() {
	step "$@" || summary
}

# results KIND DIR: one line for each of automake's results of that kind.
results() {
	find "$2/tests" -name '*.trs' -exec grep -h "^:test-result: \($1\)" {} +
}

# named KIND DIR: the same results by name, as the logs have them.
named() {
	(cd "$2" && find tests -name '*.log' | sort | while read -r file; do
		sed -n "s/^\($1\): //p" "$file"
	done)
}

# complaints FILE: each failed test and the first of what it said.
complaints() {
	awk '/^not ok|^ERROR: / { print; left = 10; next }
		/^#/ { if (left-- > 0) print; next }
		!/^FAIL: / { left = 0 }' "$1" | head -n 60 |
		sed "s/^/      $dim|$plain /"
	printf '      %s\n' "$1"
}

# suite WHAT DIR TARGET...: make's test targets; every TAP line counts.
suite() {
	what=$1
	dir=$2
	shift 2
	new_log
	find "$dir/tests" \( -name '*.trs' -o -name '*.log' \) \
		-exec rm -f {} + 2>/dev/null
	begin=$(date +%s)
	make -C "$dir" -j"$jobs" -k "$@" >"$log" 2>&1 </dev/null
	made=$?
	ok=$(results 'PASS\|XFAIL' "$dir" | wc -l)
	passed=$((passed + ok))
	named SKIP "$dir" >"$logs/skips"
	skipped=$((skipped + $(results SKIP "$dir" | wc -l)))
	cat "$logs/skips" >>"$logs/skipped"
	named 'FAIL\|ERROR\|XPASS' "$dir" >"$logs/fails"
	bad=$(results 'FAIL\|ERROR\|XPASS' "$dir" | wc -l)
	if [ "$bad" -gt 0 ]; then
		failed=$((failed + bad))
		sed "s/^/   ${red}NO$plain  /" "$logs/fails"
		cat "$logs/fails" >>"$logs/failed"
		sed 's/\(\.sh\)\{0,1\} .*//' "$logs/fails" | uniq |
			while read -r program; do
				complaints "$dir/$program.log"
			done
	elif [ "$made" -ne 0 ]; then
		fail "$what: make failed" "$log"
	elif [ "$ok" -eq 0 ]; then
		fail "$what: no test ran" "$log"
	else
		printf '   %sok%s  %s: %d tests, %d s\n' "$green" "$plain" \
			"$what" "$ok" $(($(date +%s) - begin))
	fi
}

# told WHAT COMMAND...: a script that ends with a line of counts itself.
told() {
	what=$1
	shift
	new_log
	"$@" >"$log" 2>&1 </dev/null
	ended=$?
	# shellcheck disable=SC2046 # three words
	set -- $(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log")
	passed=$((passed + ${1:-0}))
	skipped=$((skipped + ${3:-0}))
	[ "${3:-0}" -eq 0 ] || grep '^skipped: ' "$log" |
		sed "s|^skipped|$what|" >>"$logs/skipped"
	if [ "$ended" -eq 0 ] && [ "${2:-1}" -eq 0 ]; then
		printf '   %sok%s  %s: %d checks\n' "$green" "$plain" "$what" "$1"
	else
		fail "$what" "$log"
		failed=$((failed + ${2:-1} - 1))
	fi
}

# summary: what was skipped and what failed, then the counts. Ends the script.
summary() {
	printf '\n'
	[ ! -s "$logs/skipped" ] || sed 's/^/skipped: /' "$logs/skipped"
	[ ! -s "$logs/failed" ] || sed 's/^/failed: /' "$logs/failed"
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" \
		"$skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}
