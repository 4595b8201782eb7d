#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# post-receive: one durable job per ref, said to the pusher, at once.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
make_server team
new_clone team work
w=$trash/work

# jobs WHERE: how many
jobs() {
	database "SELECT count(*) FROM jobs WHERE $1"
}

write_project() {
	write_file "$w" README.md read
	write_file "$w" .sluice.yaml "sluice: 1
project: {id: churn}
pipelines: {training: {definition: pipeline.json}}"
	write_file "$w" pipeline.json '{"Version": "2020-12-01", "Steps": [{"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "the end"}}]}'
}

write_project
commit_files "$w" 'First commit'
check 'main is pushed' push "$w" main
says 'refs/heads/main -> staging' 'build 20261122T103140Z-' \
	'sluice status'
check 'one job, queued' [ "$(jobs "ref = 'refs/heads/main' AND state = 'queued'")" = 1 ]
commit=$(git -C "$w" rev-parse HEAD)
check 'the build id is commit time and commit id' \
	[ "$(database 'SELECT build_id FROM jobs')" = "20261122T103140Z-$commit" ]

git -C "$w" checkout -q -b feature/a_b
new_commit "$w" 'On a branch' a.txt
git -C "$w" branch feature/a-b
git -C "$w" branch feature/a/b
check 'three branches at once' push "$w" feature/a_b feature/a-b feature/a/b
says 'refs/heads/feature/a_b -> dev' 'refs/heads/feature/a-b -> dev' \
	'refs/heads/feature/a/b -> dev'
check 'a job each' [ "$(jobs "environment = 'dev'")" = 3 ]
check 'and a pipeline each: names that look alike never collide' \
	[ "$(database "SELECT count(DISTINCT lane) FROM jobs WHERE environment = 'dev'")" = 3 ]

check 'a tag' sh -c "git -C '$w' checkout -q main && git -C '$w' tag -a -m Release v1.0.0 && git -C '$w' push -q origin v1.0.0"
says 'refs/tags/v1.0.0 -> prod'
check 'becomes a promotion' [ "$(jobs "kind = 'promote'")" = 1 ]

check 'a delete' push "$w" :feature/a/b
says 'nothing to run' 'deleted'
check 'is a job that does nothing' [ "$(jobs "kind = 'none' AND state = 'done'")" = 1 ]

check 'and what waited for the branch waits no more' \
	[ "$(jobs "ref = 'refs/heads/feature/a/b' AND state = 'stopped' AND last_error LIKE 'the ref was deleted%'")" = 1 ]
check 'a tag that is taken back' push "$w" :refs/tags/v1.0.0
check 'promotes nothing' [ "$(jobs "kind = 'promote' AND state = 'stopped'")" = 1 ]
check 'pushed again' push "$w" v1.0.0
check 'it does' [ "$(jobs "kind = 'promote' AND state = 'queued'")" = 1 ]

new_commit "$w" 'Not to be run'
check 'a push that says not to run' git -C "$w" push -q -o sluice.run=no origin main
says 'nothing to run' 'sluice.run=no'

# The same hook twice: what is there is not written again.
before=$(jobs 1=1)
old=$(git -C "$w" rev-parse HEAD~1)
new=$(git -C "$w" rev-parse HEAD)
check 'post-receive twice for one push' sh -c \
	"cd '$trash/team.git' && echo '$old $new refs/heads/main' | GIT_PUSH_OPTION_COUNT=1 GIT_PUSH_OPTION_0=sluice.run=no GIT_DIR=. sluice-hook post-receive"
check 'writes nothing twice' [ "$(jobs 1=1)" = "$before" ]

# A post-receive that died, and another push before anybody looked: its job is
# written before that of the next push.
hooks=$trash/team.git/hooks
mv "$hooks/post-receive" "$hooks/died"
new_commit "$w" 'Its hook died'
check 'a push without post-receive' push "$w" main
skipped=$(git -C "$w" rev-parse HEAD)
check 'has no job' [ "$(jobs "new_oid = '$skipped'")" = 0 ]
mv "$hooks/died" "$hooks/post-receive"
new_commit "$w" 'The next push'
check 'the next push' push "$w" main
says 'made up for 1 earlier push'
next=$(git -C "$w" rev-parse HEAD)
check 'both have a job, in order' [ "$(database "SELECT new_oid FROM jobs WHERE new_oid IN ('$skipped', '$next') ORDER BY id")" = "$skipped
$next" ]
check 'under its own verdict' [ "$(database "SELECT count(*) FROM jobs j JOIN intentions i ON i.id = j.intention WHERE j.new_oid = '$skipped' AND i.new_oid = j.new_oid AND i.state = 'queued'")" = 1 ]
check 'the late hook itself writes nothing twice' sh -c \
	"printf '%s %s refs/heads/main\n' '$(git -C "$w" rev-parse "$skipped~1")' '$skipped' | (cd '$trash/team.git' && GIT_DIR=. hooks/post-receive)"
check 'one job still' [ "$(jobs "new_oid = '$skipped'")" = 1 ]
check 'and the ref is where it is' [ "$(database "SELECT last_oid FROM ref_values WHERE ref = 'refs/heads/main'")" = "$next" ]

# A project id belongs to the first repository that used it.
make_server other
new_clone other work2
w=$trash/work2
write_project
commit_files "$w" 'The same project'
refuse 1 'another repository with the same project id' push "$w" main
says 'churn' 'team.git'
w=$trash/work

# --- it ends at once, with its descriptors closed ---
sed 's/^worker: .*/worker: hook/' "$site/site.yaml" >"$trash/saved" &&
	cp "$trash/saved" "$site/site.yaml"
new_commit "$w" 'With a worker'
check 'a push that starts a worker' sh -c "git -C '$w' push -q origin main 2>&1 | cat"
worker_pid() {
	[ -s "$site/state/worker.lock" ] && cat "$site/state/worker.lock"
}
check 'starts one' wait_for 10 test -s "$site/state/worker.lock"
pid=$(worker_pid)
check 'in a session of its own' \
	[ "$(ps -o sid= -p "$pid" | tr -d ' ')" != "$(ps -o sid= -p $$ | tr -d ' ')" ]
check 'with nothing of ours open' sh -c \
	"! ls -l /proc/$pid/fd | grep -E 'pipe|socket'"
check 'and none of our variables' sh -c \
	"! tr '\\0' '\\n' </proc/$pid/environ | grep -E '^(GIT_|SLUICE_PUSHER|AWS_)'"
new_commit "$w" 'With the same worker'
check 'another push' push "$w" main
check 'starts no second one' \
	[ "$(pgrep -c -f "sluice worker --linger --site $site" )" = 1 ]
kill "$pid"
check 'it ends when it is told to' wait_for 20 sh -c "! kill -0 $pid"

done_testing
