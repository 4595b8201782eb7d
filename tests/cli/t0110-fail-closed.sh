#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What cannot be decided is not let in, and a broken project file never locks
# a repository.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
make_server team
new_clone team work
w=$trash/work
new_commit "$w" 'First commit'
check 'a good start' push "$w" main
new_commit "$w" 'Second commit'

# broken TITLE FILE TEXT WANTED...: with TEXT as FILE of the site, a push is
# refused as undecided and the message holds WANTED.
broken() {
	title=$1
	file=$2
	cp "$site/$file" "$trash/saved"
	printf '%s\n' "$3" >"$site/$file"
	refuse 1 "$title" push "$w" main
	shift 3
	says 'undecided' "$@"
	cp "$trash/saved" "$site/$file"
}

for file in site-policy.yaml site.yaml; do
	broken "$file: broken YAML" "$file" 'sluice: [1' "$file:"
	broken "$file: an unknown key" "$file" "$(cat "$site/$file")
plicy: x" "$file:" 'plicy'
	broken "$file: empty" "$file" '' "$file"
	broken "$file: a duplicate key" "$file" "$(cat "$site/$file")
name: again" "$file:" 'name'
done
file="site-policy.yaml"
broken 'an impossible regex' "$file" "sluice: 1
name: acme
rules:
  a/b: {kind: ref, allow: '(('}" "$file:4:" 'missing closing parenthesis'
broken 'a regex in double quotes' "$file" 'sluice: 1
name: acme
rules:
  a/b: {kind: ref, allow: "refs/.*"}' "$file:4:" 'single quotes'
broken 'zero effective rules' "$file" 'sluice: 1
name: acme' 'rule'
broken 'an unknown rule kind' "$file" "sluice: 1
name: acme
rules:
  a/b: {kind: reff, allow: 'x'}" "$file:4:" 'reff'
broken 'an example that does not hold' "$file" "sluice: 1
name: acme
rules:
  a/b:
    kind: ref
    allow: 'refs/heads/main'
    examples:
      - {ref: refs/heads/other, expect: pass}" "$file:8:"
check 'with the policy back, the push goes in' push "$w" main

# --- no site ---
git -C team.git config --unset sluice.site
new_commit "$w" 'Third commit'
refuse 1 'no site file at all' push "$w" main
says 'undecided' 'SLUICE_SITE'
git -C team.git config sluice.site "$trash/nowhere.yaml"
refuse 1 'a site file that is not there' push "$w" main
says 'undecided' 'nowhere.yaml'
git -C team.git config sluice.site "$site/site.yaml"

# --- no state ---
mv "$site/state" "$site/state.away"
printf 'x' >"$site/state"
refuse 1 'a state folder that is none' push "$w" main
says 'undecided'
rm "$site/state"
mv "$site/state.away" "$site/state"
check 'and it goes in with everything back' push "$w" main

# --- a budget that is up, or a limit that is met ---
cp "$site/site.yaml" "$trash/saved"
cp "$site/site-policy.yaml" "$trash/saved-policy"
sed 's/^budget: .*/budget: 100ms/' "$trash/saved" >"$site/site.yaml"
cat >>"$site/site-policy.yaml" <<'END'
  slow/rule: {kind: content, match: '(?:[a-z]|[a-z][a-z])+[0-9]', message: 'slow'}
END
i=0
head -c 300000 /dev/zero | tr '\0' a >"$trash/aaa"
while [ $i -lt 30 ]; do
	mkdir -p "$w/slow"
	{
		cat "$trash/aaa"
		echo ". $i"
	} >"$w/slow/$i.txt"
	i=$((i + 1))
done
commit_files "$w" 'Thirty slow files'
refuse 1 'more work than the budget allows' push "$w" main
says 'undecided' 'slow/rule'
# in_ledger TEXT: the last verdict there has it.
in_ledger() {
	database "SELECT json FROM ledger WHERE kind = 'verdict' ORDER BY seq DESC LIMIT 1" |
		grep -F "$1"
}
check 'which the ledger says' in_ledger '"outcome":"undecided"'

# --- an import: what there is no time for ---
cp "$trash/saved-policy" "$site/site-policy.yaml"
cat >>"$site/site-policy.yaml" <<'END'
  slow/search: {kind: content, match: '[a-z]{1,3000}+[0-9]', message: 'slow'}
END
cat >>"$site/site.yaml" <<END
imports:
  - {repositories: [team/churn, '$trash/team.git'], people: [lea], until: 2999-01-01, reason: 'moves in'}
