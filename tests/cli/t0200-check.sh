#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sluice check: the hook's policy on a laptop and in merge requests.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
make_server team
new_clone team work
w=$trash/work
new_commit "$w" 'First commit'
push "$w" main 2>/dev/null
cd "$w" || exit 1
git fetch -q origin

refuse 3 'no policy at all' sluice check
says '--policy'
git config sluice.policy "$site/site-policy.yaml"
check 'a good commit' sluice check
says 'pass'
check 'another by name' sluice check HEAD
git checkout -q -b feature/x
new_commit "$w" 'bad subject'
new_commit "$w" 'Bring a token' k.py 'k = "tok_abcdef012345"'
new_commit "$w" 'Take it away' k.py 'k = None'
refuse 1 'a range' sluice check main..HEAD
says 'commit/subject' 'secrets/token' 'k.py:1:6'
says_not 'tok_abcdef012345'
check 'the tip alone is good' sluice check HEAD
refuse 1 'a revision that is not' sluice check HEAD~1

# The hook says the same.
refuse 1 'the hook refuses it' push "$w" feature/x
says 'commit/subject' 'secrets/token' 'k.py:1:6'

# --- reports ---
refuse 1 'four reports' sluice check main..HEAD --report json=r.json \
	--report junit=r.xml --report codequality=q.json --report text=r.txt
check 'json is JSON' python3 -c "
import json
v = json.load(open('r.json'))
rules = {f['rule'] for f in v['findings']}
assert {'commit/subject', 'secrets/token'} <= rules, rules
assert v['outcome'] == 'fail'
assert 'tok_abcdef' not in open('r.json').read()"
check 'junit is XML with two failures' python3 -c "
import xml.etree.ElementTree as e
r = e.parse('r.xml').getroot()
assert len(r.findall('.//failure')) >= 2
assert 'tok_abcdef' not in open('r.xml').read()"
check 'codequality has fingerprints and lines' python3 -c "
import json
q = json.load(open('q.json'))
assert all(len(i['fingerprint']) >= 32 for i in q)
assert any(i['location']['path'] == 'k.py' and i['location']['lines']['begin'] == 1 for i in q)
assert {i['severity'] for i in q} <= {'info', 'minor', 'major', 'critical', 'blocker'}
assert 'tok_abcdef' not in open('q.json').read()"
refuse 1 'the same JSON on standard output' sluice check main..HEAD --format=json
check 'is one document' python3 -c "
import json; json.loads(open('$work/last').read())"
refuse 129 'a report format that is none' sluice check --report sarifff=x
refuse 129 'a report without file' sluice check --report junit
refuse 3 'a report that cannot be written' sluice check HEAD --report json=/no/such/dir/x

refuse 129 'two reports on standard output' sluice check --report json=- \
	--report junit=-
json_alone() {
	sluice check main..HEAD --report json=- >"$work/alone" 2>"$work/said"
	[ $? -eq 1 ] && [ ! -e ./- ] && grep -q '^sluice: refused' "$work/said" &&
		python3 -c "import json; json.load(open('$work/alone'))"
}
check 'one there, and nothing else' json_alone

# --- staged ---
git checkout -q main
write_file "$w" s.py 's = "tok_zzzzzz000000"'
git add s.py
refuse 1 'what is staged' sluice check --staged
says 'secrets/token' 's.py:1:6'
write_file "$w" s.py 's = None'
git add s.py
check 'a good index' sluice check --staged
write_file "$w" s.py 's = "tok_zzzzzz000000"'
check 'what is not staged does not count' sluice check --staged
git reset -q --hard

# --- merge requests: judged at the target's levels, by the target's policy ---
git checkout -q -b feature/mr main
git rm -q README.md
commit_files "$w" 'Remove the readme'
check 'a feature branch only warns' sluice check HEAD
says 'tree/readme'
refuse 1 'GitLab: a merge request into main' env \
	CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main \
	CI_COMMIT_SHA="$(git rev-parse HEAD)" sluice check --merge-request
says 'tree/readme'
refuse 1 'Jenkins: a change request into main' env CHANGE_TARGET=main \
	CHANGE_BRANCH=feature/mr GIT_COMMIT="$(git rev-parse HEAD)" \
	sluice check --merge-request
says 'tree/readme'
# A squash brings one commit: the title counts, not the messages behind it.
git checkout -q -b feature/squash main
new_commit "$w" 'wip' sq.txt 'x'
squashed() {
	env CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_COMMIT_SHA="$(git rev-parse HEAD)" \
		CI_MERGE_REQUEST_SQUASH_ON_MERGE=true "$@" sluice check --merge-request
}
refuse 1 'without a squash each message counts' squashed CI_MERGE_REQUEST_SQUASH_ON_MERGE=false
says 'commit/subject'
check 'with one the title does' squashed CI_MERGE_REQUEST_TITLE='Add a file'
check 'without the mark of a draft' squashed CI_MERGE_REQUEST_TITLE='Draft: Add a file'
refuse 1 'a bad title' squashed CI_MERGE_REQUEST_TITLE='add a file'
says 'commit/subject'
refuse 3 'no title' squashed
says 'CI_MERGE_REQUEST_TITLE'
check 'Jenkins says nothing of it, so the job does' env CHANGE_TARGET=main \
	CHANGE_TITLE='Add a file' sluice check --merge-request --squash
