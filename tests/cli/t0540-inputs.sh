#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The data of a run is what its record says, or the record says that it is not.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"
. "${SL_SRCDIR:?}/tests/cli/aws.sh"

check 'the stand-in for AWS starts' start_aws
make_site
make_server team
new_clone team work
w=$trash/work
write_project "$w"
cat >>"$w/.sluice.yaml" <<'END'

inputs:
  - {uri: 's3://{bucket}/input/wine.csv', pin: version}
  - {uri: 's3://{bucket}/input/labels/'}
END
commit_files "$w" 'A project that reads data'
commit=$(git -C "$w" rev-parse HEAD)
build=20261122T103140Z-$commit

once() {
	database "UPDATE jobs SET not_before_s = 0 WHERE state IN ('queued', 'held')"
	timeout 120 sluice worker --once --poll 100ms --site "$site/site.yaml"
}

put_data() {
	put_object 222222222222 "s3://acme-staging/input/$1" "$2"
}

# manifest EXPRESSION: over the manifest `m` of the last build.
manifest() {
	state "(lambda m: $1)(json.loads(s['s3']['acme-staging']['mlops/churn/$build/manifest.json'][-1]))"
}

# Metadata of model package N of staging.
metadata() {
	state "s['sagemaker']['222222222222']['packages']['arn:aws:sagemaker:eu-west-1:222222222222:model-package/churn/$1'].get('CustomerMetadataProperties', {}).get('sluice:inputs-changed')"
}

approve_package() {
	sluice approve "arn:aws:sagemaker:eu-west-1:222222222222:model-package/churn/$1" \
		--as lea --reason 'good enough' --site "$site/site.yaml"
}

# rerun: another attempt, to its end.
rerun() {
	timeout 120 sluice run main --rerun --poll 100ms -C "$trash/team.git" \
		--site "$site/site.yaml"
}

export SLUICE_PUSHER=ana

# --- data that is not there ---
check 'main is pushed' push "$w" main
check 'the worker looks for the data' once
check 'the build fails without it' [ "$(job_state refs/heads/main)" = failed ]
check 'and says what is missing' sluice status refs/heads/main --site "$site/site.yaml"
says 's3://acme-staging/input/wine.csv is not there'
check 'nothing was started' [ "$(calls StartPipelineExecution)" = 0 ]

# --- data that changes while the pipeline runs ---
put_data wine.csv '1,2'
put_data labels/a 'good'
put_data labels/b 'bad'
control script '{"describes": 1, "end": "Succeeded"}'
looks=$(calls HeadObject)
check 'a run starts' timeout 120 sluice run main --rerun --no-wait -C "$trash/team.git" --site "$site/site.yaml"
check 'one look at the object is enough' [ "$(calls HeadObject)" = $((looks + 1)) ]
check 'the object is pinned by its version' [ "$(manifest "[i.get('version_id', '')[:1] for i in m['inputs']]")" = "['v', '', '']" ]
check 'the attempt repeats nothing' [ "$(manifest "'inputs' in m['attempts'][0]")" = False ]
put_data wine.csv '3,4'
put_data labels/c 'new'
check 'it ends, and the run is a success' timeout 120 sluice run main --poll 100ms -C "$trash/team.git" --site "$site/site.yaml"
says 'done' 'inputs of attempt 1 changed' 's3://acme-staging/input/wine.csv' '2 changed since the start'
check 'the manifest names what changed' [ "$(manifest "m['attempts'][0]['inputs_changed']")" = \
	"['s3://acme-staging/input/labels/c', 's3://acme-staging/input/wine.csv']" ]
check 'and says how many' [ "$(manifest "m['attempts'][0]['inputs_changed_count']")" = 2 ]
check 'the registry too' [ "$(metadata 1)" = 2 ]
check 'and the ledger' [ "$(database "SELECT json_extract(json, '\$.inputs_changed') FROM ledger WHERE kind = 'build-end'")" = 2 ]
check 'status says so' sluice status "$(echo "$commit" | cut -c1-12)" --site "$site/site.yaml"
says 'succeeded' 's3://acme-staging/input/wine.csv'
check 'once more as JSON' timeout 120 sluice run main --poll 100ms -C "$trash/team.git" --site "$site/site.yaml" --format=json
says '"inputs_changed": 2'

# --- is not promoted ---
check 'it may be approved' approve_package 1
git -C "$w" tag -a -m 'Release' v1.0.0
check 'and tagged' push "$w" v1.0.0
check 'the worker looks at the tag' once
check 'it is refused' [ "$(job_state refs/tags/v1.0.0)" = refused ]
check 'with the data and the way out' sluice status refs/tags/v1.0.0 --site "$site/site.yaml"
says 'inputs changed while model package' 's3://acme-staging/input/wine.csv' '--rerun'
check 'nothing is in prod' [ "$(state "len(s['sagemaker'].get('333333333333', {}).get('packages', {}))")" = 0 ]

# --- another attempt pins anew ---
control script '{"describes": 0, "end": "Succeeded"}'
check 'another attempt' rerun
says 'attempt 2'
says_not 'changed since'
check 'has a list of its own' [ "$(manifest "len(m['attempts'][1]['inputs'])")" = 4 ]
check 'and no changes' [ "$(manifest "m['attempts'][1].get('inputs_changed')")" = None ]
check 'nor has its model' [ "$(metadata 2)" = None ]
check 'it is approved' approve_package 2
git -C "$w" tag -a -m 'Release' v1.0.1
check 'and tagged' push "$w" v1.0.1
put_object 222222222222 "s3://acme-staging/mlops/churn/$build-a2/ml-pipeline-outputs" 'a model'
check 'the worker promotes it' once
check 'done' [ "$(job_state refs/tags/v1.0.1)" = "done" ]

# --- what cannot be looked at has changed; what is not answered is asked again ---
control script '{"describes": 1, "end": "Succeeded"}'
check 'a third' timeout 120 sluice run main --rerun --no-wait -C "$trash/team.git" --site "$site/site.yaml"
control faults '[{"operation": "HeadObject", "kind": "error", "times": 2}, {"operation": "ListObjectsV2", "kind": "drop-before", "times": 2}]'
check 'is looked at in spite of errors' timeout 120 sluice run main --poll 100ms -C "$trash/team.git" --site "$site/site.yaml"
check 'and finds nothing changed' [ "$(manifest "[m['attempts'][2]['inputs_checked_s'] > 0, m['attempts'][2].get('inputs_changed')]")" = '[True, None]' ]
check 'a fourth' timeout 120 sluice run main --rerun --no-wait -C "$trash/team.git" --site "$site/site.yaml"
control faults '[{"operation": "HeadObject", "kind": "denied", "times": 1}]'
check 'whose data may not be looked at' timeout 120 sluice run main --poll 100ms -C "$trash/team.git" --site "$site/site.yaml"
says 'done' '1 changed since the start'
check 'is one that nobody can vouch for' [ "$(manifest "m['attempts'][3]['inputs_changed']")" = "['s3://acme-staging/input/wine.csv']" ]

done_testing
