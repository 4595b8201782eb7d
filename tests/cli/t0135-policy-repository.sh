#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A site policy from a policy repository: read from one commit of it, whatever
# is pushed meanwhile, and refused where it cannot be.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
cp "$site/site.yaml" "$trash/site.plain"
p=$trash/policy-work
policies=$trash/policy.git

# use_policy MAP: the site's policy is MAP.
use_policy() {
	sed "s|^policy: .*|policy: $1|" "$trash/site.plain" >"$site/site.yaml"
}
on_main="{repository: '$policies', ref: refs/heads/main, file: rules/acme.yaml}"

# new_policy SUBJECT TEXT: the next commit of the policy, published.
new_policy() {
	write_file "$p" rules/acme.yaml "$2" && commit_files "$p" "$1" &&
		git -C "$p" push -qf "$policies" HEAD:main
}

git init -q --bare "$policies"
git init -q "$p"
git -C "$p" remote add origin "$policies"
good=$(cat "$site/site-policy.yaml")
mkdir -p "$p/rules"
new_policy 'Begin' "$good"
use_policy "$on_main"

make_server team
new_clone team work
w=$trash/work
new_commit "$w" 'First commit'
check 'a push is judged by a policy from a repository' push "$w" main
new_commit "$w" 'lower case'
refuse 1 'and refused by it' push "$w" main
says 'commit/subject' 'acme.yaml:'
tip=$(git -C "$p" rev-parse HEAD)
check 'the verdict says which commit' sh -c "
	sqlite3 -batch '$site/state/sluice.db' 'SELECT report FROM verdicts' |
	grep -c '\"policy_commit\":\"$tip\"' | grep -qx 2"
check 'and which file' sh -c "
	sqlite3 -batch '$site/state/sluice.db' 'SELECT report FROM verdicts' |
	grep -qF 'policy.git refs/heads/main:rules/acme.yaml\"'"
check 'the ledger says it too' sh -c "
	sqlite3 -batch '$site/state/sluice.db' 'SELECT json FROM ledger' |
	grep -c '\"policy_commit\":\"$tip\"' | grep -qx 2"
check 'install says it' sluice install --site "$site/site.yaml" "$trash/team.git"
says "of commit $(printf %.12s "$tip")"
git -C "$w" reset -q --hard HEAD~1

# --- what is in force follows the ref, and only the ref ---
new_policy 'Ask for less' "$(echo "$good" | sed "s/'\[A-Z\]/'[A-Za-z]/")"
new_commit "$w" 'lower case'
check 'the ref moved: the next push is judged by what it leads to' push "$w" main

use_policy "{repository: '$policies', commit: $tip, file: rules/acme.yaml}"
new_commit "$w" 'lower case again' b.txt
refuse 1 'a pinned commit stays' push "$w" main
says 'commit/subject' 'acme.yaml:'
git -C "$p" push -q "$policies" "$tip:refs/tags/v1" &&
	git -C "$p" tag -a -m one v2 "$tip" && git -C "$p" push -q "$policies" v2
for tag in v1 v2; do
	use_policy "{repository: '$policies', ref: refs/tags/$tag, file: rules/acme.yaml}"
	refuse 1 "so does tag $tag" push "$w" main
	says 'commit/subject'
done
use_policy "{repository: ../policy-work, ref: refs/heads/main, file: rules/acme.yaml}"
write_file "$p" rules/acme.yaml 'not a policy'
check 'of a work tree, its commits are read and not its files' push "$w" main
git -C "$p" checkout -q .
new_commit "$w" 'Another' c.txt

# --- what cannot be read ---
# broken TITLE MAP WANTED...
broken() {
	title=$1
	use_policy "$2"
	refuse 1 "$title" push "$w" main
	shift 2
	says 'undecided' "$@"
}
broken 'no such repository' \
	"{repository: nowhere.git, ref: refs/heads/main, file: a.yaml}" \
	'there is no git repository' 'nowhere.git'
mkdir -p "$p/inside"
broken 'a folder inside a repository is none' \
	"{repository: '$p/inside', ref: refs/heads/main, file: a.yaml}" \
	'there is no git repository'
broken 'no such ref' \
	"{repository: '$policies', ref: refs/heads/mian, file: rules/acme.yaml}" \
	'policy.git refs/heads/mian:rules/acme.yaml'
broken 'no such file' \
	"{repository: '$policies', ref: refs/heads/main, file: rules/acne.yaml}" \
	'policy.git refs/heads/main:rules/acne.yaml' 'acne.yaml'
broken 'a folder' \
	"{repository: '$policies', ref: refs/heads/main, file: rules}" \
	'not a regular file'
broken 'no such commit' \
	"{repository: '$policies', commit: 0123456789012345678901234567890123456789, file: a.yaml}" \
	'policy.git 012345678901:a.yaml'
broken 'the id of a tag is not that of a commit' \
	"{repository: '$policies', commit: $(git -C "$p" rev-parse v2), file: rules/acme.yaml}" \
	'not a commit'
