#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Hooks that are killed at any moment: the repository stays one that fsck
# accepts, a push has left all of its records or none, and the worker makes up
# for the rest.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

python=${SL_PYTHON:-python3}
seed=20261122
at_least=40 # pushes
at_most=160 # until each hook was hit, and got away
far=1000000000 # more than there are rows

export AWS_EC2_METADATA_DISABLED=true SLUICE_PUSHER=ana
make_site
make_server team
new_clone team work
w=$trash/work
write_file "$w" README.md read
write_file "$w" .sluice.yaml "sluice: 1
project: {id: churn}
pipelines: {training: {definition: pipeline.json}}"
write_file "$w" pipeline.json '{"Version": "2020-12-01", "Steps": [{"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "the end"}}]}'
commit_files "$w" 'First commit'

# In the place of each hook: run the real one, and kill it after a part of the
# time that it took when it was last left alone.
cat >"$trash/killer" <<'END'
import os, subprocess, sys, tempfile, time
event, folder = sys.argv[1:]
span_file = f'{folder}/span.{event}'
delay = None
if os.environ.get('KILL_HOOK') == event:
    delay = float(os.environ['KILL_PART']) * float(open(span_file).read())
with tempfile.TemporaryFile() as lines:
    lines.write(sys.stdin.buffer.read())
    lines.seek(0)
    start = time.monotonic()
    hook = subprocess.Popen(['sluice-hook', event], stdin=lines)
    try:
        hook.wait(delay)
    except subprocess.TimeoutExpired:
        hook.kill()
    code = hook.wait()
if code != -9:
    open(span_file, 'w').write(str(time.monotonic() - start))
if delay is not None:
    with open(f'{folder}/log', 'a') as log:
        log.write(f'{event} {"hit" if code == -9 else "missed"}\n')
sys.exit(code if code >= 0 else 137)
END
mkdir "$trash/kills"
: >"$trash/kills/log"
for hook in pre-receive post-receive; do
	rm "$trash/team.git/hooks/$hook"
	cat >"$trash/team.git/hooks/$hook" <<-END
	#!/bin/sh
	exec "$python" "$trash/killer" $hook "$trash/kills"
	END
	chmod +x "$trash/team.git/hooks/$hook"
done

# logged HOOK WORD: how often.
logged() {
	grep -c "^$1 $2\$" "$trash/kills/log"
}

server_ref() {
	git -C "$trash/team.git" rev-parse -q --verify "$1" ||
		echo 0000000000000000000000000000000000000000
}

# broken [ROWS INTENTION]: what is not as it must be, one line each. Every
# record that is there is there in full, with all that it stands on; and what
# came after INTENTION is all of ROWS, or nothing, and so are its jobs. Jobs of
# earlier pushes may have been made up for on the way.
broken() {
	sqlite3 -batch "$site/state/sluice.db" <<-END
	PRAGMA integrity_check;
	PRAGMA foreign_key_check;
	SELECT 'verdict', id FROM verdicts v WHERE NOT json_valid(report) OR
	 (accepted = 1) <> EXISTS (SELECT 1 FROM intentions i WHERE i.verdict_id = v.id);
	SELECT 'intention', id FROM intentions i WHERE
	 (state = 'queued') <> EXISTS (SELECT 1 FROM jobs j WHERE j.intention = i.id);
	SELECT 'job', j.id FROM jobs j LEFT JOIN intentions i ON i.id = j.intention
	 WHERE i.id IS NULL OR i.repository <> j.repository OR i.ref <> j.ref OR
	 i.old_oid <> j.old_oid OR i.new_oid <> j.new_oid OR NOT json_valid(payload) OR
	 j.kind <> 'none' AND (build_id = '' OR environment = '');
	SELECT 'twice', ref, new_oid FROM jobs
	 GROUP BY repository, ref, old_oid, new_oid HAVING count(*) > 1;
	SELECT 'part of the intentions', count(*) FROM intentions
	 WHERE id > ${2:-$far} HAVING count(*) NOT IN (0, ${1:-0});
	SELECT 'part of the jobs', count(*) FROM jobs
	 WHERE intention > ${2:-$far} HAVING count(*) NOT IN (0, ${1:-0});
	END
}

