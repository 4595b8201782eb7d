#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every kind of ref line that a push can hold, against real receive-pack.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
check 'a bare repository takes the hooks' make_server team
new_clone team work
w=$trash/work

# --- create, update ---
new_commit "$w" 'First commit'
check 'a first push of a whole history' push "$w" main
new_commit "$w" 'Second commit'
new_commit "$w" 'Third commit' src/a.txt one
check 'an update with two commits' push "$w" main
check 'a new branch at a tip that is there' push "$w" main:refs/heads/feature/same
check 'nothing to do' push "$w" main

# --- refusals say what, where and how ---
new_commit "$w" 'small letter first'
git -C "$w" commit -q --amend -m 'small letter first'
refuse 1 'a commit with a bad subject' push "$w" main
says 'commit/subject' 'begin with a capital letter' 'site-policy.yaml'
check 'leaves the ref as it was' \
	[ "$(git -C team.git rev-parse main)" = "$(git -C "$w" rev-parse HEAD~1)" ]
git -C "$w" commit -q --amend -m 'Capital letter first'
check 'and goes in when mended' push "$w" main

new_commit "$w" 'Bring a token' config.py 'KEY = "tok_abcdef012345"'
refuse 1 'a secret' push "$w" main
says 'secrets/token' 'config.py:1:8'
says_not 'tok_abcdef012345'
new_commit "$w" 'Take the token away' config.py 'KEY = None'
refuse 1 'a secret that a later commit of the same push takes away' \
	push "$w" main
says 'config.py:1:8'
git -C "$w" reset -q --hard HEAD~2

mkdir -p "$w/src"
printf 'x\000 tok_abcdef012345\n' >"$w/src/hidden.bin"
commit_files "$w" 'Hide a token behind a zero byte'
refuse 1 'a secret in a file that looks binary' push "$w" main
says 'secrets/token' 'src/hidden.bin:1:4'
git -C "$w" reset -q --hard HEAD~1

new_commit "$w" 'Bring a binary' model.pkl x
refuse 1 'a path that is denied' push "$w" main
says 'path/no-binaries' 'model.pkl'
git -C "$w" reset -q --hard HEAD~1
new_commit "$w" 'Bring a binary on two lines' 'mo
del.pkl' x
refuse 1 'nor is it with a line feed in its name' push "$w" main
says 'path/no-binaries' 'mo\ndel.pkl'
git -C "$w" reset -q --hard HEAD~1

# --- levels per ref ---
git -C "$w" checkout -q -b feature/x
git -C "$w" rm -q README.md
commit_files "$w" 'Remove the readme'
check 'a missing file only warns on a feature branch' push "$w" feature/x
says 'tree/readme' 'README.md'
git -C "$w" checkout -q main
git -C "$w" merge -q --ff-only feature/x
refuse 1 'and blocks on main, although the commit is known' push "$w" main
says 'tree/readme'
git -C "$w" reset -q --hard origin/main 2>/dev/null ||
	git -C "$w" reset -q --hard HEAD~1

# --- laundering: a commit that only a lax ref knew is new on a strict one ---
cat >>"$site/site-policy.yaml" <<'END'
  secrets/strict:
    kind: content
    match: 'hush_[a-z]{6}'
    secret: true
    level: {'refs/heads/feature/.+': audit, default: block}
    message: 'a strict token'
END
git -C "$w" checkout -q -b feature/lax
new_commit "$w" 'Bring a strict token' b.py 'x = "hush_abcdef"'
new_commit "$w" 'And take it away' b.py 'x = ""'
check 'a lax branch takes it' push "$w" feature/lax
git -C "$w" checkout -q main
git -C "$w" merge -q --ff-only feature/lax
refuse 1 'main does not, though no object is new' push "$w" main
says 'secrets/strict' 'b.py:1:6'
check 'nor after the lax branch is gone' push "$w" :feature/lax
refuse 1 'when nothing in the repository knows the commit' push "$w" main
says 'secrets/strict'
git -C "$w" reset -q --hard HEAD~2

