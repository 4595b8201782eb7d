#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A worker that is killed before and after every step of a build: another
# takes the job up, and there is one execution, one model, one snapshot.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"
. "${SL_SRCDIR:?}/tests/cli/aws.sh"

# Every step of a build that trains has a point before and after it.
steps=$(sed -n '/sl_train_steps\[\]/,/NULL/s/.*STEP("\([a-z]*\)".*/\1/p' "$SL_SRCDIR/src/build/builder.c")
points="build-start-called $(for step in $steps; do echo "build-$step-before build-$step-after"; done)"
if ! grep -q SLUICE_FAULT "$SL_BUILDDIR/sluice"; then
	skip 'killing the worker' 'no fault points: configure --enable-faults'
	done_testing
fi

check 'the stand-in for AWS starts' start_aws
make_site
make_server team
new_clone team work
w=$trash/work
write_project "$w"
commit_files "$w" 'A project that trains'
control script '{"describes": 1, "end": "Succeeded"}'
push "$w" main 2>/dev/null
check 'a first build' drain
check 'there are points to kill at' [ "$(echo "$points" | wc -w)" -ge 20 ]

number=0
for point in $points; do
	number=$((number + 1))
	sed "s/\"DefaultValue\": [0-9][0-9]*/\"DefaultValue\": 2$number/" "$w/pipeline.json" >"$w/p" && mv "$w/p" "$w/pipeline.json"
	new_commit "$w" "Change number $number" code/n.py "$number"
	commit=$(git -C "$w" rev-parse HEAD)
	push "$w" main 2>/dev/null
	SLUICE_FAULT=$point sluice worker --drain --poll 100ms --site "$site/site.yaml" >"$trash/killed" 2>&1
	code=$?
	check "$point: the worker is killed there" [ "$code" -eq 137 ]
	check "$point: the next one goes on" drain
	check "$point: the job is done" [ "$(job_state refs/heads/main)" = "done" ]
	check "$point: one execution" [ "$(state "sum('$commit' in (e['PipelineExecutionDisplayName'] or '') for e in s['sagemaker']['222222222222']['executions'].values())")" = 1 ]
	check "$point: one start in the ledger" [ "$(database "SELECT count(*) FROM ledger WHERE kind = 'build-start' AND subject LIKE '%$commit%'")" = 1 ]
	check "$point: one model of this build" [ "$(state "sum('$commit' in json.dumps(p) for p in s['sagemaker']['222222222222']['packages'].values())")" = 1 ]
	check "$point: a manifest that is whole" state "json.loads(s['s3']['acme-staging']['mlops/churn/20261122T103140Z-$commit/manifest.json'][-1])"
done

# A post-receive that died: the worker makes up for it.
mv team.git/hooks/post-receive team.git/hooks/away
new_commit "$w" 'Without post-receive' code/n.py none
commit=$(git -C "$w" rev-parse HEAD)
push "$w" main 2>/dev/null
mv team.git/hooks/away team.git/hooks/post-receive
check 'a push whose post-receive never ran' drain
check 'is made up for' [ "$(state "sum('$commit' in (e['PipelineExecutionDisplayName'] or '') for e in s['sagemaker']['222222222222']['executions'].values())")" = 1 ]
check 'on the verdict that pre-receive left' [ "$(database "SELECT count(*) FROM jobs j JOIN intentions i ON i.id = j.intention JOIN verdicts v ON v.id = i.verdict_id WHERE j.build_id LIKE '%$commit'")" = 1 ]

# Both hooks away: nobody judged it, so the worker does.
mv team.git/hooks team.git/hooks.away
new_commit "$w" 'Without any hook' code/n.py 'tok_abcdef012345'
bad=$(git -C "$w" rev-parse HEAD)
push "$w" main 2>/dev/null
check 'a bad push that no hook saw' drain
check 'is judged, and nothing runs' [ "$(executions 222222222222)" = "$(state "len(s['sagemaker']['222222222222']['executions'])")" ]
check 'for it' [ "$(state "sum('$bad' in (e['PipelineExecutionDisplayName'] or '') for e in s['sagemaker']['222222222222']['executions'].values())")" = 0 ]
new_commit "$w" 'Take it away' code/n.py none2
good=$(git -C "$w" rev-parse HEAD)
push "$w" main 2>/dev/null
check 'a good one that no hook saw' drain
check 'is judged and runs' [ "$(state "sum('$good' in (e['PipelineExecutionDisplayName'] or '') for e in s['sagemaker']['222222222222']['executions'].values())")" = 1 ]
mv team.git/hooks.away team.git/hooks

done_testing
