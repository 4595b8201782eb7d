#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a push to an execution, against a strict stand-in for AWS.
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
commit=$(git -C "$w" rev-parse HEAD)
build=20261122T103140Z-$commit

check 'plan says what a push would do' sluice plan main -C "$w" --site "$site/site.yaml"
says 'staging' "$build" "s3://acme-staging/mlops/churn/$build" 'StartPipelineExecution'
check 'as JSON' sluice plan main -C "$w" --site "$site/site.yaml" --format=json
check 'that is JSON' "$python" -c "
import json
p = json.load(open('$work/last'))
assert p['environment'] == 'staging' and p['build_id'] == '$build', p"
check 'and changes nothing' [ "$(calls CreatePipeline)$(calls PutObject)" = 00 ]

control script '{"describes": 3, "end": "Succeeded"}'
check 'main is pushed' push "$w" main
check 'status shows the job' sluice status --site "$site/site.yaml"
says 'refs/heads/main' 'queued' 'staging/train'
check 'the worker carries it out' drain
check 'it is done' [ "$(job_state refs/heads/main)" = "done" ]
check 'one execution in staging' [ "$(executions 222222222222)" = 1 ]
check 'none elsewhere' [ "$(executions 111111111111)$(executions 333333333333)" = 00 ]
check 'status by 12 digits of the commit' sluice status "$(echo "$commit" | cut -c1-12)" --site "$site/site.yaml"
says "$build" 'succeeded' 'arn:aws:sagemaker:eu-west-1:222222222222:pipeline/churn/execution/' \
	'model-package/churn/1' 'PendingManualApproval'
check 'status as JSON' sluice status refs/heads/main --site "$site/site.yaml" --format=json
check 'is JSON' "$python" -c "
import json
s = json.load(open('$work/last'))
assert s['jobs'][0]['state'] == 'done'
assert s['builds'][0]['packages'][0]['approval'] == 'PendingManualApproval'"

root=mlops/churn/$build
check 'the snapshot holds the code' [ "$(state "s['s3']['acme-staging']['$root/code/code/train.py'][-1]")" = 'print("training")' ]
check 'and the archive' [ "$(state "'$root/code/source.tar.gz' in s['s3']['acme-staging']")" = True ]
check 'every object but the manifest was written once' [ "$(state "all(len(v) == 1 for k, v in s['s3']['acme-staging'].items() if not k.endswith('manifest.json'))")" = True ]
check 'the manifest names commit, policy, execution and model' state "
(lambda m: [m['commit'] == '$commit' or 1/0, m['ref'] == 'refs/heads/main' or 1/0,
 len(m['policy_digest']) == 64 or 1/0])(json.loads(s['s3']['acme-staging']['$root/manifest.json'][-1]))"
check 'and the images' [ "$(state "json.loads(s['s3']['acme-staging']['$root/manifest.json'][-1])['images']")" = "[{'image': 'image:1', 'reason': 'it is not in Amazon ECR'}]" ]
check 'the pipeline bears its project' [ "$(state "any('sluice:project' in json.dumps(t) and 'churn' in json.dumps(t) for t in s['sagemaker']['222222222222']['tags'].values())")" = True ]
check 'the model knows its build' [ "$(state "'$build' in json.dumps(s['sagemaker']['222222222222']['packages'])")" = True ]

# --- the same commit again ---
starts=$(calls StartPipelineExecution)
check 'run on the same commit reports and starts nothing' \
	sluice run main -C "$w" --site "$site/site.yaml"
says 'done'
check 'really nothing' [ "$(calls StartPipelineExecution)" = "$starts" ]
check '--rerun asks for a next attempt' sluice run main --rerun --poll 100ms -C "$trash/team.git" --site "$site/site.yaml"
says 'attempt 2'
check 'and gets one' [ "$(executions 222222222222)" = 2 ]
check 'whose name ends in -a2' [ "$(state "any(e['PipelineExecutionDisplayName'] == '$build-a2' for e in s['sagemaker']['222222222222']['executions'].values())")" = True ]

refuse 4 'without credentials it ends at once' \
	env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY timeout 60 \
	sluice run main --rerun -C "$trash/team.git" --site "$site/site.yaml"
