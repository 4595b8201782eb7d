#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The preset "roadmap": main trains in dev, an approval promotes to staging, a
# tag promotes to prod.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"
. "${SL_SRCDIR:?}/tests/cli/aws.sh"

check 'the stand-in for AWS starts' start_aws

# use_flows TEXT: the site's.
use_flows() {
	make_site
	{
		sed '/^flows:/,$d' "$site/site.yaml"
		printf '%s\n' "$1"
		sed -n '/^environments:/,$p' "$site/site.yaml"
	} | sed "s|lea: {|lea: {principals: ['arn:aws:iam::$account_dev:role/other/other'], |" \
		>"$trash/edited" && mv "$trash/edited" "$site/site.yaml"
}

# Each job is looked at once more, whether it is due or not.
once() {
	database "UPDATE jobs SET not_before_s = 0 WHERE state IN ('queued', 'held')"
	sluice worker --once --poll 100ms --site "$site/site.yaml"
}

# jobs WHERE: kind, flow and state of each, in order.
jobs() {
	database "SELECT group_concat(kind || ' ' || flow || ' ' || state, ', ') FROM (SELECT * FROM jobs WHERE $1 ORDER BY id)"
}

packages() {
	state "len(s['sagemaker'].get('$1', {}).get('packages', {}))"
}

use_flows 'flows: roadmap'
make_server team
new_clone team work
w=$trash/work
write_project "$w"
commit_files "$w" 'A project that trains'
control script '{"describes": 0, "end": "Succeeded"}'
export SLUICE_PUSHER=ana

# --- what cannot be ---
main="ref: 'refs/heads/main', environment: dev, action: train"
for case in "qa, names: main|has no such environment as its \"promote-to\"" \
	"dev, names: main|names the flow's own environment" \
	"staging|needs \"names: main\""; do
	use_flows "flows: [{$main, promote-to: ${case%%|*}}]"
	refuse 1 "promote-to: ${case%%|*}" push "$w" main
	says 'site.yaml:' "${case#*|}"
done
use_flows "flows: [{ref: 'refs/heads/main', action: none, promote-to: staging}]"
refuse 1 'with nothing that trains' push "$w" main
says 'means nothing for the action "none"'
use_flows "flows: [{$main, names: main}]"
cp "$w/.sluice.yaml" "$trash/saved"
printf "flows: [{%s, names: main, promote-to: staging}]\n" "$main" >>"$w/.sluice.yaml"
commit_files "$w" 'Promote ourselves'
refuse 1 'a project promotes no further than its site' push "$w" main
says 'no flow of the site allows it'
git -C "$w" reset -q --hard HEAD~1
use_flows 'flows: roadmap'

# The models that main trains are promoted: no branch sends its own among them.
git -C "$w" checkout -q -b feature/evil
sneak="ref: 'refs/heads/feature/.+', environment: dev, action: train"
printf "flows: [{%s, names: main, approval: approved}]\n" "$sneak" >>"$w/.sluice.yaml"
commit_files "$w" 'Among the models of main'
refuse 1 'a branch trains no model of main' push "$w" feature/evil
says '.sluice.yaml:' 'no flow of the site allows it'
git -C "$w" reset -q --hard HEAD~1
printf "flows: [{%s, names: main}]\n" "$sneak" >>"$w/.sluice.yaml"
commit_files "$w" 'Among them, to be approved'
refuse 1 'nor where the site has the like for main' push "$w" feature/evil
says 'it must be on the policy ref before it counts'
git -C "$w" checkout -q - && git -C "$w" branch -q -D feature/evil

