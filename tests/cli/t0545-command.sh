#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A model whose definition comes from a command is found by its tree.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"
. "${SL_SRCDIR:?}/tests/cli/aws.sh"

check 'the stand-in for AWS starts' start_aws
make_site
cat >"$trash/flows" <<'END'
flows:
  - {ref: 'refs/heads/main', environment: staging, action: train, trigger: ci, names: main}
  - {ref: 'refs/tags/v.*', environment: prod, action: promote, from: staging}
END
sed -i "/^flows: default\$/{
	r $trash/flows
	d
}" "$site/site.yaml"
# Here, main may be written anew.
sed -i '/^  ref\/no-force:/,/^    message:/d' "$site/site-policy.yaml"
make_server team
new_clone team work
w=$trash/work
write_project "$w"
mkdir "$w/pipelines"
git -C "$w" mv pipeline.json pipelines/template.json 2>/dev/null ||
	mv "$w/pipeline.json" "$w/pipelines/template.json"
write_file "$w" pipelines/print.sh "touch '$trash/ran'; cat pipelines/template.json"
write_file "$w" .sluice.yaml "sluice: 1
project: {id: churn}
pipelines:
  training:
    command: [sh, pipelines/print.sh]
    inputs-paths: [code]"
commit_files "$w" 'A definition that is printed'
control script '{"describes": 0, "end": "Succeeded"}'

once() {
	database "UPDATE jobs SET not_before_s = 0 WHERE state IN ('queued', 'held')"
	timeout 120 sluice worker --once --poll 100ms --site "$site/site.yaml"
}

in_ci() {
	timeout 120 sluice run main --poll 100ms -C "$w" --site "$site/site.yaml"
}

tag() {
	git -C "$w" tag -a -m "Release $1" "$1" "${2:-HEAD}" && push "$w" "$1"
}

export SLUICE_PUSHER=ana
check 'main is pushed' push "$w" main
check 'the worker looks' once
check 'and starts nothing: that is for CI' [ "$(calls StartPipelineExecution)" = 0 ]
check 'no command was run' [ ! -e "$trash/ran" ]
check 'the CI job trains' in_ci
says 'done'
check 'with what the command printed' [ -e "$trash/ran" ]
rm -f "$trash/ran"
arn=arn:aws:sagemaker:eu-west-1:222222222222:model-package/churn/1
check 'its model is approved' sluice approve "$arn" --as lea --reason 'good enough' --site "$site/site.yaml"
build=20261122T103140Z-$(git -C "$w" rev-parse HEAD)
put_object 222222222222 "s3://acme-staging/mlops/churn/$build/ml-pipeline-outputs" 'a model'

# --- another tree: another model, even where inputs-paths does not reach ---
tree=$(git -C "$w" rev-parse 'HEAD^{tree}')
new_commit "$w" 'Describe it' docs.md
git -C "$w" push -q -o sluice.run=no origin main 2>/dev/null
check 'a tag on another tree' tag v1.0.0
check 'the worker looks at it' once
check 'it is held: nobody trained that' [ "$(job_state refs/tags/v1.0.0)" = held ]

# --- the same tree in another commit: the same model ---
git -C "$w" rm -q docs.md
commit_files "$w" 'Take it back'
check 'a revert has the same tree' [ "$(git -C "$w" rev-parse 'HEAD^{tree}')" = "$tree" ]
git -C "$w" push -q -o sluice.run=no origin main 2>/dev/null
check 'a tag on it' tag v1.0.1
check 'the worker looks at that' once
check 'it is promoted' [ "$(job_state refs/tags/v1.0.1)" = "done" ]
check 'from the model of the first' [ "$(state "'$arn' in json.dumps(s['sagemaker']['333333333333']['packages'])")" = True ]
git -C "$w" commit -q --amend -m 'Take it back, in other words'
check 'a commit that is written anew' git -C "$w" push -q -f -o sluice.run=no origin main
check 'a tag there' tag v1.0.2
check 'the worker looks once more' once
check 'is promoted as well' [ "$(job_state refs/tags/v1.0.2)" = "done" ]
check 'as the same package' [ "$(state "len(s['sagemaker']['333333333333']['packages'])")" = 1 ]
check 'and nobody ran the command for it' [ ! -e "$trash/ran" ]

# --- another command: another model ---
sed -i 's/print.sh\]/print.sh, --fast]/' "$w/.sluice.yaml"
commit_files "$w" 'Another command'
git -C "$w" push -q -o sluice.run=no origin main 2>/dev/null
check 'a tag with another command' tag v1.1.0
check 'is looked at' once
check 'and held' [ "$(job_state refs/tags/v1.1.0)" = held ]

done_testing