says 'credentials missing'
refuse 3 'a ref that is not there is not HEAD' sluice run refs/heads/nobody --rerun -C "$w" --site "$site/site.yaml"
says 'refs/heads/nobody is not there'

# --- a commit that changes only a document: no new definition ---
updates=$(calls UpdatePipeline)
new_commit "$w" 'Describe it' docs.md
push "$w" main 2>/dev/null
check 'a change of documents' drain
check 'updates no pipeline' [ "$(calls UpdatePipeline)" = "$updates" ]
sed 's/"DefaultValue": 3/"DefaultValue": 4/' "$w/pipeline.json" >"$w/p" && mv "$w/p" "$w/pipeline.json"
commit_files "$w" 'More epochs'
push "$w" main 2>/dev/null
check 'a change of the definition' drain
check 'updates it once' [ "$(calls UpdatePipeline)" = $((updates + 1)) ]

# --- a feature branch has a pipeline and a group of its own ---
git -C "$w" checkout -q -b feature/Big_Idea
new_commit "$w" 'An idea' code/idea.py
check 'a feature branch' push "$w" feature/Big_Idea
check 'goes to dev' drain
check 'with its own pipeline and group' [ "$(state "
[sorted(d)[0].startswith('churn--feature-big-idea-') for d in (s['sagemaker']['111111111111']['pipelines'], s['sagemaker']['111111111111']['groups'])]")" = '[True, True]' ]
git -C "$w" checkout -q main

# --- a pipeline that fails, one that is stopped ---
control script '{"describes": 1, "end": "Failed", "reason": "out of memory"}'
new_commit "$w" 'A bad idea' code/bad.py
push "$w" main 2>/dev/null
check 'an execution that fails' drain
check 'fails the job' [ "$(job_state refs/heads/main)" = failed ]
check 'with the reason' sluice status refs/heads/main --site "$site/site.yaml"
says 'out of memory'
refuse 5 'run reports it with 5' sluice run main -C "$trash/team.git" --site "$site/site.yaml"
says 'out of memory'
control script '{"describes": 1, "end": "Stopped"}'
refuse 6 'a stopped one with 6' sluice run main --rerun --poll 100ms -C "$trash/team.git" --site "$site/site.yaml"
control script '{"describes": null}'
refuse 7 'one that runs on with 7, when the time is up' sluice run main --rerun --poll 100ms --timeout 1s -C "$trash/team.git" --site "$site/site.yaml"
says 'not at its end'
starts=$(calls StartPipelineExecution)
check '--no-wait attaches to it' sluice run main --no-wait -C "$trash/team.git" --site "$site/site.yaml"
check 'and starts nothing' [ "$(calls StartPipelineExecution)" = "$starts" ]

# --- guards ---
control script '{"describes": 0, "end": "Succeeded"}'
git -C "$w" checkout -q -b feature/guard main
sed 's/"ModelPackageGroupName": {"Get": "Parameters.ModelPackageGroupName"}/"ModelPackageGroupName": "other-group"/' \
	"$w/pipeline.json" >"$w/p" && mv "$w/p" "$w/pipeline.json"
commit_files "$w" 'Register elsewhere'
refuse 1 'a definition that registers elsewhere' push "$w" feature/guard
says 'refused' 'pipeline.json:' 'other-group'
refuse 3 'plan says so' sluice plan feature/guard -C "$w" --site "$site/site.yaml"
says 'pipeline.json:' 'other-group'
git -C "$w" checkout -q main

# What the build would be refused for is refused at the push.
git -C "$w" checkout -q -b feature/values main
cp "$w/.sluice.yaml" "$trash/project"

# with_lines TEXT...: the project file with more lines, committed.
with_lines() {
	{ cat "$trash/project"; printf '%s\n' "$@"; } >"$w/.sluice.yaml"
	commit_files "$w" 'More of the project'
}

# refused_for WHAT: neither pushed nor planned.
refused_for() {
	refuse 1 "pushed: $1" push "$w" feature/values
	says 'refused' "$1"
	refuse 3 "planned: $1" sluice plan feature/values -C "$w" --site "$site/site.yaml"
	says "$1"
}

