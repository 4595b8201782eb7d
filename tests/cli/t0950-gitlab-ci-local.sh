#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The GitLab template, run as GitLab would, by gitlab-ci-local. Only
# `scripts/test --full` runs it: it needs that program from npm.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"

: "${SL_PYTHON:=python3}"

# ci ARGUMENT...: gitlab-ci-local in the work tree.
ci() (
	cd "$tree" && gitlab-ci-local --no-color \
		--state-dir .gitlab-ci-local --artifacts-to-source "$@"
)

# as_merge_request ARGUMENT...: with the variables of one into main.
as_merge_request() {
	ci --variable CI_PIPELINE_SOURCE=merge_request_event \
		--variable CI_MERGE_REQUEST_IID=7 \
		--variable CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main \
		--variable "CI_MERGE_REQUEST_DIFF_BASE_SHA=$base" \
		--variable "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=feature/x" \
		--variable "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=$(head_of)" \
		"$@"
}

head_of() {
	git -C "$tree" rev-parse HEAD
}

# jobs_are WANTED COMMAND...: the names of the jobs that would run.
jobs_are() {
	wanted=$1
	shift
	"$@" --list-csv >"$trash/jobs" || return 1
	cat "$trash/jobs"
	grep -q '^name;' "$trash/jobs" &&
		[ "$(awk -F ';' 'jobs { print $1 }
			/^name;/ { jobs = 1 }' "$trash/jobs")" = "$wanted" ]
}

make_tree() {
	cp -R "$SL_SRCDIR/templates/training" "$tree" &&
		cp "$SL_SRCDIR/templates/gitlab/sluice.gitlab-ci.yml" \
			"$tree/.gitlab-ci.yml" &&
		printf '.gitlab-ci-local/\nsluice-*.json\nsluice-*.xml\n' \
			>>"$tree/.gitignore" &&
		git -C "$tree" init -q &&
		git -C "$tree" remote add origin \
			https://gitlab.example.org/team/time-zones.git &&
		commit_files "$tree" 'Scaffold the project' &&
		git -C "$tree" checkout -q -b feature/x &&
		echo 'A line more.' >>"$tree/README.md" &&
		commit_files "$tree" 'Say more' &&
		git clone -q --bare "$tree" "$trash/time-zones.git" &&
		git config --global "url.$trash/time-zones.git.insteadOf" \
			https://gitlab.example.org/team/time-zones.git
}

code_quality_is() {
	"$SL_PYTHON" - "$tree/sluice-codequality.json" "$1" <<'END'
import json
import sys

with open(sys.argv[1], encoding='utf-8') as file:
    issues = json.load(file)
assert bool(issues) == (sys.argv[2] == 'some'), issues
for issue in issues:
    assert issue['description'] and issue['fingerprint'], issue
    assert issue['severity'] in ('info', 'minor', 'major', 'critical',
                                 'blocker'), issue
    assert issue['location']['path'], issue
    assert issue['location']['lines']['begin'] >= 1, issue
assert len({issue['fingerprint'] for issue in issues}) == len(issues)
END
}

junit_has_failures() {
	"$SL_PYTHON" - "$tree/sluice-junit.xml" "$1" <<'END'
import sys
import xml.etree.ElementTree

root = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
failures = list(root.iter('failure'))
assert bool(failures) == (sys.argv[2] == 'some'), failures
END
}

tree=$trash/time-zones
check 'a repository with the template' make_tree
base=$(git -C "$tree" rev-parse main)

# Rules: a merge request gets the check and never the run.
check 'a merge request is only checked' \
	jobs_are 'sluice-check' as_merge_request
check 'even where the site is known' \
	jobs_are 'sluice-check' as_merge_request --variable SLUICE_SITE=site.yaml
check 'a branch without the site file runs nothing' jobs_are '' ci
check 'a branch with it runs' \
	jobs_are 'sluice-run' ci --variable SLUICE_SITE=site.yaml

check 'a good merge request passes' as_merge_request sluice-check
check 'its Code Quality report is empty' code_quality_is none
check 'its JUnit report has no failure' junit_has_failures no

mkdir -p "$tree/algorithms/training/forest"
echo 'print(1)' >"$tree/algorithms/training/forest/__main__.py"
commit_files "$tree" 'Add a job without test and README'
refuse 1 'a bad merge request fails' as_merge_request sluice-check
says 'algorithms/training/forest'
check 'its Code Quality report is one' code_quality_is some
check 'its JUnit report has failures' junit_has_failures some

# The run: against two servers on this machine, the pipeline's steps played.
root=$SL_SRCDIR
python=$SL_PYTHON
die() {
	echo "Bail out! $*"
	exit 1
}
. "$SL_SRCDIR/scripts/lib/loopback.sh"
start_loopback "$trash"
pids="$pids $loopback_pids"

name=time-zones--feature-x-$(printf 'refs/heads/feature/x' | sha256sum |
	cut -c 1-10)

make_site() {
	cat >"$trash/site.yaml" <<-END
	sluice: 1
	name: ci
	state: $trash/state
	aws-credentials-file: $trash/credentials
	flows:
	  - {ref: 'refs/heads/feature/.+', environment: dev, action: train, trigger: ci}
	END
	echo 'dev 111111111111 false' |
		write_environments "$trash/site.yaml" "$trash/aws.json" &&
		"$python" "$root/scripts/lib/accounts.py" "$trash/aws.json" \
			"$trash/credentials" \
			"$root/templates/training-data/zone.tab"
}

# as_branch ARGUMENT...: a pipeline of the branch, with the protected variable.
as_branch() {
	ci --variable "SLUICE_SITE=$trash/site.yaml" "$@"
}

executions_are() {
	PYTHONPATH=$root/scripts/lib "$python" - "$trash/aws.json" "$name" \
		"$1" <<-'END'
	import sys

	from loopback import Loopback

	sagemaker, _ = Loopback(sys.argv[1]).clients('dev')
	names = [p['PipelineName']
	         for p in sagemaker.list_pipelines()['PipelineSummaries']]
	assert names == [sys.argv[2]], names
	found = sagemaker.list_pipeline_executions(PipelineName=names[0])
	assert len(found['PipelineExecutionSummaries']) == int(sys.argv[3]), found
	END
}

git -C "$tree" reset -q --hard HEAD~1
check 'an account' make_site
"$python" "$root/scripts/lib/play_steps.py" "$trash/aws.json" dev \
	"$name" >"$trash/played" 2>&1 &
pids="$pids $!"
check 'a branch runs its pipeline' as_branch sluice-run
check 'the steps were played' grep -q "model-package/$name/" "$trash/played"
check 'one execution began' executions_are 1
check 'the job can be run again' as_branch sluice-run
check 'and starts no second execution' executions_are 1

done_testing