# --- main: two jobs in one transaction ---
commit=$(git -C "$w" rev-parse HEAD)
build=20261122T103140Z-$commit
check 'plan shows both' sluice plan main -C "$w" --site "$site/site.yaml"
says 'train in dev' 'then        promote to staging, once the model is approved'
check 'as JSON' sluice plan main -C "$w" --site "$site/site.yaml" --format=json
says '"promote_to": "staging"'
check 'main is pushed' push "$w" main
says 'refs/heads/main -> dev (dev/train)' 'then -> staging (staging/promote): job 2, held until the model is approved'
check 'two jobs' [ "$(jobs 1=1)" = 'train dev/train queued, promote staging/promote queued' ]
check 'on one verdict' [ "$(database 'SELECT count(*), count(DISTINCT intention) FROM jobs')" = '2|1' ]
check 'the same hook again' sh -c \
	"cd '$trash/team.git' && echo '0000000000000000000000000000000000000000 $commit refs/heads/main' | GIT_DIR=. sluice-hook post-receive"
check 'writes nothing twice' [ "$(database 'SELECT count(*) FROM jobs')" = 2 ]
check 'the worker trains' drain
check 'and looks at the promotion' once
check 'which is held' [ "$(jobs 1=1)" = 'train dev/train done, promote staging/promote held' ]
check 'status shows both' sluice status main --site "$site/site.yaml"
says 'dev/train' 'staging/promote' 'not approved yet: sluice approve' 'model-package/churn/1'
check 'at first it is looked at every minute' [ "$(database 'SELECT not_before_s - updated_at_s FROM jobs WHERE id = 2')" = 60 ]
database 'UPDATE jobs SET held_since_s = held_since_s - 864000 WHERE id = 2'
once >/dev/null
check 'later every quarter of an hour' [ "$(database 'SELECT not_before_s - updated_at_s FROM jobs WHERE id = 2')" = 900 ]

# --- it stands in nobody's way ---
new_commit "$w" 'More code' code/more.py
check 'another push of main' push "$w" main
check 'trains at once' drain
check 'both promotions wait' [ "$(jobs "kind = 'promote'")" = 'promote staging/promote held, promote staging/promote held' ]

# --- approved ---
arn=arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/1
put_object 111111111111 "s3://acme-dev/mlops/churn/$build/ml-pipeline-outputs" 'a model'
check 'nothing is in staging yet' [ "$(packages 222222222222)" = 0 ]
refuse 1 'the pusher may not approve' sluice approve "$arn" --as ana --site "$site/site.yaml"
check 'an approver may' sluice approve "$arn" --as lea --site "$site/site.yaml"
says '2 held jobs will be looked at again now'
check 'the worker goes on by itself' sluice worker --once --poll 100ms --site "$site/site.yaml"
check 'the model of that commit is promoted, the other one waits' \
	[ "$(jobs "kind = 'promote'")" = 'promote staging/promote done, promote staging/promote held' ]
check 'staging has it' [ "$(packages 222222222222)" = 1 ]
check 'with its source' [ "$(state "
(lambda p: [p['ModelApprovalStatus'], '$arn' in json.dumps(p['CustomerMetadataProperties']),
 '$build' in json.dumps(p['CustomerMetadataProperties'])])(list(s['sagemaker']['222222222222']['packages'].values())[0])")" = "['Approved', True, True]" ]
check 'and its artifact' [ "$(state "any('a model' in v for v in s['s3']['acme-staging'].values())")" = True ]
check 'the ledger says who' [ "$(database "SELECT json_extract(json, '\$.approved_by') || ' ' || json_extract(json, '\$.environment') FROM ledger WHERE kind = 'promotion'")" = 'lea staging' ]
check 'nothing was started in staging' [ "$(executions 222222222222)" = 0 ]

# --- a tag promotes to prod, from dev too ---
git -C "$w" tag -a -m Release v1.0.0 "$commit"
check 'a tag' push "$w" v1.0.0
says 'prod/promote'
says_not 'then ->'
check 'is promoted' once
check 'to prod' [ "$(packages 333333333333)" = 1 ]
check 'from dev' [ "$(state "'$arn' in json.dumps(s['sagemaker']['333333333333']['packages'])")" = True ]

