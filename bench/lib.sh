# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# lib: what the benchmarks share. Everything happens in $work, which goes.

: "${SL_SRCDIR:?is set by make bench}" "${SL_BUILDDIR:?is set by make bench}"

for name in $(env | sed -n 's/^\(GIT_[A-Z_0-9]*\|SLUICE_[A-Z_]*\)=.*/\1/p'); do
	unset "$name"
done
work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-bench-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
HOME="$work/home"
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME=Bench GIT_AUTHOR_EMAIL=bench@example.com
GIT_COMMITTER_NAME=Bench GIT_COMMITTER_EMAIL=bench@example.com
LC_ALL=C SLUICE_DATA="$SL_SRCDIR"
export HOME GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL \
	GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL LC_ALL SLUICE_DATA
mkdir -p "$HOME" || exit 1
git config --global init.defaultBranch main

# For the scripts that source this.
# shellcheck disable=SC2034
zero=0000000000000000000000000000000000000000 bench="$SL_BUILDDIR/bench"

# site REPOSITORY: a site with the training pack, only for this repository.
site() {
	mkdir -p "$work/state"
	cat >"$work/policy.yaml" <<-'POLICY'
	sluice: 1
	name: bench
	extends: ['sluice:mlops-training']
	POLICY
	cat >"$work/site.yaml" <<-SITE
	sluice: 1
	name: bench
	policy: policy.yaml
	state: $work/state
	budget: 60s
	worker: service
	environments:
	  dev:
	    account: '111111111111'
	    region: eu-west-1
	    bucket: bench
	    pipeline-role: 'arn:aws:iam::111111111111:role/pipelines'
	flows:
	  - { ref: 'refs/.+', environment: dev, action: none, trigger: hook }
	SITE
	git -C "$1" config sluice.site "$work/site.yaml"
}

# quarantine REPOSITORY OBJECTS COMMAND...: run as receive-pack runs a hook.
quarantine() {
	repository=$1 objects=$2
	shift 2
	(
		cd "$repository" || exit 1
		GIT_DIR=. GIT_OBJECT_DIRECTORY="$objects" \
			GIT_QUARANTINE_PATH="$objects" \
			GIT_ALTERNATE_OBJECT_DIRECTORIES="$repository/objects" \
			exec "$@"
	)
}

# five_files REPOSITORY OBJECTS PARENT TEXT: a commit with five changed files
# whose new objects lie in OBJECTS; prints its id.
five_files() {
	mkdir -p "$2"
	(
		cd "$1" || exit 1
		export GIT_DIR=. GIT_OBJECT_DIRECTORY="$2" \
			GIT_ALTERNATE_OBJECT_DIRECTORIES="$1/objects" \
			GIT_INDEX_FILE="$work/index"
		rm -f "$GIT_INDEX_FILE"
		git read-tree "$3"
		for n in 1 2 3 4 5; do
			blob=$(printf 'value,%s,%s\n' "$4" "$n" |
				git hash-object -w --stdin)
			git update-index --add --cacheinfo \
				"100644,$blob,data/new-$n.csv"
		done
		git commit-tree -p "$3" -m "Change five files: $4" \
			"$(git write-tree)"
	)
}

# row WHAT VALUE TARGET UNIT [least]: one line of the table, with the verdict;
# the value is to be at most the target, or at least.
row() {
	awk -v what="$1" -v value="$2" -v target="$3" -v unit="$4" \
		-v least="${5-}" 'BEGIN {
		met = least ? value + 0 >= target + 0 : value + 0 <= target + 0
		printf "%-44s %10.2f %-3s target %8.2f   %s\n", what, value, \
			unit, target, met ? "met" : "missed"
	}'
}

# ratio A B
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4f", a / (b > 0 ? b : 1) }'
}

first() { echo "$1"; }
second() { echo "$2"; }
