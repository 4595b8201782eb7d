#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A definition that a command prints: what is run, and how long; what it may
# print; and that a model from it is found by its tree.
# shellcheck disable=SC2016 # messages have backticks in them
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
	timeout 60 sluice run main --poll 100ms -C "$w" --site "$site/site.yaml" "$@"
}

tag() {
	git -C "$w" tag -a -m "Release $1" "$1" "${2:-HEAD}" && push "$w" "$1"
}

export SLUICE_PUSHER=ana
check 'main is pushed' push "$w" main
check 'the worker looks' once
check 'and starts nothing: that is for CI' [ "$(calls StartPipelineExecution)" = 0 ]
check 'no command was run' [ ! -e "$trash/ran" ]
write_file "$w" notes.txt 'not tracked'
check 'the CI job trains, beside a file that is not tracked' in_ci
says 'done'
check 'with what the command printed' [ -e "$trash/ran" ]
rm -f "$trash/ran" "$w/notes.txt"
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

# --- what differs from the commit is not run ---
write_file "$w" code/train.py 'print("not committed")'
refuse 3 'a changed file is refused' in_ci
says 'code/train.py' 'git stash'
git -C "$w" add code/train.py
refuse 3 'a staged one as well' in_ci
says 'code/train.py'
git -C "$w" show HEAD:code/train.py >"$w/code/train.py"
refuse 3 'and one that is only staged' in_ci
says 'code/train.py'
git -C "$w" reset -q --hard
rm "$w/code/train.py"
refuse 3 'a missing one too' in_ci
says 'code/train.py'
git -C "$w" reset -q --hard
check 'and the command never ran' [ ! -e "$trash/ran" ]

# with_command WORDS [SCRIPT]: the command, and what its script does.
with_command() {
	[ $# -lt 2 ] || write_file "$w" pipelines/print.sh "$2"
	sed -i "s|command: .*|command: [$1]|" "$w/.sluice.yaml"
	commit_files "$w" 'Another command'
}

gone() {
	! kill -0 "$(cat "$trash/child")" 2>/dev/null
}

# --- what it prints, and how it ends ---
with_command 'sh, pipelines/print.sh' ':'
refuse 3 'a command that prints nothing' in_ci
says 'the command `sh pipelines/print.sh` printed nothing'
with_command 'sh, pipelines/print.sh' 'echo; echo oops'
refuse 3 'one that prints no JSON' in_ci
says 'output of `sh pipelines/print.sh`:2:1: '
with_command 'sh, pipelines/print.sh' 'echo "{}"'
refuse 3 'one that prints no definition' in_ci
says 'output of `sh pipelines/print.sh`:1:1: '
with_command 'sh, pipelines/print.sh' 'echo sorry >&2; exit 4'
refuse 3 'one that fails' in_ci
says 'sorry' 'ended with status 4'
with_command 'sh, pipelines/print.sh' 'kill -9 $$'
refuse 3 'one that is killed' in_ci
says 'was ended by signal 9'
says_not 'above'
with_command 'sh, pipelines/print.sh' 'head -c 1048577 /dev/zero; sleep 300'
refuse 3 'one that prints too much' in_ci
says 'printed over 1048576 bytes'
with_command './get-definition'
refuse 3 'one that is not there' in_ci
says 'the command `./get-definition` cannot be started: No such file or directory'
says_not 'above'

# --- how long it takes ---
with_command 'sh, pipelines/print.sh' "trap '' TERM; sleep 300 & echo \$! >'$trash/child'; while :; do wait; done"
refuse 7 'a command that does not end' in_ci --timeout 1s
says 'was stopped' '--timeout'
check 'its children are ended' wait_for 10 gone
rm -f "$trash/child"
timeout 60 sluice run main -C "$w" --site "$site/site.yaml" >"$work/output" 2>&1 &
runner=$!
wait_for 20 test -s "$trash/child"
kill "$runner"
check 'a run that is ended takes the command with it' wait_for 10 gone
wait "$runner"
with_command 'sh, pipelines/print.sh' "sleep 300 & echo \$! >'$trash/child'; cat pipelines/template.json"
check 'a child that keeps the output open is not waited for' in_ci --timeout 60s
check 'and ended' wait_for 10 gone
with_command 'sh, pipelines/print.sh' 'cat; cat pipelines/template.json'
check 'standard input is empty' in_ci --timeout 60s </dev/zero

done_testing