# --- force, delete ---
git -C "$w" checkout -q -b feature/force
new_commit "$w" 'To be rewritten'
check 'a branch' push "$w" feature/force
git -C "$w" commit -q --amend -m 'Rewritten'
check 'a force push of a feature branch' push "$w" +feature/force
check 'its delete' push "$w" :feature/force
git -C "$w" checkout -q main
git -C "$w" commit -q --amend -m 'Main rewritten'
refuse 1 'a force push of main' push "$w" +main
says 'ref/no-force' 'refs/heads/main'
git -C "$w" reset -q --hard ORIG_HEAD 2>/dev/null
git -C team.git config receive.denyDeleteCurrent ignore
refuse 1 'a delete of main' push "$w" :main
says 'ref/no-force'
git -C "$w" fetch -q origin
git -C "$w" reset -q --hard origin/main

# --- a delete of what is not there changes nothing: Git only warns ---
before=$(database 'SELECT (SELECT count(*) FROM verdicts), (SELECT count(*) FROM intentions), (SELECT count(*) FROM jobs)')
check 'a delete of a branch that is not there' git -C "$w" push origin :refs/heads/none
says 'deleting a non-existent ref' 'no refs change in this push'
check 'leaves no verdict, intention or job' \
	[ "$(database 'SELECT (SELECT count(*) FROM verdicts), (SELECT count(*) FROM intentions), (SELECT count(*) FROM jobs)')" = "$before" ]
check 'one beside a branch' push "$w" main:refs/heads/feature/beside :refs/heads/none
check 'is in no way of it' git -C team.git rev-parse -q --verify refs/heads/feature/beside
check 'nor is it a job' [ "$(database "SELECT count(*) FROM intentions WHERE ref = 'refs/heads/none'")" = 0 ]
refuse 1 'but the other refs of such a push are judged' push "$w" main:refs/heads/wild :refs/heads/none
says 'ref/names'
zero=0000000000000000000000000000000000000000
check 'nor does the hook update mind' env GIT_DIR="$trash/team.git" \
	sluice-hook update refs/heads/none $zero $zero

# --- tags ---
git -C "$w" tag light-1
check 'a lightweight tag where one may be' push "$w" light-1
git -C "$w" tag v1.0.0
refuse 1 'a lightweight release tag' push "$w" v1.0.0
says 'ref/release-tags'
git -C "$w" tag -d v1.0.0 >/dev/null
git -C "$w" tag -a -m 'Release' v1.0.0
check 'an annotated one on main' push "$w" v1.0.0
git -C "$w" checkout -q -b feature/off
new_commit "$w" 'Off main'
git -C "$w" tag -a -m 'Off main' v1.0.1
refuse 1 'an annotated one that is not on main' push "$w" v1.0.1
says 'ref/release-tags'
git -C "$w" -c advice.nestedTag=false tag -a -m 'Tag of a tag' v1.0.2 v1.0.0
check 'a tag of a tag' push "$w" v1.0.2
git -C "$w" checkout -q main

# --- tags and refs to trees and blobs, strange namespaces ---
git -C "$w" tag light-tree "main^{tree}"
refuse 1 'a tag to a tree' push "$w" light-tree
git -C "$w" tag light-blob main:README.md
refuse 1 'a tag to a blob' push "$w" light-blob
refuse 1 'refs/replace' push "$w" main:refs/replace/0123456789012345678901234567890123456789
git -C "$w" notes add -m 'Trained well' main
check 'notes: commits, but no source layout' push "$w" refs/notes/commits
git -C "$w" notes append -m 'tok_abcdef012345' main
refuse 1 'a secret in a note' push "$w" refs/notes/commits
says 'secrets/token'
check 'an unknown namespace is audited' push "$w" main:refs/custom/x
refuse 1 'a branch name that is not ours' push "$w" main:refs/heads/WIP
says 'ref/names' 'use feature/NAME'