# whole [ROWS INTENTION]
whole() {
	said=$(broken "${1-}" "${2-}")
	[ "$said" = ok ] || {
		echo "$said"
		return 1
	}
}

# one_push NUMBER HOOK PART REFS: kill, and look at what is left.
one_push() {
	new_commit "$w" "Change number $1" "n.txt" "$1"
	new=$(git -C "$w" rev-parse HEAD)
	old=$(server_ref refs/heads/main)
	refs=main
	[ "$4" -lt 2 ] || refs="main main:refs/heads/feature/n$1"
	gone=$(git -C "$trash/team.git" for-each-ref --count=1 --format='%(refname)' refs/heads/feature)
	[ "$4" -lt 3 ] || [ -z "$gone" ] || refs="$refs :$gone"
	moved=$(echo "$refs" | wc -w)
	set -- "$@" "$(database 'SELECT max(id) FROM intentions')"
	hits=$(logged "$2" hit)
	# shellcheck disable=SC2086
	KILL_HOOK=$2 KILL_PART=$3 git -C "$w" push -q origin $refs 2>"$trash/said"
	code=$?
	hit=$(($(logged "$2" hit) - hits))
	if [ "$hit" = 1 ] && [ "$2" = pre-receive ]; then
		[ "$code" -ne 0 ] && [ "$(server_ref refs/heads/main)" = "$old" ]
	else
		[ "$code" -eq 0 ] && [ "$(server_ref refs/heads/main)" = "$new" ] &&
			[ "$(database "SELECT count(*) FROM intentions WHERE id > $5")" = "$moved" ]
	fi && whole "$moved" "$5" &&
		git -C "$trash/team.git" fsck --strict && return 0
	echo "push $1 of $refs, code $code, $2 killed at $3: $hit"
	cat "$trash/said"
	return 1
}

check 'main is pushed' push "$w" main
check 'and recorded' whole

enough() {
	for name in pre-receive post-receive; do
		[ "$(logged $name hit)" -gt 0 ] && [ "$(logged $name missed)" -gt 0 ] || return 1
	done
}

echo "# seed $seed"
"$python" -c "
import random
random.seed($seed)
for n in range($at_most):
    print(n, random.choice(['pre-receive', 'post-receive']),
          round(random.uniform(0, 1.4), 3), random.randint(1, 3))" >"$trash/plan"
bad=0
while read -r number hook part refs; do
	[ "$number" -lt "$at_least" ] || ! enough || break
	one_push "$number" "$hook" "$part" "$refs" >"$work/output" 2>&1 || {
		bad=$((bad + 1))
		sed 's/^/# /' "$work/output"
	}
done <"$trash/plan"
: >"$work/output"
echo "# $(sort "$trash/kills/log" | uniq -c | tr '\n' ';')"
check 'each kill leaves all or nothing, and a repository that is sound' [ "$bad" = 0 ]
check 'each hook was hit, and got away, at least once' enough

# --- the worker makes up for what is owed ---
for hook in pre-receive post-receive; do
	rm "$trash/team.git/hooks/$hook"
	ln -s "$SL_BUILDDIR/sluice-hook" "$trash/team.git/hooks/$hook"
done
check 'one pass of the worker' timeout 120 sluice worker --once --site "$site/site.yaml"
git -C "$trash/team.git" for-each-ref --format='%(refname) %(objectname)' >"$trash/refs"
one_job_each() {
	while read -r ref oid; do
		jobs=$(database "SELECT count(*) FROM jobs WHERE ref = '$ref' AND new_oid = '$oid'")
		[ "$jobs" = 1 ] || {
			echo "$ref at $oid: $jobs jobs"
			return 1
		}
	done <"$trash/refs"
}
check 'each ref has one job for what it is' one_job_each
check 'and all records are whole' whole
jobs=$(database 'SELECT count(*) FROM jobs')
check 'another pass' timeout 120 sluice worker --once --site "$site/site.yaml"
check 'owes nothing more' [ "$(database 'SELECT count(*) FROM jobs')" = "$jobs" ]

done_testing
