#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# AWS away, unwilling or forgetful: the push stays accepted, the job stays
# queued and says why, and nothing is started twice.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"
. "${SL_SRCDIR:?}/tests/cli/aws.sh"

check 'the stand-in for AWS starts' start_aws
make_site
make_server team
new_clone team work
w=$trash/work
write_project "$w"
commit_files "$w" 'A project that trains'
control script '{"describes": 0, "end": "Succeeded"}'
number=0

once() {
	sluice worker --once --poll 100ms --site "$site/site.yaml"
}

# Make every waiting job due at once.
hurry() {
	database 'UPDATE jobs SET not_before_s = 0 WHERE state IN ("queued", "held")' 2>/dev/null ||
		database "UPDATE jobs SET not_before_s = 0 WHERE state IN ('queued', 'held')"
}

# carry_on: until the job of main is at its end.
carry_on() {
	tries=0
	while [ "$(job_state refs/heads/main)" = queued ] && [ "$tries" -lt 20 ]; do
		hurry
		once
		tries=$((tries + 1))
	done
	[ "$(job_state refs/heads/main)" = "${1:-done}" ]
}

next_push() {
	number=$((number + 1))
	new_commit "$w" "Change number $number" code/n.py "$number" && push "$w" main
}

# waits TITLE WANTED...: the job waits, and status says why.
waits() {
	title=$1
	shift
	check "$title: the push is accepted" next_push
	check "$title: the worker goes on living" once
	check "$title: the job stays queued" [ "$(job_state refs/heads/main)" = queued ]
	check "$title: status says why" sluice status refs/heads/main --site "$site/site.yaml"
	says "$@"
	check "$title: later than now" [ "$(database "SELECT not_before_s > updated_at_s FROM jobs ORDER BY id DESC LIMIT 1")" = 1 ]
}

# --- the endpoint is down ---
kill -STOP "$aws_pid"
kill -CONT "$aws_pid"
control faults '[]'
sed "s|$aws_endpoint|http://127.0.0.1:1|" "$site/site.yaml" >"$trash/down.yaml"
cp "$site/site.yaml" "$trash/up.yaml"
cp "$trash/down.yaml" "$site/site.yaml"
waits 'endpoint down' '127.0.0.1:1'
cp "$trash/up.yaml" "$site/site.yaml"
check 'endpoint back: it is done' carry_on

# --- credentials ---
saved=$AWS_SECRET_ACCESS_KEY
unset AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID
waits 'no credentials' 'credentials'
export AWS_ACCESS_KEY_ID=AKIAFAKE AWS_SECRET_ACCESS_KEY=Wr0ngSecret
hurry
check 'wrong credentials' once
check 'wrong credentials: still queued' [ "$(job_state refs/heads/main)" = queued ]
check 'wrong credentials: status says why' sluice status refs/heads/main --site "$site/site.yaml"
says 'SignatureDoesNotMatch'
says_not Wr0ngSecret
AWS_SECRET_ACCESS_KEY=$saved
check 'credentials back: it is done' carry_on

# --- 500s, pages, throttling: at each call that a build makes ---
for operation in AssumeRole PutObject DescribePipeline StartPipelineExecution DescribePipelineExecution; do
	for kind in error throttle page drop-before; do
		control faults "[{\"operation\": \"$operation\", \"kind\": \"$kind\", \"times\": 9}]"
		check "$operation $kind: the push is accepted" next_push
		check "$operation $kind: the worker goes on living" once
		check "$operation $kind: the job waits or is done" sh -c \
			"[ '$(job_state refs/heads/main)' = queued ] || [ '$(job_state refs/heads/main)' = 'done' ]"
		control faults '[]'
		check "$operation $kind: it is done in the end" carry_on
	done
done
check 'no commit has more than one execution' [ "$(state "
max(__import__('collections').Counter(e['PipelineExecutionDisplayName'] for e in s['sagemaker']['222222222222']['executions'].values()).values())")" = 1 ]

# --- an answer that is lost after the call was carried out ---
for operation in PutObject CreatePipeline UpdatePipeline StartPipelineExecution UpdateModelPackage AddTags; do
	control faults "[{\"operation\": \"$operation\", \"kind\": \"drop-after\", \"times\": 1}]"
	sed "s/\"DefaultValue\": [0-9][0-9]*/\"DefaultValue\": 1$number/" "$w/pipeline.json" >"$w/p" && mv "$w/p" "$w/pipeline.json"
	check "$operation, answer lost: the push is accepted" next_push
	check "$operation, answer lost: it is done in the end" carry_on
	control faults '[]'
done
check 'still no commit has more than one execution' [ "$(state "
max(__import__('collections').Counter(e['PipelineExecutionDisplayName'] for e in s['sagemaker']['222222222222']['executions'].values()).values())")" = 1 ]
check 'and every push has its own' [ "$(state "len(s['sagemaker']['222222222222']['executions'])")" = "$(database "SELECT count(*) FROM jobs WHERE kind = 'train'")" ]

# --- what does not pass by itself ends the job ---
control faults '[{"operation": "CreateModelPackageGroup", "kind": "denied", "times": 99}, {"operation": "DescribePipeline", "kind": "denied", "times": 99}]'
waits 'access denied' 'AccessDenied'
control faults '[]'
check 'access given: it is done' carry_on

done_testing
