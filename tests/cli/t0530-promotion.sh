#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A tag promotes the model that was approved for its commit, and no other.
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

once() {
	database "UPDATE jobs SET not_before_s = 0 WHERE state IN ('queued', 'held')"
	sluice worker --once --poll 100ms --site "$site/site.yaml"
}

prod_packages() {
	state "len(s['sagemaker'].get('333333333333', {}).get('packages', {}))"
}

tag() {
	git -C "$w" tag -a -m "Release $1" "$1" "${2:-HEAD}" && push "$w" "$1"
}

export SLUICE_PUSHER=ana
commit=$(git -C "$w" rev-parse HEAD)
build=20261122T103140Z-$commit
check 'main and a tag in one push' sh -c "git -C '$w' tag -a -m Release v1.0.0 && git -C '$w' push -q origin main v1.0.0"
check 'training comes first' once
check 'the tag waits for approval' once
check 'held' [ "$(job_state refs/tags/v1.0.0)" = held ]
check 'and says for what' sluice status refs/tags/v1.0.0 --site "$site/site.yaml"
says 'held' 'sluice approve' 'model-package/churn/1'
arn=arn:aws:sagemaker:eu-west-1:222222222222:model-package/churn/1
put_object 222222222222 "s3://acme-staging/mlops/churn/$build/ml-pipeline-outputs" 'a model'

# --- who may approve ---
refuse 1 'the pusher may not approve' sluice approve "$arn" --as ana --site "$site/site.yaml"
says 'ana'
refuse 3 'nor somebody unknown' sluice approve "$arn" --as mallory --site "$site/site.yaml"
refuse 3 'nor is a package that is not there approved' sluice approve \
	arn:aws:sagemaker:eu-west-1:222222222222:model-package/churn/99 --as lea --site "$site/site.yaml"
check 'nothing was promoted yet' [ "$(prod_packages)" = 0 ]
check 'an approver who did not write it may' sluice approve "$arn" --as lea --reason 'good enough' --site "$site/site.yaml"
check 'the registry says so' [ "$(state "s['sagemaker']['222222222222']['packages']['$arn']['ModelApprovalStatus']")" = Approved ]
check 'and who' [ "$(state "'lea' in json.dumps(s['sagemaker']['222222222222']['packages']['$arn'])")" = True ]
check 'the ledger too' [ "$(database "SELECT count(*) FROM ledger WHERE kind = 'approval'")" = 1 ]

# --- promoted ---
check 'the worker promotes it' once
check 'done' [ "$(job_state refs/tags/v1.0.0)" = "done" ]
check 'one package in prod' [ "$(prod_packages)" = 1 ]
check 'its artifact is in the bucket of prod' [ "$(state "any('a model' in v for v in s['s3']['acme-prod'].values())")" = True ]
check 'and it names its source' [ "$(state "'$arn' in json.dumps(s['sagemaker']['333333333333']['packages'])")" = True ]
check 'the ledger has the promotion' [ "$(database "SELECT count(*) FROM ledger WHERE kind = 'promotion'")" = 1 ]
check 'again' sluice worker --once --site "$site/site.yaml"
check 'adds nothing' [ "$(prod_packages)" = 1 ]

# --- a change of documents has the same inputs: the same model ---
git -C "$w" checkout -q --detach HEAD
git -C "$w" checkout -q main
new_commit "$w" 'Describe it' docs.md
git -C "$w" push -q -o sluice.run=no origin main 2>/dev/null
check 'a tag on a commit that changes documents only' tag v1.0.1
check 'is promoted from the same inputs' once
check 'done as well' [ "$(job_state refs/tags/v1.0.1)" = "done" ]

# --- not trained yet, then trained ---
new_commit "$w" 'New code' code/new.py
git -C "$w" push -q -o sluice.run=no origin main 2>/dev/null
check 'a tag on what nobody trained' tag v1.1.0
check 'the worker looks' once
check 'it is held' [ "$(job_state refs/tags/v1.1.0)" = held ]

# --- rejected ---
new_commit "$w" 'Worse code' code/new.py worse
push "$w" main 2>/dev/null
once >/dev/null
arn2=$(state "sorted(s['sagemaker']['222222222222']['packages'])[-1]")
state "s" >/dev/null
decide_elsewhere "$arn2" Rejected
check 'a tag on a rejected model' tag v1.2.0
check 'the worker looks again' once
check 'refused' [ "$(job_state refs/tags/v1.2.0)" = refused ]
check 'with the reason' sluice status refs/tags/v1.2.0 --site "$site/site.yaml"
says 'ejected'
check 'nothing new in prod' [ "$(prod_packages)" = "$(state "len(s['sagemaker']['333333333333']['packages'])")" ]

# --- approved behind our back, by nobody we know ---
new_commit "$w" 'Other code' code/new.py other
push "$w" main 2>/dev/null
once >/dev/null
arn3=$(state "sorted(s['sagemaker']['222222222222']['packages'], key=lambda a: int(a.split('/')[-1]))[-1]")
decide_elsewhere "$arn3" Approved
check 'a tag on a model that nobody we know approved' tag v1.3.0
check 'the worker looks once more' once
check 'is held: no identity, no promotion' [ "$(job_state refs/tags/v1.3.0)" = held ]

check 'a tag that is deleted' push "$w" :v1.0.0
check 'changes nothing' once
check 'in prod' [ "$(state "len(s['sagemaker']['333333333333']['groups'])")" = 1 ]

done_testing