broken 'the id of a tree neither' \
	"{repository: '$policies', commit: $(git -C "$p" rev-parse 'HEAD^{tree}'), file: acme.yaml}" \
	'not a commit'
blob=$(echo x | git -C "$p" hash-object -w --stdin)
git -C "$p" tag blob "$blob"
git -C "$p" push -q "$policies" blob
broken 'a tag of a blob neither' \
	"{repository: '$policies', ref: refs/tags/blob, file: acme.yaml}" \
	'not a commit'
ln -s acme.yaml "$p/rules/link.yaml"
head -c 1100000 /dev/zero | tr '\0' '#' >"$p/rules/large.yaml"
new_policy 'Odd files' "$good"
broken 'a symbolic link is not a file' \
	"{repository: '$policies', ref: refs/heads/main, file: rules/link.yaml}" \
	'not a regular file'
broken 'more than 1 MiB is too much' \
	"{repository: '$policies', ref: refs/heads/main, file: rules/large.yaml}" \
	'policy.git refs/heads/main:rules/large.yaml'
new_policy 'Break it' 'sluice: 1
name: acme
rulse: {}'
broken 'a mistake has its place' "$on_main" \
	'policy.git refs/heads/main:rules/acme.yaml:3:1' 'rules'
new_policy 'Break it otherwise' "sluice: 1
name: acme
rules:
  a/b: {kind: ref, allow: '(('}"
broken 'also inside a rule' "$on_main" \
	'policy.git refs/heads/main:rules/acme.yaml:4:'
new_policy 'No rules' 'sluice: 1
name: acme'
broken 'no rule in force' "$on_main" 'acme.yaml:1:1' 'no rule is in force'
new_policy 'Mend it' "$good"
if [ "$(id -u)" -eq 0 ]; then
	chown -R 65534 "$policies"
	broken 'the repository of another user' "$on_main" 'safe.directory'
	# libgit2 takes a HOME with a colon for two folders.
	mkdir "$work/home"
	HOME=$work/home git config --global --add safe.directory "$policies"
	check 'unless it is allowed' env HOME="$work/home" \
		git -C "$w" push -q origin main
	chown -R 0 "$policies"
else
	skip 'the repository of another user' 'not run as root'
fi
use_policy "$on_main"
new_commit "$w" 'Yet another' d.txt
check 'and it goes in with everything back' push "$w" main

# --- what is pushed is never the policy ---
lax='sluice: 1
name: tempting
rules:
  path/none: {kind: path, deny: "nothing-at-all"}'
lax=$(echo "$lax" | tr '"' "'")
git -C "$w" checkout -q -b tempting
write_file "$w" rules/acme.yaml "$lax"
write_file "$w" evil.pkl x
commit_files "$w" 'tempting'
pushed=$(git -C "$w" rev-parse HEAD)
use_policy "{repository: '$policies', commit: $pushed, file: rules/acme.yaml}"
refuse 1 'a pinned commit is not taken from the pushed objects' push "$w" \
	tempting:main
says 'undecided' 'policy.git'
says_not 'tempting:'
use_policy "$on_main"
refuse 1 'and the ref leads to its own' push "$w" tempting:main
says 'path/no-binaries'
git -C "$w" checkout -q main

# A policy repository behind its own hooks: judged by the policy before.
check 'the policy repository gets the hooks' \
	sluice install --site "$site/site.yaml" "$policies"
write_file "$p" README.md 'Policies'
commit_files "$p" 'Add a readme'
check 'a good change goes in' git -C "$p" push -q origin HEAD:main
write_file "$p" rules/acme.yaml "$lax"
write_file "$p" evil.pkl x
commit_files "$p" 'Loosen everything'
refuse 1 'a change is judged by the policy that it would replace' \
	git -C "$p" push -q origin HEAD:main
says 'path/no-binaries'
use_policy "{repository: '$policies', commit: $(git -C "$p" rev-parse HEAD), file: rules/acme.yaml}"
refuse 1 'also where what is pushed is pinned already' \
	git -C "$p" push -q origin HEAD:main
says 'undecided' 'policy.git'
use_policy "$on_main"
git -C "$p" rm -q --cached evil.pkl && rm "$p/evil.pkl"
git -C "$p" commit -q --amend -m 'Loosen it in the open'
check 'one that passes goes in' git -C "$p" push -q origin HEAD:main
new_commit "$w" 'evil, allowed by now' evil.pkl
check 'and judges from then on' push "$w" main
git -C "$p" revert --no-edit HEAD >/dev/null
git -C "$p" commit -q --amend -m 'Take it back'
check 'and is taken back' git -C "$p" push -q origin HEAD:main

