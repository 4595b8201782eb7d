#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A flow with `paths` runs for what concerns it, and hides no change.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"
. "${SL_SRCDIR:?}/tests/cli/aws.sh"

check 'the stand-in for AWS starts' start_aws

# write_site PATTERN...: its trains ask for one of the patterns.
write_site() {
	make_site
	patterns=$(printf ", '%s'" "$@")
	sed '/^flows:/,$d' "$site/site.yaml" >"$trash/head"
	sed -n '/^environments:/,$p' "$site/site.yaml" >"$trash/tail"
	{
		cat "$trash/head"
		cat <<-END
		flows:
		  - ref: 'refs/heads/main'
		    environment: staging
		    action: train
		    names: main
		    supersede: true
		    paths: [${patterns#, }]
		  - ref: 'refs/heads/feature/.+'
		    environment: dev
		    action: train
		    supersede: true
		    paths: [${patterns#, }]
		  - ref: 'refs/tags/v\d+\.\d+\.\d+'
		    environment: prod
		    action: promote
		    from: staging
		END
		cat "$trash/tail"
	} >"$site/site.yaml"
}

write_site 'code/.+' 'pipeline\.json'
make_server team
new_clone team work
w=$trash/work
write_project "$w"
commit_files "$w" 'A project that trains'
control script '{"describes": 0, "end": "Succeeded"}'

number=0
# change PATH: one commit, other bytes each time.
change() {
	number=$((number + 1))
	new_commit "$w" "Change number $number" "$1" "$number"
}

# pushed PATH [OPTION...]: change it and push main.
pushed() {
	change "$1"
	shift
	git -C "$w" push -q "$@" origin main
}

# latest REF: kind and state of its newest job.
latest() {
	database "SELECT kind || ' ' || state FROM jobs WHERE ref = '$1' ORDER BY id DESC LIMIT 1"
}

# end_as STATE REF: what became of the ref's newest job, as a worker that did
# not come to an execution would write it.
end_as() {
	database "UPDATE jobs SET state = '$1' WHERE id = (SELECT max(id) FROM jobs WHERE ref = '$2' AND kind = 'train')"
}

main=refs/heads/main

# --- patterns that are none ---
write_site 'code/.+' 'pipeline(\.json'
refuse 1 'a bad pattern of the site lets nothing in' push "$w" main
says 'site.yaml:' 'undecided'
refuse 3 'plan says so too' sluice plan main -C "$w" --site "$site/site.yaml"
says 'site.yaml:'
write_site 'code/.+' 'pipeline\.json'
cp "$w/.sluice.yaml" "$trash/saved"
cat >>"$w/.sluice.yaml" <<-'END'
flows:
  - ref: 'refs/heads/feature/.+'
    environment: dev
    action: train
    paths:
      - 'code/.+'
      - '[a-'
END
commit_files "$w" 'A pattern that is none'
refuse 1 'a bad pattern of the project is a finding' push "$w" main
says '.sluice.yaml:13:9'
refuse 1 'which a laptop finds as well' sluice check --policy "$site/site-policy.yaml" -C "$w"
says '.sluice.yaml:13:9'
git -C "$w" reset -q --hard HEAD~1

# --- the first push, then documents ---
check 'plan of a new main' sluice plan main -C "$w" --site "$site/site.yaml"
says "code/.+" 'push        runs'
check 'a new main runs' push "$w" main
says 'queued' 'it runs: nothing is known to compare it with'
check 'to its end' drain
check 'that is an execution' [ "$(executions 222222222222)" = 1 ]
change docs/a.md
check 'plan of documents' sluice plan main -C "$w" --site "$site/site.yaml" --format=json
check 'says that a push would not run' "$python" -c "
import json
p = json.load(open('$work/last'))
assert p['paths'] == ['code/.+', 'pipeline\\\\.json'] and not p['push_runs'], p"
check 'documents alone' push "$w" main
says 'nothing to run' 'site.yaml:' 'sluice run refs/heads/main --rerun' 'sluice.run=yes'
check 'do not run' [ "$(latest $main)" = 'none done' ]
check 'status says why' sluice status main --site "$site/site.yaml"
says 'staging/train' 'match nothing'
check 'and leave the worker nothing' drain
check 'to start' [ "$(executions 222222222222)" = 1 ]
check 'plan in the repository knows it too' sluice plan main -C team.git --site "$site/site.yaml"
says 'does not run'

# --- a tag on documents takes the model of the same inputs ---
arn=arn:aws:sagemaker:eu-west-1:222222222222:model-package/churn/1
first=$(git -C "$w" rev-parse HEAD~1)
put_object 222222222222 "s3://acme-staging/mlops/churn/20261122T103140Z-$first/ml-pipeline-outputs" 'a model'
check 'the model is approved' sluice approve "$arn" --as lea --site "$site/site.yaml"
check 'a tag on documents that nobody trained' sh -c "git -C '$w' tag -a -m Release v1.0.0 && SLUICE_PUSHER=ana git -C '$w' push -q origin v1.0.0"
check 'promotes' drain
check 'the model of the same inputs' [ "$(state "'$arn' in json.dumps(s['sagemaker']['333333333333']['packages'])")" = True ]

# --- what did not run is not hidden by what came after it ---
check 'code' pushed code/train.py
says 'queued'
code_job=$(database 'SELECT max(id) FROM jobs')
check 'then documents, while it waits' pushed docs/a.md
says 'nothing to run'
check 'which do not supersede it' [ "$(database "SELECT state FROM jobs WHERE id = $code_job")" = queued ]
check 'other code does' pushed code/train.py
check 'supersede it' [ "$(database "SELECT state FROM jobs WHERE id = $code_job")" = stopped ]
end_as stopped $main
check 'stopped as well, it still waits to be run' pushed docs/a.md
says 'queued'
end_as failed $main
check 'nor is it hidden if it failed before an execution' pushed docs/a.md
says 'queued'
check 'carried out' drain
check 'it is done with' pushed docs/a.md
says 'nothing to run'
control script '{"describes": 0, "end": "Failed"}'
check 'code that fails in its execution' pushed code/train.py
check 'carried out too' drain
check 'failed' [ "$(latest $main)" = 'train failed' ]
check 'has had its execution' pushed docs/a.md
says 'nothing to run'
control script '{"describes": 0, "end": "Succeeded"}'
check 'code that is not to be run' pushed code/train.py -o sluice.run=no
says 'sluice.run=no'
check 'waits for documents that may' pushed docs/a.md
says 'queued'
check 'to take it along' drain

# --- asked for ---
check 'documents that are to be run' pushed docs/a.md -o sluice.run=yes
says 'queued'
check 'are carried out' drain
change docs/a.md
refuse 1 'both at once' git -C "$w" push -q -o sluice.run=yes -o sluice.run=no origin main
says 'say one of them'
refuse 1 'another word' git -C "$w" push -q -o sluice.run=maybe origin main
says 'sluice.run=yes'
push "$w" main 2>/dev/null

# --- branches ---
git -C "$w" checkout -q -b feature/words
check 'a branch at a known commit' push "$w" feature/words
says 'nothing to run'
change docs/b.md
check 'documents on it' push "$w" feature/words
says 'nothing to run'
git -C "$w" checkout -q -b feature/code main
change code/idea.py
change docs/b.md
check 'a branch with code below documents' push "$w" feature/code
says 'queued'
git -C "$w" checkout -q -b feature/later main
change code/later.py
check 'a branch whose code is not to be run' git -C "$w" push -q -o sluice.run=no origin feature/later
git -C "$w" checkout -q main
git -C "$w" merge -q --ff-only feature/later
check 'main takes it in' push "$w" main
git -C "$w" checkout -q feature/later
change docs/b.md
check 'but not for the branch: it was not run there' push "$w" feature/later
says 'queued'
git -C "$w" checkout -q feature/code
check 'all of it' drain
git -C "$w" commit -q --amend -m 'Other words'
check 'a forced push of the same files' push "$w" +feature/code
says 'nothing to run'
git -C "$w" reset -q --hard main
check 'one to other files' push "$w" +feature/code
says 'queued'
git -C "$w" checkout -q main
drain >/dev/null

# --- a hook that died: made up for alike ---
mv team.git/hooks/post-receive team.git/hooks/away
change docs/c.md
push "$w" main 2>/dev/null
git -C "$w" checkout -q -b feature/lost
change code/lost.py
push "$w" feature/lost 2>/dev/null
git -C "$w" checkout -q -b feature/dull main
change docs/dull.md
push "$w" feature/dull 2>/dev/null
git -C "$w" checkout -q -b feature/asked main
change docs/asked.md
git -C "$w" push -q -o sluice.run=yes origin feature/asked 2>/dev/null
mv team.git/hooks/away team.git/hooks/post-receive
# main goes on past a branch that nobody has written a job for yet.
git -C "$w" checkout -q main
git -C "$w" merge -q --no-edit feature/lost
push "$w" main 2>/dev/null
check 'the worker makes up for them' drain
check 'documents on a new branch: nothing' [ "$(latest refs/heads/feature/dull)" = 'none done' ]
check 'code on one: run, though main has it now' [ "$(latest refs/heads/feature/lost)" = 'train done' ]
check 'what was asked for: run' [ "$(latest refs/heads/feature/asked)" = 'train done' ]
mv team.git/hooks/post-receive team.git/hooks/away
pushed code/train.py 2>/dev/null
mv team.git/hooks/away team.git/hooks/post-receive
check 'documents after code whose job was never written' pushed docs/c.md
says 'made up for 1 earlier push' 'nothing to run'
check 'the code runs all the same' [ "$(database "SELECT kind || ' ' || state FROM jobs WHERE new_oid = '$(git -C "$w" rev-parse main~1)'")" = 'train queued' ]
drain >/dev/null

# --- limits: in doubt it runs, and says so ---
blob=$(echo x | git -C "$w" hash-object -w --stdin)
many=$(seq 1 100002 | sed "s|.*|100644 blob $blob	f&|" | git -C "$w" mktree)
tree=$( { git -C "$w" ls-tree HEAD; printf '040000 tree %s\tzz\n' "$many"; } | git -C "$w" mktree)
commit=$(git -C "$w" commit-tree -p HEAD -m 'Many files' "$tree")
check 'more files than are compared' push "$w" "$commit:refs/heads/feature/many"
# On a slow machine the limit of time comes before that of files.
case $(cat "$work/output") in
*'it runs: comparing what changed with '*' took longer'*) ;;
*) says 'it runs: more than 100000 files changed' ;;
esac
write_site '(a+)+[xy]'
git -C "$w" checkout -q -b feature/slow
change aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
check 'a pattern that meets its limit' push "$w" feature/slow
says 'it runs: regular expression'
git -C "$w" checkout -q main
write_site 'code/.+' 'pipeline\.json'

# --- in a CI job ---
sed 's/^    paths:/    trigger: ci\n    paths:/' "$site/site.yaml" >"$site/ci.yaml"
git -C team.git config sluice.site "$site/ci.yaml"
# job BEFORE [VARIABLE=VALUE...] -- ARGUMENT...: as GitLab runs one for main.
job() {
	before=$1
	shift
	env CI_COMMIT_BRANCH=main CI_COMMIT_SHA="$(git -C "$w" rev-parse HEAD)" \
		CI_COMMIT_BEFORE_SHA="$before" "$@" -C "$w" --site "$site/ci.yaml"
}
starts=$(calls StartPipelineExecution)
before=$(git -C "$w" rev-parse HEAD)
check 'documents whose flow the CI job starts' pushed docs/a.md
says 'nothing to run' 'match nothing'
check 'the job runs nothing' job "$before" sluice run --no-wait
says 'nothing to run: ' '--rerun'
check 'as JSON' job "$before" sluice run --no-wait --format=json
says '"state": "none"'
check 'plan in the job says so' job "$before" sluice plan
says 'does not run'
check 'Jenkins has other variables' env BRANCH_NAME=main GIT_COMMIT="$(git -C "$w" rev-parse HEAD)" \
	GIT_PREVIOUS_COMMIT="$before" sluice run --no-wait -C "$w" --site "$site/ci.yaml"
says 'nothing to run'
check 'nothing was started' [ "$(calls StartPipelineExecution)" = "$starts" ]
check 'a schedule runs it' job "$before" CI_PIPELINE_SOURCE=schedule sluice run --no-wait
says_not 'nothing to run'
check 'once' [ "$(calls StartPipelineExecution)" = $((starts + 1)) ]
pushed docs/a.md 2>/dev/null
check 'so does a person' sluice run main --no-wait -C "$w" --site "$site/ci.yaml"
says_not 'nothing to run'
pushed docs/a.md 2>/dev/null
check 'and --rerun' job "$before" sluice run --no-wait --rerun
says_not 'nothing to run'
pushed docs/a.md 2>/dev/null
check 'an old value that the job does not know' job 0000000000000000000000000000000000000000 sluice run --no-wait
says 'it runs: nothing is known to compare it with'
pushed docs/a.md 2>/dev/null
check 'and one that the clone lacks' job 1111111111111111111111111111111111111111 sluice run --no-wait
says 'it runs: what changed cannot be read'
check 'each of them ran' [ "$(calls StartPipelineExecution)" = $((starts + 5)) ]
before=$(git -C "$w" rev-parse HEAD)
check 'code whose flow the CI job starts' pushed code/train.py
says 'the CI job of this ref starts it'
check 'runs in the job' job "$before" sluice run --no-wait
says_not 'nothing to run'
check 'it does' [ "$(calls StartPipelineExecution)" = $((starts + 6)) ]

done_testing
