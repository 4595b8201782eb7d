#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What pre-receive costs for one commit with five files and the training pack,
# against an empty program with the same shared libraries that starts libgit2.
#
#   SL_BENCH_RUNS=N  samples, of which the median counts
set -eu
. "${SL_SRCDIR:?is set by make bench}/bench/lib.sh"

runs=${SL_BENCH_RUNS:-51}
hook="$SL_BUILDDIR/sluice-hook"
[ -x "$hook" ] || {
	echo "sluice-hook is not built: its cost is not measured"
	exit 0
}
repository="$work/repository.git"
sh "$SL_SRCDIR/bench/make-repository.sh" "$repository" 20 1
site "$repository"
base=$(git -C "$repository" rev-parse refs/heads/main)
new=$(five_files "$repository" "$work/objects" "$base" five)
printf '%s %s refs/heads/main\n' "$base" "$new" >"$work/input"

# sample COMMAND...: sets wall, cpu (us) and rss (KiB).
sample() {
	# shellcheck disable=SC2046
	set -- $(quarantine "$repository" "$work/objects" \
		"$bench/measure" "$runs" "$work/input" "$@")
	wall=$1 cpu=$2 rss=$3
}

printf '\n%s\n' "pre-receive for one commit with five files, median of $runs"
sample "$bench/floor"
floor_wall=$wall floor_cpu=$cpu
printf 'floor: wall %d us, cpu %d us, %d KiB\n' "$wall" "$cpu" "$rss"
sample git --version
git_wall=$wall
sample "$bench/changes"
printf 'only the changes: wall %d us, cpu %d us, %d KiB\n' "$wall" "$cpu" \
	"$rss"
sample "$hook" pre-receive
printf 'pre-receive: wall %d us, cpu %d us, %d KiB\n' "$wall" "$cpu" "$rss"
row 'wall time against the floor' "$(ratio "$wall" "$floor_wall")" 2 x
row 'user and system time against the floor' \
	"$(ratio "$cpu" "$floor_cpu")" 2 x
printf 'as a multiple of git --version: %.1f\n' \
	"$(ratio "$wall" "$git_wall")"
