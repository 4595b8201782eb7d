#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `sluice run --no-wait` against boto3. The project is the training template,
# the endpoint the strict stand-in for AWS on loopback. What sluice asks of it
# is recorded once; the script makes exactly those calls with the same bodies
# and does nothing else, while sluice also reads the repository, judges the
# commit, packs the archive and writes the manifest. Both begin with an empty
# account each time. What the stand-in itself needs is the same for both and
# is in both wall times.
#
#   SL_BENCH_RUNS=N  pairs, of which the medians count
#   SL_PYTHON=FILE   a Python that has boto3
set -eu
. "${SL_SRCDIR:?is set by make bench}/bench/lib.sh"

runs=${SL_BENCH_RUNS:-15}
[ -x "$SL_BUILDDIR/sluice" ] || {
	echo "sluice is not built: it is not compared with boto3"
	exit 0
}
# The program itself: a version manager's shim would count as boto3's time.
python=$("${SL_PYTHON:-python3}" -c 'import sys, boto3
print(sys.executable)' 2>/dev/null) || {
	echo "python3 has no boto3: sluice is not compared with it; set SL_PYTHON"
	exit 0
}
for name in $(env | sed -n 's/^\(AWS_[A-Z_0-9]*\|CI_[A-Z_0-9]*\|[a-z]*_proxy\|[A-Z]*_PROXY\)=.*/\1/p'); do
	unset "$name"
done
export AWS_ACCESS_KEY_ID=AKIAFAKE AWS_SECRET_ACCESS_KEY=fake-secret \
	AWS_EC2_METADATA_DISABLED=true

"$python" "$SL_SRCDIR/bench/recording_aws.py" "$SL_SRCDIR/tests/fake" \
	>"$work/url" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
tries=100
until [ -s "$work/url" ]; do
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || exit 1
	sleep 0.1
done
url=$(cat "$work/url")
region=eu-west-1

# control WHAT [JSON]: tell or ask the stand-in; its answer goes to output.
control() {
	"$python" -c 'import sys, urllib.request as u
data = sys.argv[3].encode() if len(sys.argv) > 3 else None
sys.stdout.buffer.write(u.urlopen(sys.argv[1] + "/_control/" + sys.argv[2],
    data).read())' "$url" "$@"
}

# --- a site, and a clone of a project that trains there ---

clone="$work/clone"
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
environments:
  dev:
    account: '111111111111'
    region: $region
    bucket: bench
    role: 'arn:aws:iam::111111111111:role/sluice'
    pipeline-role: 'arn:aws:iam::111111111111:role/pipelines'
    endpoints: {sagemaker: '$url', s3: '$url', sts: '$url'}
flows:
  - { ref: 'refs/heads/main', environment: dev, action: train, trigger: ci, names: main }
SITE
git init -q --bare "$work/server.git"
cp -R "$SL_SRCDIR/templates/training" "$clone"
git init -q "$clone"
git -C "$clone" add -A
git -C "$clone" commit -q -m 'Train on the time zones'
git -C "$clone" remote add origin "$work/server.git"
git -C "$clone" push -q origin main

# --- one pair after the other ---

: >"$work/none"
: >"$work/samples"

run_sluice() {
	"$@" "$SL_BUILDDIR/sluice" run main --no-wait -C "$clone" \
		--site "$work/site.yaml"
}
run_boto3() {
	"$@" "$python" "$SL_SRCDIR/bench/boto3_calls.py" "$work/calls" \
		"$url" "$region"
}

# sample WHO: one line of wall, cpu, rss, and what the stand-in took.
sample() {
	control begin '{}' >/dev/null
	set -- "$1" "$("run_$1" "$bench/measure" 1 "$work/none")"
	control recorded >"$work/made"
	printf '%s %s %s\n' "$1" "$2" "$("$python" -c 'import json, sys
print(json.load(open(sys.argv[1]))["busy_us"])' "$work/made")" \
		>>"$work/samples"
}

# same_calls: what was made is what was recorded, answers included.
same_calls() {
	"$python" -c 'import json, sys
made, wanted = (json.load(open(path))["calls"] for path in sys.argv[1:])
sys.exit(made != wanted)' "$work/made" "$work/calls"
}

control begin '{}' >/dev/null
run_sluice env >"$work/output" 2>&1 || {
	cat "$work/output"
	exit 1
}
control recorded >"$work/calls"
n=0
while [ "$n" -lt "$runs" ]; do
	n=$((n + 1))
	sample sluice
	# What differs between two runs, times and ids, is of this one.
	cp "$work/made" "$work/calls"
	sample boto3
	same_calls || {
		echo 'boto3 did not make the calls that sluice made'
		exit 1
	}
done

# median WHO COLUMN
median() {
	awk -v who="$1" -v column="$2" '$1 == who { print $column }' \
		"$work/samples" | sort -n | awk '
		{ value[NR] = $1 }
		END { print value[int((NR + 1) / 2)] }'
}

printf '\n%s\n' "run --no-wait against boto3, medians of $runs pairs"
"$python" -c 'import collections, json, sys
calls = json.load(open(sys.argv[1]))["calls"]
print(len(calls), "calls:", ", ".join(f"{n} {operation}" for operation, n in
      collections.Counter(c["operation"] for c in calls).items()))' \
	"$work/calls" | fold -s -w 78
for who in sluice boto3; do
	printf '%s: wall %d us, cpu %d us, %d KiB; the endpoint took %d us\n' \
		"$who" "$(median "$who" 2)" "$(median "$who" 3)" \
		"$(median "$who" 4)" "$(median "$who" 5)"
done
row 'boto3 against sluice: user and system time' \
	"$(ratio "$(median boto3 3)" "$(median sluice 3)")" 15 x least
row 'boto3 against sluice: wall time' \
	"$(ratio "$(median boto3 2)" "$(median sluice 2)")" 8 x least
row 'boto3 against sluice: memory' \
	"$(ratio "$(median boto3 4)" "$(median sluice 4)")" 3 x least
