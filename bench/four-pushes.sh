#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Four pushes into a repository of 1,000,000 objects and 100,000 packed refs:
# an update, a branch at a tip, a branch off an old commit, and a rebase. Each
# is the hook alone, as receive-pack starts it. The first two are compared
# with the same push into a small repository, the other two with what git
# itself takes to list the new commits, plus that.
#
#   SL_BENCH_REPOSITORY=FOLDER  keep the large repository there and use it again
#   SL_BENCH_RUNS=N             samples per push, of which the median counts
set -eu
. "${SL_SRCDIR:?is set by make bench}/bench/lib.sh"

runs=${SL_BENCH_RUNS:-15}
big=${SL_BENCH_REPOSITORY:-$work/big.git}
hook="$SL_BUILDDIR/sluice-hook"
if [ -x "$hook" ]; then
	measured="$hook pre-receive"
else
	measured="$bench/changes"
	echo "sluice-hook is not built: only the search for new commits is measured"
fi

[ -d "$big" ] || {
	echo "making a repository of 1,000,000 objects (a minute or two)"
	sh "$SL_SRCDIR/bench/make-repository.sh" "$big"
}
small_repository="$work/small.git"
sh "$SL_SRCDIR/bench/make-repository.sh" "$small_repository" 2 1

# time_push REPOSITORY OBJECTS LINE COMMAND...: sets wall (us) and rss
# (KiB).
time_push() {
	at=$1 pushed=$2
	printf '%s\n' "$3" >"$work/input"
	shift 3
	# shellcheck disable=SC2046
	set -- $(quarantine "$at" "$pushed" \
		"$bench/measure" "$runs" "$work/input" "$@")
	wall=$1 rss=$3
}

# git_lists NEW: sets wall to what `git rev-list NEW --not --all` takes.
git_lists() {
	time_push "$big" "$objects" '' git rev-list "$1" --not --all
}

for repository in "$small_repository" "$big"; do
	site "$repository"
done
base=$(git -C "$small_repository" rev-parse refs/heads/main)
new=$(five_files "$small_repository" "$work/small-objects" "$base" small)

printf '\n%s\n' "Four pushes: wall time of $measured, median of $runs"
# Each pair is measured together: the machine may be busier a moment later.
small_update() {
	# shellcheck disable=SC2086
	time_push "$small_repository" "$work/small-objects" \
		"$base $new refs/heads/main" $measured
	small=$wall
}
main=$(git -C "$big" rev-parse refs/heads/main)
old=$(git -C "$big" rev-parse refs/heads/main~100001)
objects="$work/big-objects"
update=$(five_files "$big" "$objects" "$main" update)
off_old=$(five_files "$big" "$objects" "$old" old)
topic_tip=$(git -C "$big" rev-parse refs/heads/topic/050000)
# A branch of the repository's own, made on main~20 and moved to main~7.
topic=refs/heads/feature/rebased
before=$(five_files "$big" "$big/objects" "$main~20" before)
git -C "$big" update-ref "$topic" "$before"
rebased=$(five_files "$big" "$objects" "$main~7" after)

# shellcheck disable=SC2086
{
	small_update
	time_push "$big" "$objects" "$main $update refs/heads/main" $measured
	printf 'update: %d us, %d KiB; small repository: %d us\n' "$wall" \
		"$rss" "$small"
	row 'update: against the small repository' \
		"$(ratio "$wall" "$small")" 2 x

	time_push "$small_repository" "$work/small-objects" \
		"$zero $base refs/heads/feature/x" $measured
	small=$wall
	time_push "$big" "$objects" "$zero $topic_tip refs/heads/feature/x" \
		$measured
	printf 'create at a tip: %d us, %d KiB; small repository: %d us\n' \
		"$wall" "$rss" "$small"
	row 'create at a tip: against the small repository' \
		"$(ratio "$wall" "$small")" 2 x

	small_update
	git_lists "$off_old"
	listed=$wall
	time_push "$big" "$objects" "$zero $off_old refs/heads/feature/y" \
		$measured
	printf 'create off an old commit: %d us, %d KiB; git lists it in %d us\n' \
		"$wall" "$rss" "$listed"
	row 'create off an old commit: against git and update' \
		"$(ratio "$wall" $((listed + small)))" 1 x

	small_update
	git_lists "$rebased"
	listed=$wall
	time_push "$big" "$objects" "$before $rebased $topic" $measured
	printf 'rebase: %d us, %d KiB; git lists it in %d us\n' "$wall" "$rss" \
		"$listed"
	row 'rebase: against git and update' \
		"$(ratio "$wall" $((listed + small)))" 1 x
}
