#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The AWS client against the strict stand-in of these tests: every signature
# is verified, S3's too, and faults are ordered.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"

python=${SL_PYTHON:-python3}
digest=sha256:$(printf fit | sha256sum | cut -c1-64)

# start_fake: start the stand-in; sets $fake_url. Ends with the test.
start_fake() {
	"$python" -B "$SL_SRCDIR/tests/fake/sluice_fake_aws.py" >fake.url &
	pids="$pids $!"
	wait_for 20 test -s fake.url
	fake_url=$(cat fake.url)
}

# control WHAT JSON: order something of the stand-in.
control() {
	"$python" -c 'import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], sys.argv[2].encode()).read())' \
		"$fake_url/_control/$1" "$2"
}

# calls OPERATION N: it was carried out N times.
calls() {
	"$python" -c 'import json, sys, urllib.request
rows = json.load(urllib.request.urlopen(sys.argv[1] + "/_control/calls"))
n = sum(row["operation"] == sys.argv[2] for row in rows)
print(n, "calls of", sys.argv[2])
sys.exit(n != int(sys.argv[3]))' "$fake_url" "$1" "$2"
}

fresh() {
	control reset '' &&
		control buckets '{"name": "dev-mlops", "account": "111111111111"}' &&
		control images "{\"account\": \"111111111111\", \"repository\":
			\"team/fit\", \"tag\": \"v1\", \"digest\": \"$digest\"}"
}

probe() {
	env AWS_ACCESS_KEY_ID=AKIAFAKE AWS_SECRET_ACCESS_KEY=fake-secret \
		AWS_REGION=eu-central-1 AWS_ENDPOINT_URL="$fake_url" \
		"$SL_BUILDDIR/tests/fake/aws_probe" \
		arn:aws:iam::111111111111:role/sluice quickstart dev-mlops \
		"$digest"
}

start_fake
check 'the stand-in takes orders' fresh
check 'every call of the client' probe
says_not 'SKIP'
check 'the execution was started once' calls StartPipelineExecution 1

check 'everything forgotten' fresh
check 'faults are ordered' control faults '[
	{"operation": "AssumeRole", "kind": "throttle"},
	{"operation": "PutObject", "kind": "drop-before"},
	{"operation": "HeadObject", "kind": "error"},
	{"operation": "GetObject", "kind": "slow", "seconds": 0.1},
	{"operation": "ListObjectsV2", "kind": "throttle"},
	{"operation": "DescribePipeline", "kind": "page"},
	{"operation": "DescribeModelPackage", "kind": "drop-after"},
	{"operation": "BatchGetImage", "kind": "throttle"},
	{"operation": "UpdateModelPackage", "kind": "expired"}]'
check 'every call of the client, through the faults' probe

check 'everything forgotten again' fresh
check 'an answer is lost' control faults \
	'[{"operation": "StartPipelineExecution", "kind": "drop-after"}]'
refuse 1 'a start whose answer is lost is not repeated' probe
says 'no answer from'
check 'it was carried out once' calls StartPipelineExecution 1
done_testing