# --- approved in the console, by somebody whom the site knows ---
commit2=$(git -C "$w" rev-parse HEAD)
put_object 111111111111 "s3://acme-dev/mlops/churn/20261122T103140Z-$commit2/ml-pipeline-outputs" 'another model'
check 'the other model is approved in the console' decide_elsewhere \
	arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/2 Approved "$account_dev"
check 'the worker finds it' once
check 'and promotes it' [ "$(jobs "kind = 'promote' AND environment = 'staging'")" = 'promote staging/promote done, promote staging/promote done' ]
check 'the ledger says who did it' [ "$(database "SELECT json_extract(json, '\$.approved_by') FROM ledger WHERE kind = 'promotion' ORDER BY seq DESC LIMIT 1")" = lea ]

# --- rejected: refused, and over with ---
new_commit "$w" 'Worse code' code/more.py worse
push "$w" main 2>/dev/null
drain >/dev/null
check 'a model is rejected' decide_elsewhere \
	arn:aws:sagemaker:eu-west-1:111111111111:model-package/churn/3 Rejected "$account_dev"
once >/dev/null
check 'its promotion is refused' [ "$(job_state refs/heads/main)" = refused ]

# --- what does not run owes no promotion ---
new_commit "$w" 'Not to be run' code/more.py no
check 'a push that is not to be run' git -C "$w" push -q -o sluice.run=no origin main
check 'is one job that does nothing' [ "$(jobs "new_oid = '$(git -C "$w" rev-parse HEAD)'")" = 'none none done' ]
use_flows "flows: [{$main, names: main, promote-to: staging, paths: ['code/.+']}]"
new_commit "$w" 'Taken along' code/more.py along
check 'code' push "$w" main
says 'then -> staging'
new_commit "$w" 'Documents' docs.md
check 'documents' push "$w" main
says 'nothing to run'
says_not 'then ->'
check 'are one job that does nothing' [ "$(jobs "new_oid = '$(git -C "$w" rev-parse HEAD)'")" = 'none dev/train done' ]

# --- the CI job trains, the worker promotes ---
use_flows "flows: [{$main, names: main, trigger: ci, promote-to: staging}]"
new_commit "$w" 'For the CI job' code/more.py ci
check 'a flow that the CI job starts' push "$w" main
says 'the CI job of this ref starts it' 'then -> staging'
check 'leaves the promotion' [ "$(jobs "new_oid = '$(git -C "$w" rev-parse HEAD)'")" = 'none dev/train done, promote staging/promote queued' ]
check 'held' once
check 'until the job has run' [ "$(job_state refs/heads/main)" = held ]
check 'it runs' timeout 120 sluice run main --poll 100ms -C "$w" --site "$site/site.yaml"
last=$(state "sorted((a for a in s['sagemaker']['111111111111']['packages']), key=lambda a: int(a.split('/')[-1]))[-1]")
put_object 111111111111 "s3://acme-dev/mlops/churn/20261122T103140Z-$(git -C "$w" rev-parse HEAD)/ml-pipeline-outputs" 'a model'
check 'its model is approved' sluice approve "$last" --as lea --site "$site/site.yaml"
check 'the worker promotes it' once
check 'done' [ "$(job_state refs/heads/main)" = "done" ]

# --- a hook that died: both are made up for ---
use_flows 'flows: roadmap'
mv team.git/hooks/post-receive team.git/hooks/away
new_commit "$w" 'A lost push' code/more.py lost
push "$w" main 2>/dev/null
mv team.git/hooks/away team.git/hooks/post-receive
check 'a push whose post-receive never ran' drain
check 'is made up for, with its promotion' [ "$(jobs "new_oid = '$(git -C "$w" rev-parse HEAD)'")" = 'train dev/train done, promote staging/promote held' ]

# --- a site without staging: main trains, and that is all ---
use_flows 'flows: roadmap'
sed -i '/^  staging:/,/^    role:/d' "$site/site.yaml"
check 'plan without staging' sluice plan main -C "$w" --site "$site/site.yaml"
says 'train in dev'
says_not 'then '

done_testing