# --- several refs in one push: all or nothing, each ref judged ---
git -C "$w" checkout -q -b feature/one
new_commit "$w" 'One good commit'
git -C "$w" checkout -q -b feature/two main
new_commit "$w" 'two is bad'
refuse 1 'one bad ref of three' push "$w" feature/one feature/two :feature/same
says 'commit/subject' 'feature/two'
refuse 1 'keeps the good one out' \
	git -C team.git rev-parse -q --verify refs/heads/feature/one
git -C "$w" commit -q --amend -m 'Two is good'
check 'a create, an update and a tag at once' push "$w" feature/one feature/two main:feature/same
# More than a mirror of some size has.
# shellcheck disable=SC2046
check 'two thousand and five hundred refs' push "$w" \
	$(seq 2500 | sed 's,.*,main:refs/heads/feature/many-&,')
says 'and 2494 more refs'
check 'are told of in twenty lines at most' \
	[ "$(wc -l <"$work/output")" -le 20 ]
for ref in refs/pull/1/head refs/merge-requests/1/head refs/meta/config; do
	check "$ref is judged, and runs nothing" push "$w" "main:$ref"
	says 'looked at 1 ref' 'only branches and tags flow on'
done

# --- merges ---
git -C "$w" checkout -q main
git -C "$w" merge -q --no-ff -m 'Merge one' feature/one -X theirs
check 'a merge' push "$w" main
git -C "$w" checkout -q -b feature/evil
git -C "$w" merge -q --no-ff --no-commit feature/two -X theirs >/dev/null 2>&1
write_file "$w" evil.py 'z = "tok_zzzzzz999999"'
git -C "$w" add -A
git -C "$w" commit -q -m 'Merge two'
refuse 1 'what a merge itself brings' push "$w" feature/evil
says 'secrets/token' 'evil.py:1:6'
git -C "$w" checkout -q main

# --- hostile names and texts ---
printf 'Bad \033[31mred\033[0m subject\n' >"$trash/message"
git -C "$w" checkout -q -b feature/red
write_file "$w" "$(printf 'a\033[2Jb.pkl')" x
git -C "$w" add -A
git -C "$w" commit -q -F "$trash/message"
refuse 1 'a path with terminal controls' push "$w" feature/red
says '\x1b[2Jb.pkl'
check 'is shown without them' \
	sh -c "! grep -q '$(printf '\033')\[2J' '$work/output'"
git -C "$w" checkout -q main

# --- the hook by itself: its input ---
# hook_reads FORMAT ARGUMENT...: what printf makes of them is its input.
hook_reads() {
	# shellcheck disable=SC2059
	(cd "$trash/team.git" && printf "$@" | GIT_DIR=. sluice-hook pre-receive)
}
old=$(git -C team.git rev-parse main)
check 'no refs' hook_reads ''
says 'no refs'
refuse 3 'a line that is cut off' \
	hook_reads '%s %s refs/heads/main' "$old" "$old"
says 'cut off'
refuse 3 'a line outside the grammar' hook_reads 'x y z\n'
says 'line 1'
refuse 3 'SHA-256 ids' hook_reads '%064d %064d refs/heads/main\n' 0 1
says 'SHA-256'
refuse 3 'a bad ref name' hook_reads '%040d %s refs/heads/a..b\n' 0 "$old"
says 'two dots'
refuse 3 'an object that is not there' \
	hook_reads '%040d %s refs/heads/feature/gone\n' 0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

# --- push options ---
git -C "$w" checkout -q -b feature/option main
new_commit "$w" 'With options'
refuse 1 'an unknown option of ours' \
	git -C "$w" push -q origin -o 'sluice.rnu=no' feature/option
says 'sluice.rnu=no'
# shellcheck disable=SC2016
check 'other options, however hostile, are kept as text' \
	git -C "$w" push -q origin -o 'x;touch /tmp/$(id)' -o '' -o '"|`' feature/option
check 'verbatim' [ "$(database "SELECT count(*) FROM intentions WHERE instr(options, 'x;touch /tmp/\$(id)')")" = 1 ]

# --- every verdict is on record ---
check 'passes and failures are both there' \
	[ "$(database "SELECT count(DISTINCT outcome) FROM verdicts WHERE outcome IN ('pass', 'fail')")" = 2 ]

done_testing