END
as_github() {
	GITHUB_VIA='git push' GITHUB_REPO_NAME=team/churn push "$@"
}
refuse 1 'by somebody else' as_github "$w" main
says 'time budget'
export SLUICE_PUSHER=lea
git -C "$w" checkout -q -b bad
new_commit "$w" 'bad subject' bad.txt
refuse 1 'with a finding' as_github "$w" bad:feature/bad
says 'part of an import' 'block the subject does not begin'
git -C "$w" checkout -q main
check 'goes in on GitHub, though unjudged' as_github "$w" main:feature/slow
says 'part of an import, until 2999-01-01 (moves in)' 'does not block' \
	'time budget'
check 'the ledger says so, too' in_ledger '"import":"until 2999-01-01: moves in"'
unset SLUICE_PUSHER
cp "$trash/saved" "$site/site.yaml"
cp "$trash/saved-policy" "$site/site-policy.yaml"
check 'goes in when the rule is gone' push "$w" main

# --- the project's file ---
project_file() {
	printf '%s\n' "$1" >"$w/.sluice.yaml"
	commit_files "$w" "$2"
}
good="sluice: 1
project: {id: churn}
flows: []"
project_file 'sluice: 1
project: {id: churn' 'Break the project file'
refuse 1 'a pushed project file that does not parse' push "$w" main
says 'sluice/project-file' '.sluice.yaml:'
project_file 'sluice: 1
project: {id: churn}
flwos: []' 'Break it otherwise'
refuse 1 'one with an unknown key' push "$w" main
says '.sluice.yaml:3:1' 'flows'
project_file 'sluice: 1
project: {id: churn}
flows: []
rules:
  ref/names: {level: off}' 'Loosen the gate'
refuse 1 'one that loosens a rule of the site' push "$w" main
says '.sluice.yaml:5:'
project_file "$good" 'A good project file'
check 'a good one' push "$w" main

# The one on the policy ref breaks behind the hook's back: no deadlock.
hooks=$trash/team.git/hooks
mv "$hooks/pre-receive" "$hooks/pre-receive.away"
project_file 'sluice: 1
nonsense: true' 'Break it without the hook'
push "$w" main 2>/dev/null
mv "$hooks/pre-receive.away" "$hooks/pre-receive"
new_commit "$w" 'Another change' other.txt
refuse 1 'a push that leaves it broken' push "$w" main
says "the site's policy alone judges" '.sluice.yaml'
project_file "$good" 'Repair it'
check 'a push that repairs it goes in' push "$w" main
new_commit "$w" 'And so do later ones' more.txt
check 'and so do later ones' push "$w" main

# A project may only tighten, and only from the policy ref: a pushed rule does
# not judge the push that brings it.
project_file "$good
rules:
  mine/no-todo: {kind: content, match: 'TO[D]O', message: 'a to-do'}" 'Add a rule of our own'
write_file "$w" todo.txt 'TODO'
commit_files "$w" 'With what it forbids'
check 'a new rule of the project does not judge its own push' push "$w" main
write_file "$w" todo2.txt 'TODO'
commit_files "$w" 'Against the rule'
refuse 1 'but the next one' push "$w" main
says 'mine/no-todo'
git -C "$w" checkout -q -b feature/loose
project_file "$good" 'Drop the rule on a branch'
refuse 1 'a branch cannot drop it for itself' push "$w" feature/loose
says 'mine/no-todo'
git -C "$w" checkout -q main
git -C "$w" reset -q --hard HEAD~1

# What a project asked of itself, only its owners take back.
project_file "$good" 'Drop the rule on main'
refuse 1 'nobody takes a rule back' push "$w" main
says 'removes rule mine/no-todo' 'policy-owners'
export SLUICE_PUSHER=mallory
refuse 1 'nor somebody' push "$w" main
says 'mallory'
git -C "$w" reset -q --hard HEAD~1
project_file "$good
rules:
  mine/no-todo: {kind: content, match: 'TO[D]O', level: warn, message: 'a to-do'}" 'Lower the rule'
refuse 1 'nor lowers it' push "$w" main
says 'changes rule mine/no-todo'
git -C "$w" reset -q --hard HEAD~1
git -C "$w" rm -q .sluice.yaml
commit_files "$w" 'Remove the file'
refuse 1 'nor removes the file' push "$w" main
says 'removes .sluice.yaml'
git -C "$w" reset -q --hard HEAD~1
project_file "$good
rules:
  mine/no-todo: {kind: content, match: 'TO[D]O', message: 'a to-do'}
  mine/no-fixme: {kind: content, match: 'FIX[M]E', message: 'a note'}" 'Ask for more'
check 'anybody asks for more' push "$w" main
project_file "$good" 'Take both back'
export SLUICE_PUSHER=ana
check 'an owner takes back' push "$w" main
unset SLUICE_PUSHER

# What a project makes stricter of the site's, counts; what would be laxer does
# not go in, and the message names both places.
project_file "$good
rules:
  path/no-binaries: {deny: '.*\\.h5', max-size: 4 KiB}" 'Tighten the site'
check 'a project tightens a rule of the site' push "$w" main
write_file "$w" model.h5 'x'
commit_files "$w" 'Bring a model'
refuse 1 'which then refuses more' push "$w" main
says 'path/no-binaries' 'model.h5'
git -C "$w" reset -q --hard HEAD~1
write_file "$w" model.pkl 'x'
commit_files "$w" 'Bring a pickle'
refuse 1 'and all that it refused' push "$w" main
says 'path/no-binaries' 'model.pkl'
git -C "$w" reset -q --hard HEAD~1
project_file "$good
rules:
  path/no-binaries: {except: 'a/.*'}" 'Loosen the site'
refuse 1 'a key that lets through is none of its business' push "$w" main
says '.sluice.yaml:5:' 'site-policy.yaml:' 'a project cannot give it'
git -C "$w" reset -q --hard HEAD~1
# The site changes under a project: no deadlock, and no way out for more.
cp "$site/site-policy.yaml" "$trash/saved-policy"
sed -i "s/^  path\/no-binaries:/&\n    max-size: 2 KiB/" "$site/site-policy.yaml"
new_commit "$w" 'Something else' else.txt
refuse 1 'where the site is stricter by now, the push repairs it' \
	push "$w" main
says "the site's policy alone judges" 'max-size' '2 KiB by the site' \
	'site-policy.yaml:'
project_file "$good
rules:
  path/no-binaries: {max-size: 1 KiB}" 'Repair it'
check 'which anybody may' push "$w" main
project_file "$good" 'Take it back'
refuse 1 'but not more, once it loads' push "$w" main
says 'removes rule path/no-binaries' 'policy-owners'
export SLUICE_PUSHER=ana
check 'that is for owners' push "$w" main
unset SLUICE_PUSHER
cp "$trash/saved-policy" "$site/site-policy.yaml"
# What the site leaves open.
sed -i "s/^  path\/no-binaries:/&\n    max-size: 1 KiB\n    open: max-size/" \
	"$site/site-policy.yaml"
project_file "$good
rules:
  path/no-binaries: {max-size: 1 MiB}" 'Choose'
check 'a project chooses what is left open' push "$w" main
write_file "$w" big.txt "$(printf '%2000s' x)"
commit_files "$w" 'Two kilobytes'
check 'and has it' push "$w" main
cp "$trash/saved-policy" "$site/site-policy.yaml"
export SLUICE_PUSHER=ana
project_file "$good" 'Without it'
check 'an owner takes it back' push "$w" main
unset SLUICE_PUSHER

# A waiver lets through what the site forbids: only owners write one, and only
# for a time.
waiver="waivers:
  - rule: secrets/token
    path: 'old/.+'
    reason: 'revoked in 2025; kept for the tests'
    owner: ana"
project_file "$good
$waiver
    expires: 2999-01-01" 'Waive a finding'
refuse 1 'nobody waives' push "$w" main
says 'adds or extends the waiver at line' 'policy-owners'
export SLUICE_PUSHER=ana
check 'an owner waives' push "$w" main
unset SLUICE_PUSHER
write_file "$w" old/tokens.py 'tok_0123456789ab'
commit_files "$w" 'Old tokens'
check 'what is waived goes in' push "$w" main
says '1 waived'
says_not 'tok_0123456789ab'
write_file "$w" new/tokens.py 'tok_0123456789ab'
commit_files "$w" 'The same bytes elsewhere'
refuse 1 'the same bytes elsewhere do not' push "$w" main
says 'new/tokens.py:1:1: a token'
git -C "$w" reset -q --hard HEAD~1
project_file "$good
$waiver
    expires: 2999-01-02" 'One more day'
refuse 1 'nobody makes it last longer' push "$w" main
says 'adds or extends the waiver at line'
git -C "$w" reset -q --hard HEAD~1
project_file "$good
$(echo "$waiver" | sed "s/path: .*/path: ['old\/.+', 'new\/.+']/")
    expires: 2999-01-01" 'Another folder'
refuse 1 'nobody makes it cover more' push "$w" main
says 'adds or extends the waiver at line' 'and it is not known who pushes'
git -C "$w" reset -q --hard HEAD~1
project_file "$good
$(echo "$waiver" | sed "s/path: .*/path: ['old\/.+']/; s/rule: .*/rule: ['secrets\/token']/")
    expires: 2999-01-01" 'As a list'
check 'anybody writes it another way' push "$w" main
project_file "$good
$waiver
    blob: '$(git -C "$w" rev-parse HEAD:old/tokens.py)'
    expires: 2998-12-31" 'These bytes only'
check 'and makes it cover less' push "$w" main
project_file "$good
$waiver
    expires: 2998-12-31" 'Any bytes'
refuse 1 'which only an owner takes back' push "$w" main
says 'adds or extends the waiver at line'
git -C "$w" reset -q --hard HEAD~1
project_file "$good
$waiver
    expires: 2020-01-01
    blob: '$(git -C "$w" rev-parse HEAD:old/tokens.py)'" 'It has ended'
check 'anybody ends one' push "$w" main
write_file "$w" old/more.py 'tok_abcdef012345'
commit_files "$w" 'More tokens'
refuse 1 'an expired one covers nothing' push "$w" main
says 'old/more.py:1:1: a token' 'the waiver of ana until 2020-01-01'
git -C "$w" reset -q --hard HEAD~1
project_file "$good" 'Without waivers'
check 'anybody takes one out' push "$w" main

# Flows into protected environments come from the policy ref.
git -C "$w" checkout -q -b feature/flows
project_file "sluice: 1
project: {id: churn}
flows:
  - {ref: 'refs/heads/feature/.+', environment: prod, action: train}
pipelines: {training: {definition: p.json}}" 'Send a branch to prod'
refuse 1 'a branch that sends itself to prod' push "$w" feature/flows
says 'prod'
git -C "$w" checkout -q main

# --- a hook killed at any moment ---
if sluice-hook --version >/dev/null && strings "$SL_BUILDDIR/sluice-hook" | grep -q pre-receive-recorded; then
	for point in pre-receive-record pre-receive-recorded post-receive-admit post-receive-admitted; do
		new_commit "$w" "Kill at $point" kill.txt "$point"
		SLUICE_FAULT=$point git -C "$w" push -q origin main >/dev/null 2>&1
		check "killed at $point: the repository is sound" \
			git -C team.git fsck --strict
		check "killed at $point: the state is sound" \
			[ "$(database 'PRAGMA integrity_check')" = ok ]
		check "killed at $point: the next push goes in" sh -c \
			"git -C '$w' push -q origin main || { git -C '$w' fetch -q && git -C '$w' push -q origin main; }"
	done
	# --- a call that never comes back ---
	sed 's/^budget: .*/budget: {github: 100ms, gitlab: 100ms}/' \
		"$site/site.yaml" >"$trash/short" && cp "$trash/short" "$site/site.yaml"
	new_commit "$w" 'A call hangs' hang.txt hang
	for point in git-read store-commit; do
		refuse 1 "$point does not come back" env SLUICE_FAULT=$point=hang \
			GITHUB_VIA='git push' git -C "$w" push -q origin main
		says 'sluice: undecided: the time for this push, 100 ms, is up' \
			'nothing went in'
	done
	refuse 1 'nor on GitLab' env SLUICE_FAULT=git-read=hang \
		GL_REPOSITORY=project-1 git -C "$w" push -q origin main
	says 'GL-HOOK-ERR: sluice: undecided: the time for this push'
	refuse 1 'nor for an old reader of signals' env SLUICE_FAULT=git-read=hang \
		GITHUB_VIA='git push' python3 -c "
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
os.execvp('git', ['git', '-C', '$w', 'push', '-q', 'origin', 'main'])"
	says 'is up'
	check 'without the fault it goes in' push "$w" main
	check 'without machine code for patterns, it is said' sh -c "
		cd '$w' && SLUICE_FAULT=jit-refused sluice check HEAD --policy '$site/site-policy.yaml'"
	says 'JIT refused by the system'
else
	skip 'fault points' 'not built in: configure --enable-faults'
fi

done_testing
