#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A baseline: what was there before does not block, anything new does, and only
# owners of the policy may add to it.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
make_server team
new_clone team work
w=$trash/work

# A repository with a past: its hooks come later.
mv team.git/hooks team.git/hooks.off
new_commit "$w" 'First commit'
write_file "$w" 'old/a b.py' 'k = "tok_aaaaaaaaaaaa"'
write_file "$w" old/model.pkl 'x'
commit_files "$w" 'An old token'
git -C "$w" push -q origin main
rm -rf team.git/hooks
mv team.git/hooks.off team.git/hooks
cd "$w" || exit 1
git fetch -q origin
git config sluice.policy "$site/site-policy.yaml"

refuse 3 'there is none yet' sluice baseline check
says 'sluice baseline create'
refuse 129 'a verb that is none' sluice baseline make
refuse 3 'a range' sluice baseline create HEAD~1..HEAD
check 'create' sluice baseline create
says '2 entries, 2 added'
check 'a line has rule and path, and no secret' sh -c '
	grep -q "^secrets/token old/a%20b.py [0-9a-f]\{32\}$" .sluice-baseline &&
	grep -q "^path/no-binaries old/model.pkl " .sluice-baseline &&
	! grep -q tok_ .sluice-baseline'
refuse 3 'create does not write over it' sluice baseline create
check 'it is whole' sluice baseline check
says '2 entries, 0 stale; 0 findings not in it'

# --- who may add ---
commit_files "$w" 'Put the past on record'
refuse 1 'nobody adds to it' push "$w" main
says 'to .sluice-baseline' 'policy-owners'
SLUICE_PUSHER=ana
export SLUICE_PUSHER
check 'an owner does' push "$w" main
unset SLUICE_PUSHER

# --- what it does ---
write_file "$w" 'old/a b.py' '# a line above it
k = ("tok_aaaaaaaaaaaa")'
commit_files "$w" 'Move the old token'
check 'what was there does not block' push "$w" main
says '1 more finding in the baseline'
write_file "$w" 'old/a b.py' 'k = "tok_aaaaaaaaaaab"'
commit_files "$w" 'Another token'
refuse 1 'another value blocks' push "$w" main
says 'old/a b.py:1:6: a token'
git reset -q --hard HEAD~1
cp 'old/a b.py' old/copy.py
commit_files "$w" 'Copy the old token'
refuse 1 'another place blocks' push "$w" main
says 'old/copy.py:2:7: a token'
git fetch -q origin
refuse 1 'so on a laptop' sluice check
says 'old/copy.py:2:7: a token'
git reset -q --hard HEAD~1
check 'a laptop counts it too' sluice check --format=json HEAD
check 'in json' python3 -c "
import json
v = json.load(open('$work/last'))
assert v['coverage']['in_baseline'] == 1, v['coverage']
assert not v['findings'] and not v['waived']"

# --- merges ---
printf '.sluice-baseline merge=union\n' >.gitattributes
commit_files "$w" 'Merge baselines line by line'
for side in x y; do
	git checkout -q -b "feature/$side" main
	write_file "$w" "$side.py" "k = 'tok_${side}aaaaaaaaaaa'"
	commit_files "$w" "A token of $side"
	check "update adds the token of $side" sluice baseline update
	says '3 entries, 1 added, 0 removed'
	commit_files "$w" "Record the token of $side"
done
git checkout -q main
git merge -q -m 'Merge x' feature/x
check 'two that grew apart merge' git merge -q -m 'Merge y' feature/y
check 'into one that is whole' sluice baseline check
says '4 entries, 0 stale; 0 findings not in it'
git checkout -q -B main origin/main

# --- staleness ---
git rm -q old/model.pkl
commit_files "$w" 'Remove the model'
refuse 1 'a stale entry' sluice baseline check
says 'stale: rule path/no-binaries at old/model.pkl' '1 stale'
refuse 1 'in json' sluice baseline check --format=json
check 'is one document' python3 -c "
import json
v = json.load(open('$work/last'))
assert [s['path'] for s in v['stale']] == ['old/model.pkl'], v"
write_file "$w" new.py "k = 'tok_cccccccccccc'"
commit_files "$w" 'A new token'
check 'prune takes it out, and adds nothing' sluice baseline prune
says '1 entry, 0 added, 1 removed'
git reset -q HEAD~1
rm new.py
commit_files "$w" 'Prune the baseline'
check 'anybody takes entries out' push "$w" main

# --- a broken one ---
printf '<<<<<<< HEAD\n' >>.sluice-baseline
commit_files "$w" 'Leave a mark'
refuse 1 'a broken one is refused' push "$w" main
says 'the baseline does not load' 'keep the lines of both sides'
mv "$trash/team.git/hooks" "$trash/team.git/hooks.off"
git push -q origin main
mv "$trash/team.git/hooks.off" "$trash/team.git/hooks"
git fetch -q origin
write_file "$w" 'old/a b.py' 'j = "tok_aaaaaaaaaaaa"'
commit_files "$w" 'Touch the old token'
refuse 1 'one that got in covers nothing' push "$w" main
says 'so all is judged without it' 'a token'
refuse 1 'and says so on a laptop' sluice check
says 'so all is judged without it' 'a token'
refuse 3 'nor is it changed' sluice baseline update
says '.sluice-baseline:'

# --- waivers that nothing needs ---
cat >"$trash/waived.yaml" <<END
$(cat "$site/site-policy.yaml")
waivers:
  - {rule: path/no-binaries, path: 'old/.+', reason: they were here, owner: ana, expires: 2999-01-01}
END
git checkout -q -B spare HEAD
refuse 1 'a tree that has no need of a waiver' sluice check --tree --ref main \
	--policy "$trash/waived.yaml" main~1
says 'nothing in this tree needs the waiver of ana until 2999-01-01'
refuse 1 'one that has' sluice check --tree --ref main --policy "$trash/waived.yaml" \
	"$(git log --format=%H --diff-filter=A -- old/model.pkl)"
says '1 waived'
says_not 'nothing in this tree'
refuse 129 'a tree is of one revision' sluice check --tree --staged
refuse 3 'not of a range' sluice check --tree main~1..main

cd "$trash" || exit 1
done_testing