refuse 129 'it goes with a merge request' sluice check --squash
new_commit "$w" 'Bring a token' sq.py 'k = "tok_abcdef012345"'
new_commit "$w" 'Take it away' sq.py 'k = None'
refuse 1 'what a commit changes counts all the same' squashed \
	CI_MERGE_REQUEST_TITLE='Add a file' CI_MERGE_REQUEST_DESCRIPTION='wip'
says 'sq.py:1:6'
git checkout -q feature/mr
refuse 3 'outside of a merge request' sluice check --merge-request
says 'CI_MERGE_REQUEST_TARGET_BRANCH_NAME' 'CHANGE_TARGET'
refuse 3 'a target that was not fetched' env \
	CI_MERGE_REQUEST_TARGET_BRANCH_NAME=develop sluice check --merge-request
says 'git fetch origin develop'
refuse 3 'a hostile target name' env \
	CI_MERGE_REQUEST_TARGET_BRANCH_NAME='x;touch y' sluice check --merge-request
refuse 3 'a branch that a shell would read' env CI_COMMIT_SHA=HEAD \
	CI_MERGE_REQUEST_TARGET_BRANCH_NAME='x;id' sluice check --merge-request
says "git fetch origin 'x;id:refs/remotes/origin/x;id'"
check 'runs nothing' [ ! -e y ]

# --- a CI job's detached HEAD: its variables name the ref ---
git checkout -q --detach
refuse 3 'no variable names the ref' sluice check
says '--ref=BRANCH'
check 'GitLab and Jenkins: the branch' env BRANCH_NAME=feature/mr sluice check
refuse 1 'GitLab: another branch' env CI_COMMIT_BRANCH=main sluice check
refuse 1 'Jenkins: a tag, which is in BRANCH_NAME too' env TAG_NAME=v1 \
	BRANCH_NAME=feature/mr sluice check
says 'tag v1'
refuse 3 'a hostile branch name' env CI_COMMIT_BRANCH='a..b' sluice check
says 'two dots'

# The merge request cannot loosen its own gate.
git checkout -q main
write_file "$w" .sluice.yaml "sluice: 1
project: {id: churn}
rules:
  mine/no-todo: {kind: content, match: 'TODO', message: 'a TODO'}"
commit_files "$w" 'A rule of our own'
push "$w" main 2>/dev/null
git checkout -q -b feature/loose
write_file "$w" .sluice.yaml "sluice: 1
project: {id: churn}"
write_file "$w" t.txt TODO
commit_files "$w" 'Drop the rule and break it'
git fetch -q origin
refuse 1 'the target branch decides which rules there are' env \
	CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main sluice check --merge-request
says 'mine/no-todo'

# --- usage ---
refuse 129 'a budget of nothing' sluice check --budget=0s
says '--budget must be over 0'
refuse 129 'two subjects' sluice check HEAD --staged
refuse 129 'an unknown option' sluice check --stagde
says '--staged'
refuse 3 'a revision that is not there' sluice check nonsense
check 'help has an example' sluice check --help
says 'example' 'sluice check'
refuse 3 'outside a repository' sluice check -C / HEAD

# --- hooks for laptops ---
check 'install into a clone' sluice install --policy "$site/site-policy.yaml" "$w"
says 'pre-commit'
git checkout -q main
write_file "$w" s.py 's = "tok_zzzzzz000000"'
git add -A
refuse 1 'a commit with a secret' git commit -q -m 'Bring it'
says 'secrets/token'
write_file "$w" s.py 's = None'
git add -A
refuse 1 'a commit with a bad message' git commit -q -m 'bad message'
says 'commit/subject'
check 'a good one' git commit -q -m 'Good message'
git commit -q --no-verify --allow-empty -m 'bad, without the hooks'
refuse 1 'is found before it is pushed' git push -q origin main
says 'commit/subject'
git reset -q --hard HEAD~1
check 'a good push' git push -q origin main

# --- the policy itself ---
check 'the policy here' sluice policy lint
says 'policy acme: ' 'rule commit/subject has no examples'
check 'its table' sluice policy test
says 'RULE' 'secrets/token  ' 'site-policy.yaml:'
check 'one of its rules' sluice policy explain secrets/token
says 'tok_' 'site-policy.yaml'
refuse 3 'a rule that is not there' sluice policy explain secrets/tokn
says 'did you mean "secrets/token"'
check 'as JSON' sluice policy lint --format=json
check 'which is one document' python3 -c "
import json
policy = json.loads(open('$work/last').read())
assert any(r['rule'] == 'secrets/token' and r['examples'] == 0 and r['advice'] for r in policy['rules']), policy"
cat >"$trash/mine.yaml" <<'END'
sluice: 1
name: mine
rules:
  a/b:
    kind: path
    deny: 'x'
    examples:
      - {path: x, expect: fail}
      - {path: y, expect: fail}
END
refuse 3 'an example that comes out otherwise' sluice policy test "$trash/mine.yaml"
says 'mine.yaml:9:9: ' 'should fail, but passes'
sed -i '$d' "$trash/mine.yaml"
check 'mended' sluice policy lint "$trash/mine.yaml"
says '1 example as expected'
says_not 'has no examples'
cat >"$w/.sluice.yaml" <<'END'
sluice: 1
project: {id: churn}
rules: {secrets/token: {level: audit}}
END
refuse 3 'a project file that loosens, before it is committed' sluice policy lint
says '.sluice.yaml:3:32: ' 'may raise the level'
rm "$w/.sluice.yaml"
refuse 129 'another verb' sluice policy explian

cd "$trash" || exit 1
done_testing