# --- a push that would leave the site without a policy ---
tip=$(git -C "$p" rev-parse HEAD)
# breaks TITLE TEXT PLACE REASON: pushed as the policy, the text is refused.
breaks() {
	write_file "$p" rules/acme.yaml "$2"
	commit_files "$p" 'Break the policy'
	refuse 1 "$1" git -C "$p" push -q origin HEAD:main
	says "sluice: refused: $(git -C "$p" rev-parse --short=12 HEAD):rules/acme.yaml:$3" \
		'no push of the site could be judged' "$4"
	git -C "$p" reset -q --hard "$tip"
}
breaks 'a policy with a mistake does not go in' 'sluice: 1
name: acme
rulse: {}' '3:1: ' 'rulse'
breaks 'nor what is no YAML' 'sluice: [1' '' 'rules/acme.yaml in '
breaks 'nor one with no rule' 'sluice: 1
name: acme' '1:1: ' 'no rule is in force'
breaks 'nor one that takes in a pack that is not there' "sluice: 1
name: acme
extends: ['sluice:nothing']" '3:11: ' 'nothing'
git -C "$p" mv rules/acme.yaml rules/acne.yaml
git -C "$p" commit -q -m 'Move the policy'
refuse 1 'nor a commit without the file' git -C "$p" push -q origin HEAD:main
says 'sluice: refused: ' 'rules/acme.yaml'
git -C "$p" reset -q --hard "$tip"
ln -sf acne.yaml "$p/rules/acme.yaml"
commit_files "$p" 'A link for a policy'
refuse 1 'nor a link' git -C "$p" push -q origin HEAD:main
says 'not a regular file'
git -C "$p" reset -q --hard "$tip"
write_file "$p" rules/acme.yaml 'broken'
commit_files "$p" 'Break another branch'
check 'on another branch it is a file like any other' \
	git -C "$p" push -q origin HEAD:refs/heads/feature/broken
ln -s "$policies" "$trash/alias.git"
use_policy "{repository: ../alias.git, ref: refs/heads/main, file: rules/acme.yaml}"
refuse 1 'by another path it is the same repository' \
	git -C "$p" push -q origin HEAD:main
says 'no push of the site could be judged'
use_policy "$on_main"
write_file "$w" rules/acme.yaml 'broken'
commit_files "$w" 'A file of the same name'
check 'in another repository it is a file like any other' push "$w" main
git -C "$p" reset -q --hard "$tip"
use_policy "{repository: '$policies', ref: refs/heads/feature/policy, file: rules/acme.yaml}"
git -C "$policies" update-ref refs/heads/feature/policy "$tip"
refuse 1 'nor is the ref deleted' \
	git -C "$p" push -q origin :refs/heads/feature/policy
says 'sluice: refused: refs/heads/feature/policy: ' 'no push of the site could be judged' \
	'change "policy" in'
use_policy "$on_main"
check 'unless the site reads another' \
	git -C "$p" push -q origin :refs/heads/feature/policy
git -C "$policies" update-ref refs/heads/main refs/heads/feature/broken
refuse 1 'broken past the hooks, the repair is undecided too' \
	git -C "$p" push -qf origin HEAD:main
says 'undecided'
git -C "$p" bundle create -q "$trash/mended.bundle" HEAD
check 'what is fetched is judged by nobody' \
	git -C "$policies" fetch -q "$trash/mended.bundle" +HEAD:main
check 'and loads' sluice install --site "$site/site.yaml" "$policies"
check 'pushes go in again' push "$w" main:feature/x

# --- where there is no site ---
new_clone team laptop
l=$trash/laptop
git -C "$l" pull -q origin main
map="{repository: ../policy.git, ref: refs/heads/main, file: rules/acme.yaml}"
new_commit "$l" 'lower case'
cd "$l" || exit 1
refuse 1 'sluice check --policy takes the same map' sluice check --policy "$map"
says 'commit/subject'
check 'and its JSON names the commit' sh -c "sluice check --policy '$map' --format=json |
	grep -qF '\"policy_commit\":\"$(git -C "$p" rev-parse HEAD)\"'"
refuse 3 'a mistake in it has a place' sluice check \
	--policy '{repository: x, ref: refs/heads/main, flie: y}'
says '--policy:1:' 'flie' 'file'
refuse 3 'another repository is an error' sluice check \
	--policy '{repository: x, ref: refs/heads/main, file: y}'
says 'there is no git repository'
check 'install puts the map into the configuration' sluice install --policy "$map" .
check 'with a path that holds everywhere' sh -c "
	git config sluice.policy | grep -qF '\"repository\":\"$policies\"'"
refuse 1 'the path of a plain file' sluice check --policy ../site/site-policy.yaml \
	--format=json
says '"file":"../site/site-policy.yaml"'
mkdir -p deep
refuse 1 'check finds it there' sluice check --repository="$l/deep"
says 'commit/subject'
write_file . evil2.pkl x
git add evil2.pkl
refuse 1 'and so does pre-commit' git commit -q -m 'A binary'
says 'path/no-binaries'
cd "$trash" || exit 1

# --- plan and run ---
check 'sluice plan needs no policy to plan' sluice plan --site "$site/site.yaml" \
	--repository "$trash/team.git" main
done_testing
