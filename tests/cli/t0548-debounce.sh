#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A flow with `debounce` waits for a newer push: the last of a burst starts.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"
. "${SL_SRCDIR:?}/tests/cli/aws.sh"

check 'the stand-in for AWS starts' start_aws

# write_site TIME
write_site() {
	make_site
	sed "s/^flows: .*/flows:\\
  - {ref: 'refs\\/heads\\/feature\\/.+', environment: dev, action: train, supersede: true, debounce: $1}\\
  - {ref: 'refs\\/heads\\/main', environment: staging, action: train, names: main, debounce: $1}/" \
		"$site/site.yaml" >"$trash/edited" && mv "$trash/edited" "$site/site.yaml"
}

# once: the worker goes through what is due.
once() {
	sluice worker --once --poll 100ms --site "$site/site.yaml"
}

write_site 0s
make_server team
new_clone team work
w=$trash/work
write_project "$w"
commit_files "$w" 'A project that trains'
check 'main is there already' git -C "$w" push -q -o sluice.run=no origin main
git -C "$w" checkout -q -b feature/x
new_commit "$w" 'Some code' code/more.py some
control script '{"describes": 0, "end": "Succeeded"}'
branch=refs/heads/feature/x

write_site 61m
refuse 1 'over an hour' push "$w" feature/x
says 'site.yaml:' 'from 0s to 1h'
write_site 1500ms
refuse 1 'parts of a second' push "$w" feature/x
says 'whole seconds'
write_site '30m, trigger: ci'
refuse 1 'a CI job waits for nobody' push "$w" feature/x
says 'means nothing for the trigger "ci"'

write_site 30m
check 'plan says it' sluice plan -C "$w" --site "$site/site.yaml"
says 'debounce    starts 1800 s after a push, unless a newer one comes'
check 'as JSON' sluice plan -C "$w" --site "$site/site.yaml" --format=json
says '"debounce_s": 1800'
check 'a push' push "$w" feature/x
says 'starts at ' ' UTC, in 1800 s, unless a newer push of the ref comes'
check 'is due later' [ "$(database "SELECT not_before_s - created_at_s FROM jobs WHERE ref = '$branch'")" = 1800 ]
check 'status says when' sluice status --site "$site/site.yaml"
says 'job 2 queued: starts at ' 'unless a newer push of the ref comes'
check 'as JSON too' sluice status --site "$site/site.yaml" --format=json
says '"debounce_s": 1800'
check 'the worker leaves what is not due' once
check 'queued' [ "$(job_state $branch)" = queued ]
new_commit "$w" 'More code' code/more.py
check 'a newer push' push "$w" feature/x
check 'takes its place' [ "$(database "SELECT group_concat(state) FROM jobs WHERE ref = '$branch'")" = 'stopped,queued' ]
check 'and waits anew' once
check 'nothing was started' [ "$(executions 111111111111)" = 0 ]
check 'a person need not wait: run' timeout 120 sluice run feature/x --rerun --poll 100ms -C team.git --site "$site/site.yaml"
check 'starts at once' [ "$(executions 111111111111)" = 1 ]
database "UPDATE jobs SET not_before_s = 0 WHERE state = 'queued'"
check 'when its time has come' once
check 'the last of the burst is done' [ "$(job_state $branch)" = "done" ]
check 'status says nothing of a start then' sluice status --site "$site/site.yaml"
says_not 'starts at'

# --- where nothing supersedes, each starts in its time ---
git -C "$w" checkout -q main
new_commit "$w" 'Code of main' code/main.py
check 'a push of main' push "$w" main
says 'in 1800 s'
says_not 'unless'
new_commit "$w" 'Still more code' code/more.py more
check 'another one' push "$w" main
check 'leaves both waiting' [ "$(database "SELECT group_concat(state) FROM jobs WHERE ref = 'refs/heads/main' AND kind = 'train'")" = 'queued,queued' ]

# --- a hook that died: made up for, with the wait ---
mv team.git/hooks/post-receive team.git/hooks/away
git -C "$w" checkout -q -b feature/lost
new_commit "$w" 'A lost push' code/lost.py
push "$w" feature/lost 2>/dev/null
mv team.git/hooks/away team.git/hooks/post-receive
check 'a push whose post-receive never ran' once
check 'waits as well' [ "$(database "SELECT state || ' ' || (not_before_s - created_at_s) FROM jobs WHERE ref = 'refs/heads/feature/lost'")" = 'queued 1800' ]
database "UPDATE jobs SET not_before_s = 0 WHERE state = 'queued'"

# --- --drain waits ---
write_site 2s
check 'what waited is done' drain
git -C "$w" checkout -q feature/x
new_commit "$w" 'In two seconds' code/more.py soon
check 'a push that waits for two seconds' push "$w" feature/x
check 'is waited for' drain
check 'to its end' [ "$(job_state $branch)" = "done" ]

done_testing
