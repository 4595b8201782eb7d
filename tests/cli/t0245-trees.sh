#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Whole trees: how much of one is read, and the packs for deployment.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"

# write PATH...: a file with a line.
write() {
	for path; do
		mkdir -p "$(dirname "$path")"
		echo '{"InstanceCount": 1}' >"$path"
	done
}

# policy_is LINE...: the rules, or what stands before them.
policy_is() {
	{
		printf 'sluice: 1\nname: trees\n'
		printf '%s\n' "$@"
	} >"$trash/policy.yaml"
}

# reads N: the last check visited so many entries of trees.
reads() {
	sed -n 's/.* \([0-9]*\) tree entr.*/\1/p' "$work/last" >"$work/count"
	echo "visited $(cat "$work/count"), not $1"
	[ "$(cat "$work/count")" = "$1" ]
}

git init -q "$trash/w"
cd "$trash/w" || exit 1
git config sluice.policy "$trash/policy.yaml"
for i in 1 2 3 4 5 6 7 8 9; do
	write "data/$i/a/b/c.txt" "jobs/j$i/main.py" "jobs/j$i/lib/a/b.py"
done
write README.md
git add .
git commit -qm 'A tree of 84 entries'

policy_is 'rules: {a: {kind: path, collisions: deny}}'
check 'names that meet may be anywhere' sluice check
check '  so all of the tree is read' reads 84
policy_is "rules: {a: {kind: tree, require: ['README\\.md', 'jobs/']}}"
check 'a rule on the root' sluice check
check '  reads the root' reads 3
policy_is 'rules:' '  a:' '    kind: tree' \
	"    each-dir: 'jobs/(?<job>[^/]+)'" \
	"    require: ['main\\.py']" "    forbid: '{job}\\.py'"
check 'a rule on each job' sluice check
check '  reads the folders of jobs' reads 30

# What need not be read may be gone.
tree=$(git rev-parse HEAD:data)
rm -f ".git/objects/$(echo "$tree" | cut -c1-2)/$(echo "$tree" | cut -c3-)"
check 'a folder that nothing asks about is not even opened' sluice check
policy_is 'rules: {a: {kind: path, collisions: deny}}'
refuse 2 'one that must be read and cannot is undecided' sluice check
says 'the tree was not read'

# --- deployment ---
rm -rf "$trash/w"
git init -q "$trash/d"
cd "$trash/d" || exit 1
git config sluice.policy "$trash/policy.yaml"
policy_is "extends: ['sluice:mlops-deployment']"
write README.md inference_config/README.md tests/README.md \
	inference_config/staging/inference_config.json \
	inference_config/prod/inference_config.json \
	app_infra/lambda/handler.py \
	app_infra/batch_inference/ml-pipeline-inference.py \
	tests/integration_test/test_endpoint.py \
	tests/stress_test/test_load.py tests/other_test/test_scores.py
git add .
git commit -qm 'Deploy the model of the roadmap'
check "the roadmap's tree" sluice check
says 'pass'
says_not 'warn'
git mv inference_config/staging inference_config/dev
git rm -q tests/integration_test/test_endpoint.py
write inference_config/prod/deploy.py
echo '{"InstanceType": "large"}' >inference_config/prod/inference_config.json
git add .
git commit -qm 'Leave staging out'
refuse 1 'without staging and its tests' sluice check
says 'inference_config lacks staging/' 'tests has no integration test' \
	'inference_config/prod/deploy.py is no settings' \
	'inference_config/prod/inference_config.json:1:'

git rm -rqf .
write README.md config/dev/endpoint-config.yml \
	config/staging/endpoint-config.yml config/prod/endpoint-config.yml \
	config/cdk-deploy-app.yml tests/integration_tests/test_endpoint.py \
	tests/unittests/test_stack.py
git add .
git commit -qm "Deploy the model of AWS's sample"
refuse 1 'the tree of a sample has other names' sluice check
says 'lacks inference_config/'
policy_is "extends: ['sluice:mlops-deployment-samples']"
check '  which another pack knows' sluice check
git rm -rqf config
write prod-config.json
git add .
git commit -qm 'Only prod'
refuse 1 'and holds to staging before prod' sluice check
says 'there are settings for prod, but no staging-config.json'

done_testing
