#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Images: what a tag stood for when a build began is what every attempt runs,
# and what a promotion registers.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"
. "${SL_SRCDIR:?}/tests/cli/aws.sh"

fit=222222222222.dkr.ecr.eu-west-1.amazonaws.com/team/fit
d1=sha256:$(printf one | sha256sum | cut -c1-64)
d2=sha256:$(printf two | sha256sum | cut -c1-64)

# set_tag ACCOUNT TAG DIGEST: push an image.
set_tag() {
	control images "{\"account\": \"$1\", \"repository\": \"team/fit\",
		\"tag\": \"$2\", \"digest\": \"$3\", \"pull\": [\"333333333333\"]}"
}

# write_definition LITERAL: takes one image from a parameter, one from there.
write_definition() {
	sed -e 's|{"Name": "CodeUri"|{"Name": "Image", "Type": "String", "DefaultValue": "'"$fit"':1"},\n  &|' \
		-e 's|"TrainingImage": "image:1"|"TrainingImage": {"Get": "Parameters.Image"}|' \
		-e "s|\"Image\": \"image:1\"|\"Image\": \"$1\"|" \
		-e 's|"Containers": \[|&{"Image": {"Get": "Parameters.Image"}, "ModelDataUrl": {"Get": "Parameters.OutputUri"}}, |' \
		"$trash/definition" >"$w/pipeline.json"
}

# started: the image that each execution of staging was started with.
started() {
	state "[e['Parameters'].get('Image') for e in s['sagemaker']['222222222222']['executions'].values()]"
}

# manifest EXPRESSION: over the manifest m of the commit that is checked out.
manifest() {
	state "(lambda m: $1)(json.loads(s['s3']['acme-staging']['mlops/churn/20261122T103140Z-$(git -C "$w" rev-parse HEAD)/manifest.json'][-1]))"
}

once() {
	database "UPDATE jobs SET not_before_s = 0 WHERE state IN ('queued', 'held')"
	sluice worker --once --poll 100ms --site "$site/site.yaml"
}

# train SUBJECT: a commit on main, carried out.
train() {
	commit_files "$w" "$1" && push "$w" main 2>/dev/null && drain
}

# configure KEY VALUE: of staging and prod, from now on.
configure() {
	sed -i -e "/^    $1:/d" -e "s|^    protected: true|&\n    $1: $2|" "$site/site.yaml"
}

check 'the stand-in for AWS starts' start_aws
make_site
make_server team
new_clone team work
w=$trash/work
write_project "$w"
cp "$w/pipeline.json" "$trash/definition"
control script '{"describes": 0, "end": "Succeeded"}'
check 'a tag stands for an image' set_tag 222222222222 1 "$d1"
export SLUICE_PUSHER=ana

# --- a stand-in for SageMaker without a registry ---
write_definition image:1
check 'a build without an ECR endpoint' train 'A project that trains'
check 'is done' [ "$(job_state refs/heads/main)" = "done" ]
check 'with the tag as it is' [ "$(started)" = "['$fit:1']" ]
check 'the record says why' [ "$(manifest "['no ECR endpoint' in i['reason'] for i in m['images'] if i.get('parameter')]")" = '[True]' ]
check 'and nobody was asked' [ "$(calls BatchGetImage)" = 0 ]
sed -i "s|{sagemaker: |{ecr: '$aws_endpoint', sagemaker: |" "$site/site.yaml"

# --- moved between attempts ---
check 'plan tells that ECR is asked' sluice plan main -C "$w" --site "$site/site.yaml"
says 'ecr:BatchGetImage'
write_definition "$fit:1"
control faults '[{"operation": "BatchGetImage", "kind": "throttle"},
	{"operation": "StartPipelineExecution", "kind": "error"}]'