with_lines '    parameters: {Nope: 1}'
refused_for 'does not declare'
with_lines '    parameters: {Epochs: many}'
refused_for 'Epochs'
with_lines '    parameters: {CodeUri: x}'
refused_for 'which sluice fills in'
with_lines '    parameters: {ModelApprovalStatus: Approved}'
refused_for 'which sluice fills in'
with_lines 'inputs:' "  - {uri: 's3://{bucket}/x', parameter: OutputUri}"
refused_for 'which sluice fills in'
with_lines 'inputs:' "  - {uri: 's3://{bucket}/x', parameter: Nope}"
refused_for 'is for parameter "Nope"'
with_lines '  other:' '    definition: pipeline.json' 'inputs:' "  - {uri: 's3://{bucket}/x', parameter: Nope}"
check 'it may be data of another pipeline' sluice plan feature/values -C "$w" --site "$site/site.yaml"
says 'as Nope, not of this pipeline'
git -C "$w" checkout -q main

# A definition that the service would refuse is refused at the push.
git -C "$w" checkout -q -b feature/broken main
sed 's/"Name": "Register"/"Name": "Train"/' "$w/pipeline.json" >"$w/p" && mv "$w/p" "$w/pipeline.json"
commit_files "$w" 'Two steps of one name'
refuse 1 'a definition with two steps of one name' push "$w" feature/broken
says 'refused' 'pipeline.json:' 'Train'
git -C "$w" rm -q pipeline.json
commit_files "$w" 'No definition at all'
refuse 1 'a definition that is not there' push "$w" feature/broken
says 'refused' 'pipeline.json'
git -C "$w" checkout -q main

# A file that is called as the snapshot's own archive.
git -C "$w" checkout -q -b feature/archive main
new_commit "$w" 'An archive of our own' source.tar.gz x
push "$w" feature/archive 2>/dev/null
check 'a root file source.tar.gz' drain
check 'is refused by name' sluice status refs/heads/feature/archive --site "$site/site.yaml"
says 'refused' 'source.tar.gz'
git -C "$w" checkout -q main

# A pipeline of that name that belongs to somebody else is left alone.
git -C "$w" checkout -q -b feature/theirs main
new_commit "$w" 'Theirs' code/t.py
name=$(sluice plan feature/theirs -C "$w" --site "$site/site.yaml" --format=json |
	"$python" -c 'import json, sys; p = json.load(sys.stdin); print(p["pipeline"])')
"$python" - "$aws_endpoint" "$name" <<'END'
import sys
import boto3
url, name = sys.argv[1:]
keys = boto3.client('sts', endpoint_url=url, region_name='eu-west-1').assume_role(
    RoleArn='arn:aws:iam::111111111111:role/other', RoleSessionName='other')['Credentials']
boto3.client('sagemaker', endpoint_url=url, region_name='eu-west-1',
             aws_access_key_id=keys['AccessKeyId'],
             aws_secret_access_key=keys['SecretAccessKey'],
             aws_session_token=keys['SessionToken']).create_pipeline(
    PipelineName=name, PipelineDefinition='{"Version": "2020-12-01", "Steps": []}',
    ClientRequestToken='x' * 32, RoleArn='arn:aws:iam::111111111111:role/other',
    Tags=[{'Key': 'sluice:project', 'Value': 'somebody-else'}])
END
push "$w" feature/theirs 2>/dev/null
check "a pipeline of another project's" drain
check 'is not touched' [ "$(job_state refs/heads/feature/theirs)" = refused ]

# --- a snapshot object that has other bytes: tampered ---
git -C "$w" checkout -q main
new_commit "$w" 'To be tampered with' code/x.py
commit=$(git -C "$w" rev-parse HEAD)
put_object 222222222222 "s3://acme-staging/mlops/churn/20261122T103140Z-$commit/code/code/x.py" 'evil'
push "$w" main 2>/dev/null
check 'a snapshot key with other bytes' drain
check 'fails the build' [ "$(job_state refs/heads/main)" = failed ]
check 'as tampered' sluice status refs/heads/main --site "$site/site.yaml"
says 'code/code/x.py'
check 'and starts nothing' [ "$(state "any('$commit' in (e['PipelineExecutionDisplayName'] or '') for e in s['sagemaker']['222222222222']['executions'].values())")" = False ]

check 'the ledger holds every start' [ "$(database "SELECT count(*) >= 5 FROM ledger WHERE kind = 'build-start'")" = 1 ]

done_testing
