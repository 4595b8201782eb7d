#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Searching all blobs of a repository for several hundred patterns: those of
# gitleaks, taken from its Go module and not kept. How fast one pass and its
# windows are, by literals and by a database, against what git takes to read the
# blobs and against a search of each whole blob for each pattern; that search
# also says whether the matches are the same. One thread, CPU time; the blobs
# are in memory before sluice is timed.
#
#   SL_BENCH_REPOSITORY=FOLDER  that one; else one of SL_BENCH_BLOBS (3000)
#                               generated blobs
#   SL_BENCH_PATTERNS=FILE      other patterns, one on each line
#   SL_BENCH_WHOLE=BYTES        of blobs that are searched whole [524288]
#   SL_PYTHON=FILE              the Python that makes the blobs
set -eu
. "${SL_SRCDIR:?is set by make bench}/bench/lib.sh"

python=${SL_PYTHON:-python3}
patterns=${SL_BENCH_PATTERNS:-$work/patterns}

# The regular expressions of a gitleaks.toml, as they are imported, one on each
# line.
expressions() {
	"$SL_BUILDDIR/sluice" policy import "$1" 2>/dev/null |
		sed -n "s/^    match: '\(.*\)'\$/\1/p" | sed "s/''/'/g"
}

skip() {
	echo "history scan: left out: $1"
	exit 0
}

if [ -z "${SL_BENCH_PATTERNS-}" ]; then
	command -v go >/dev/null || skip 'there is no go to get patterns with'
	leaks=$("$SL_SRCDIR/scripts/gitleaks-config" "$work/go") ||
		skip 'the Go module of gitleaks cannot be had'
	expressions "$leaks" >"$patterns"
fi
repository=${SL_BENCH_REPOSITORY:-$work/blobs.git}
[ -d "$repository" ] || {
	git init -q --bare "$repository"
	"$python" "$SL_SRCDIR/bench/make-blobs.py" "${SL_BENCH_BLOBS:-3000}" |
		git -C "$repository" fast-import --quiet
}

git -C "$repository" cat-file --batch-all-objects --unordered --batch \
	--buffer >"$work/stream"
# shellcheck disable=SC2046
set -- $("$bench/measure" 3 /dev/null git -C "$repository" cat-file \
	--batch-all-objects --unordered --batch --buffer)
read_us=$2
"$bench/scan" "$patterns" "${SL_BENCH_WHOLE:-524288}" "$work/scan" \
	<"$work/stream" >"$work/out" || {
	cat "$work/out"
	echo 'history scan: the matches differ'
	exit 1
}
count=$(wc -l <"$patterns")
printf '\nHistory scan, %s patterns, CPU time of one thread\n' "$count"
sed 's/^/  /' "$work/out"
sed -n 's/^scan: \([A-Za-z]*\).* in \([0-9]*\) ms.*/\1 \2/p' "$work/out" |
	while read -r engine scan_ms; do
		row "$engine beside what git takes to read" \
			"$(ratio "$((scan_ms * 1000))" "$read_us")" 1.0 x
	done