commit_files "$w" 'An image of ours'
push "$w" main 2>/dev/null
check 'a start that fails' once
check 'leaves an intention' [ "$(manifest "[a['state'] for a in m['attempts']]")" = "['intended']" ]
check 'the tag moves' set_tag 222222222222 1 "$d2"
check 'the worker goes on' once
check 'and starts what was intended' [ "$(started)" = "['$fit:1', '$fit@$d1']" ]
check 'once' [ "$(manifest "[a['parameters']['Image'] for a in m['attempts']]")" = "['$fit@$d1']" ]
check 'one image was asked for, once' [ "$(calls BatchGetImage)" = 1 ]
check 'another attempt' sluice run main --rerun --poll 100ms --timeout 60s -C "$trash/team.git" --site "$site/site.yaml"
check 'runs the same' [ "$(started)" = "['$fit:1', '$fit@$d1', '$fit@$d1']" ]
check 'the record has both, with digests' [ "$(manifest "[(i['image'], i['digest'], i.get('parameter')) for i in m['images']]")" = "[('$fit:1', '$d1', 'Image'), ('$fit:1', '$d1', None)]" ]

# --- moved between training and promotion ---
arn=arn:aws:sagemaker:eu-west-1:222222222222:model-package/churn/2
put_object 222222222222 "$(state "s['sagemaker']['222222222222']['packages']['$arn']['InferenceSpecification']['Containers'][0]['ModelDataUrl']")" 'a model'
check 'an approval' sluice approve "$arn" --as lea --site "$site/site.yaml"
git -C "$w" tag -a -m "Model-Package: $arn" v1.0.0
check 'a release' push "$w" v1.0.0
configure pinned-images true
check 'is promoted, even where only pinned images are taken' once
check 'done' [ "$(job_state refs/tags/v1.0.0)" = "done" ]
check 'with the digest that was trained' [ "$(state "[[(c['Image'], c.get('ImageDigest')) for c in p['InferenceSpecification']['Containers']] for p in s['sagemaker']['333333333333']['packages'].values()]")" = "[[('$fit@$d1', None), ('$fit@$d1', '$d1')]]" ]
check 'the record says so' [ "$(state "[i['digest'] for k, v in s['s3']['acme-prod'].items() if '/promotions/' in k for i in json.loads(v[-1])['images']]")" = "['$d1']" ]

# --- pinned images only ---
starts=$(calls StartPipelineExecution)
check 'a literal tag where only pinned images are taken' train 'Still a tag'
check 'is refused' [ "$(job_state refs/heads/main)" = refused ]
check 'with the place and the way out' sluice status refs/heads/main --site "$site/site.yaml"
says 'pipeline.json:' 'pinned-images' "$fit@$d2"
check 'and nothing was started' [ "$(calls StartPipelineExecution)" = "$starts" ]
write_definition "$fit@$d2"
check 'by digest' train 'By digest'
check 'it is taken' [ "$(job_state refs/heads/main)" = "done" ]

# --- what the registry refuses ---
configure pinned-images false
write_definition 444444444444.dkr.ecr.eu-west-1.amazonaws.com/team/fit:1
check "another account's image" train "Another account's image"
check 'is done all the same' [ "$(job_state refs/heads/main)" = "done" ]
check 'and recorded as not pinned' [ "$(manifest "['AccessDenied' in i['reason'] for i in m['images'] if 'reason' in i]")" = '[True]' ]
write_definition "$fit:9"
commit_files "$w" 'A tag that nobody pushed'
push "$w" main 2>/dev/null
check 'the worker says so' once
says 'not pinned' 'ImageNotFound'
control faults '[{"operation": "BatchGetImage", "kind": "error", "times": 4}]'
write_definition "$fit:1"
check 'a registry that is away' train 'Once more'
check 'is waited for' once
check 'until it is back' [ "$(job_state refs/heads/main)" = "done" ]
check 'nothing unpinned ran meanwhile' [ "$(manifest "[i.get('digest') for i in m['images']]")" = "['$d2', '$d2']" ]

done_testing
