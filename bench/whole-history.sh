#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `sluice check --history` with the rules of gitleaks, taken from its Go module
# and not kept: wall time in two threads against what git takes to read all
# objects, and memory; gitleaks and betterleaks beside it where they can be
# had. Then a push of 1,000 commits with 50 MB, by the same rules.
#
#   SL_BENCH_REPOSITORY=FOLDER  that one; else one of SL_BENCH_BLOBS (50000)
#                               generated blobs
#   SL_BENCH_PEERS=no           without the other scanners
#   SL_PYTHON=FILE              a Python of 3.11 or later
set -eu
. "${SL_SRCDIR:?is set by make bench}/bench/lib.sh"

python=${SL_PYTHON:-python3}
sluice="$SL_BUILDDIR/sluice" hook="$SL_BUILDDIR/sluice-hook"
module=github.com/zricethezav/gitleaks/v8 version=v8.30.0

skip() {
	echo "whole history: left out: $1"
	exit 0
}

if [ ! -x "$sluice" ] || [ ! -x "$hook" ]; then
	skip 'sluice is not built'
fi
command -v go >/dev/null || skip 'there is no go to get rules with'
export GOMODCACHE="$work/go/cache" GOFLAGS=-modcacherw GOBIN="$work/go/bin" \
	GOCACHE="$work/go/build"
mkdir -p "$work/go"
(
	cd "$work/go"
	echo 'module bench' >go.mod
	go mod download "$module@$version"
) || skip "$module cannot be had"
config="$GOMODCACHE/$module@$version/config/gitleaks.toml"
# What could not be carried over makes it end with 1.
"$sluice" policy import "$config" >"$work/gitleaks.yaml" 2>/dev/null || :
[ -s "$work/gitleaks.yaml" ] || skip 'its rules cannot be imported'

repository=${SL_BENCH_REPOSITORY:-$work/blobs.git}
[ -d "$repository" ] || {
	git init -q --bare "$repository"
	"$python" "$SL_SRCDIR/bench/make-blobs.py" "${SL_BENCH_BLOBS:-50000}" |
		git -C "$repository" fast-import --quiet
	# All of them in one tree, so that other scanners see them too.
	git -C "$repository" cat-file --batch-all-objects \
		--batch-check='100644 blob %(objectname)	f-%(objectname).py' |
		git -C "$repository" mktree >"$work/tree"
	git -C "$repository" update-ref refs/heads/main "$(git \
		-C "$repository" commit-tree -m All "$(cat "$work/tree")")"
}

# sample COMMAND...: sets wall, cpu (us) and rss (KiB).
sample() {
	# shellcheck disable=SC2046
	set -- $(cd "$repository" && "$bench/measure" \
		"${SL_BENCH_RUNS:-3}" /dev/null "$@")
	wall=$1 cpu=$2 rss=$3
}

show() {
	printf '%s: wall %d ms, cpu %d ms, %d MiB\n' "$1" $((wall / 1000)) \
		$((cpu / 1000)) $((rss / 1024))
}

printf '\nWhole history, the rules of gitleaks\n'
sample git cat-file --batch-all-objects --unordered --batch --buffer
show 'git cat-file'
git_wall=$wall git_cpu=$cpu
for threads in 1 2; do
	sample "$sluice" check --history --threads="$threads" --ref main \
		--policy "$work/gitleaks.yaml"
	show "sluice, threads $threads"
done
row 'two threads against git cat-file, wall' \
	"$(ratio "$wall" "$git_wall")" 1 x
printf 'the same, cpu: %.2f\n' "$(ratio "$cpu" "$git_cpu")"
row 'memory' $((rss / 1024)) 256 MiB

peer() {
	name=$1 package=$2
	shift 2
	go install "$package" >/dev/null 2>&1 || {
		echo "$name: cannot be had"
		return 0
	}
	PATH="$GOBIN:$PATH"
	SL_BENCH_RUNS=1
	sample "$name" "$@" || return 0
	show "$name"
	row "$name takes as many times as long" \
		"$(ratio "$wall" "$sluice_wall")" 1 x least
}

sluice_wall=$wall
[ "${SL_BENCH_PEERS-}" = no ] || {
	peer gitleaks "$module@$version" git --no-banner -l error .
	peer betterleaks github.com/betterleaks/betterleaks@latest git \
		--no-banner -l error .
}

# --- a push of 1,000 commits with 50 MB ---

pushed="$work/pushed.git" objects="$work/objects"
git init -q --bare "$pushed"
git -C "$pushed" update-ref refs/heads/main "$(git -C "$pushed" \
	commit-tree -m First "$(git -C "$pushed" mktree </dev/null)")"
base=$(git -C "$pushed" rev-parse refs/heads/main)
site "$pushed"
cp "$work/gitleaks.yaml" "$work/policy.yaml"
mkdir -p "$objects/pack"
git init -q --bare "$work/from.git"
git -C "$pushed" push -q "$work/from.git" main
"$python" "$SL_SRCDIR/bench/make-blobs.py" 2000 >"$work/stream"
"$python" - "$work/stream" "$base" <<'PYTHON' |
import sys
data = open(sys.argv[1], "rb").read()
out = sys.stdout.buffer
at = count = size = 0
blobs = []
while at < len(data) and size < 50_000_000:
    end = data.index(b"\n", at + 5)
    length = int(data[at + 10:end])
    blobs.append(data[end + 1:end + 1 + length])
    size += length
    at = end + 1 + length + 1
for n in range(1000):
    out.write(b"commit refs/heads/main\ncommitter B <b@example.com> %d +0000\n"
              b"data 7\nChange.\n" % (1_700_000_000 + n))
    if n == 0:
        out.write(b"from %s\n" % sys.argv[2].encode())
    for k in range(n * len(blobs) // 1000, (n + 1) * len(blobs) // 1000):
        out.write(b"M 100644 inline f%d.py\ndata %d\n%s\n"
                  % (k, len(blobs[k]), blobs[k]))
PYTHON
	git -C "$work/from.git" fast-import --quiet --force
new=$(git -C "$work/from.git" rev-parse refs/heads/main)
git -C "$work/from.git" repack -adfq
cp "$work"/from.git/objects/pack/*.pack "$work"/from.git/objects/pack/*.idx \
	"$objects/pack/"
printf '%s %s refs/heads/main\n' "$base" "$new" >"$work/input"
# shellcheck disable=SC2046
set -- $(SL_BENCH_RUNS=1 quarantine "$pushed" "$objects" "$bench/measure" 1 \
	"$work/input" "$hook" pre-receive)
wall=$1 cpu=$2 rss=$3
show 'a push of 1,000 commits and 50 MB'
row 'that push, wall' "$(ratio "$wall" 1000000)" 4 s
# shellcheck disable=SC2046
set -- $(quarantine "$pushed" "$objects" "$bench/measure" 1 \
	"$work/input" "$hook" pre-receive)
wall=$1 cpu=$2 rss=$3
show 'the same push again'
