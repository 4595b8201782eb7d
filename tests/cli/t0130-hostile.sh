#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Objects that no git command makes, pushed by somebody who does.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

python=${SL_PYTHON:-python3}
make_site
check 'a bare repository takes the hooks' make_server team
# Servers differ in what they let in before the hook: let everything in.
git -C team.git config receive.fsckObjects false
git -C team.git config transfer.fsckObjects false
new_clone team work
w=$trash/work
new_commit "$w" 'First commit'
check 'a good start' push "$w" main

blob() {
	printf '%s' "$1" | git -C "$w" hash-object -w --stdin
}

# raw_tree MODE NAME OID ...: a tree with these entries, as they are given.
raw_tree() {
	"$python" -c 'import sys
a = sys.argv[1:]
for mode, name, oid in zip(a[::3], a[1::3], a[2::3]):
    sys.stdout.buffer.write(mode.encode() + b" " + name.encode() + b"\0"
                            + bytes.fromhex(oid))' "$@" |
		git -C "$w" hash-object -t tree -w --literally --stdin
}

# raw_commit SUBJECT TREE [PARENT]
raw_commit() {
	git -C "$w" commit-tree -m "$1" ${3:+-p "$3"} "$2"
}

readme=$(blob 'read me')
token=$(blob 'x = "tok_abcdef012345"')
base=$(git -C "$w" rev-parse main)

# --- modes that git reads as a plain file ---
for mode in 100664 100600 100777 0100644 100000; do
	tree=$(raw_tree 100644 README.md "$readme" "$mode" a.py "$token")
	commit=$(raw_commit "A file of mode $mode" "$tree" "$base")
	refuse 1 "a secret in a file of mode $mode" \
		push "$w" "$commit:refs/heads/feature/mode-$mode"
	says 'secrets/token' 'a.py:1:6'
done
inner=$(raw_tree 100644 a.py "$token")
for mode in 40755 040000; do
	tree=$(raw_tree 100644 README.md "$readme" "$mode" code "$inner")
	commit=$(raw_commit "A folder of mode $mode" "$tree" "$base")
	refuse 1 "a secret in a folder of mode $mode" \
		push "$w" "$commit:refs/heads/feature/mode-$mode"
	says 'secrets/token' 'code/a.py:1:6'
done

# --- names that are no names ---
for name in .. . .git 'a/b' '../../x'; do
	tree=$(raw_tree 100644 "$name" "$token")
	commit=$(raw_commit "An entry called $name" "$tree" "$base")
	refuse 1 "a secret in a file called $name" \
		push "$w" "$commit:refs/heads/feature/name"
	says 'secrets/token'
done

# --- the same name twice ---
for order in "$token $readme" "$readme $token"; do
	# shellcheck disable=SC2086
	set -- $order
	tree=$(raw_tree 100644 README.md "$readme" 100644 a "$1" 100644 a "$2")
	commit=$(raw_commit 'The same name twice' "$tree" "$base")
	refuse 1 'a secret in one of two files of one name' \
		push "$w" "$commit:refs/heads/feature/twice"
	says 'secrets/token'
done

# --- entries out of order: the secret stands where a merge would not look ---
tree=$(raw_tree 100644 b.py "$token" 100644 README.md "$readme" 100644 a "$readme")
commit=$(raw_commit 'Out of order' "$tree" "$base")
refuse 1 'a secret in a tree that is out of order' \
	push "$w" "$commit:refs/heads/feature/order"
says 'secrets/token'

# --- octopus merges, and many parents ---
p1=$(raw_commit 'One' "$(raw_tree 100644 README.md "$readme" 100644 one "$readme")" "$base")
p2=$(raw_commit 'Two more' "$(raw_tree 100644 README.md "$readme" 100644 two "$readme")" "$base")
tree=$(raw_tree 100644 README.md "$readme" 100644 evil.py "$token")
commit=$(git -C "$w" commit-tree -m 'Octopus' -p "$base" -p "$p1" -p "$p2" "$tree")
refuse 1 'what an octopus merge brings' push "$w" "$commit:refs/heads/feature/octopus"
says 'secrets/token' 'evil.py'

# --- roots, and a merge of an unrelated history ---
root=$(raw_commit 'A root with a token' "$(raw_tree 100644 a.py "$token")")
clean=$(git -C "$w" commit-tree -m 'Merge it and drop it' -p "$base" -p "$root" "$base^{tree}")
refuse 1 'a secret in an unrelated history that a merge brings' \
	push "$w" "$clean:refs/heads/feature/unrelated"
says 'secrets/token'

# --- a tag brings commits too, of any namespace ---
git -C "$w" tag -a -m 'Carries' light-carry "$root"
refuse 1 'a secret that only a tag reaches' push "$w" light-carry
says 'secrets/token'
for ref in refs/notes/x refs/custom/x refs/heads/refs/heads/main refs/keep-around/x; do
	refuse 1 "a secret below $ref" push "$w" "$root:$ref"
done
refuse 1 'one ref of many, in a push that is not atomic' \
	push "$w" "$root:refs/heads/feature/bad" main:refs/heads/feature/good
refuse 1 'and the good one stays out too' \
	git -C team.git rev-parse -q --verify refs/heads/feature/good

# --- grafts and replacements in the pusher's clone ---
git -C "$w" replace -f "$root" "$base"
refuse 1 'a replaced commit is judged as it is' \
	env GIT_NO_REPLACE_OBJECTS=1 git -C "$w" push -q origin "$root:refs/heads/feature/replaced"
says 'secrets/token'
git -C "$w" replace -d "$root" >/dev/null

# --- the project's file as something else ---
link=$(blob README.md)
for mode in 120000 160000; do
	id=$link
	[ "$mode" = 160000 ] && id=$base
	tree=$(raw_tree "$mode" .sluice.yaml "$id" 100644 README.md "$readme")
	commit=$(raw_commit "The project file as $mode" "$tree" "$base")
	refuse 1 "a project file of mode $mode" push "$w" "$commit:refs/heads/main"
	says 'sluice/project-file' 'it must be a file'
done
tree=$(raw_tree 40000 .sluice.yaml "$inner" 100644 README.md "$readme")
commit=$(raw_commit 'The project file as a folder' "$tree" "$base")
refuse 1 'a project file that is a folder' push "$w" "$commit:refs/heads/main"

# --- the policy ref moves behind the hook's back ---
hooks=$trash/team.git/hooks
rule='rules:
  project/no-dumps: {kind: path, deny: '"'.*\.dump'"', message: a dump}'
git -C "$w" checkout -q main
new_commit "$w" 'A rule of the project' .sluice.yaml "sluice: 1
project: {id: churn}
$rule"
check 'a project with a rule of its own' push "$w" main
mv "$hooks/pre-receive" "$hooks/pre-receive.away"
mv "$hooks/post-receive" "$hooks/post-receive.away"
write_file "$w" core.dump x
new_commit "$w" 'Drop the rule' .sluice.yaml 'sluice: 1
project: {id: churn}'
push "$w" main
mv "$hooks/pre-receive.away" "$hooks/pre-receive"
mv "$hooks/post-receive.away" "$hooks/post-receive"
check 'the worker judges what no hook judged' \
	sluice worker --once --site "$site/site.yaml"
says '0 jobs, 1 refused'

mv "$hooks/pre-receive" "$hooks/pre-receive.away"
git -C "$w" rm -q core.dump
ln -sf README.md "$w/.sluice.yaml"
commit_files "$w" 'The project file as a link'
push "$w" main 2>/dev/null
mv "$hooks/pre-receive.away" "$hooks/pre-receive"
refuse 1 'a link on the policy ref counts as a file that does not load' \
	push "$w" main:refs/heads/feature/link
says "the site's policy alone judges" 'not a regular file'
rm "$w/.sluice.yaml"
new_commit "$w" 'A file again' .sluice.yaml 'sluice: 1
project: {id: churn}'
check 'and a push may mend it' push "$w" main

# --- more text than a record takes ---
long=$("$python" -c 'print("/".join(["x" * 200] * 15))')
refs=
i=0
while [ $i -lt 120 ]; do
	refs="$refs main:refs/heads/feature/$long$i"
	i=$((i + 1))
done
# shellcheck disable=SC2086
check 'a hundred refs with names of 3 KB' push "$w" $refs
says 'and 114 more refs'
check 'leave a ledger of whole rows' \
	[ "$(database 'SELECT count(*) FROM ledger WHERE NOT json_valid(json)')" = 0 ]
check 'that names as many as there is room for' \
	[ "$(database "SELECT json_array_length(json, '\$.refs') > 9 AND json_extract(json, '\$.ref_count') = 120 FROM ledger ORDER BY seq DESC LIMIT 1")" = 1 ]
set --
i=0
while [ $i -lt 64 ]; do
	set -- "$@" -o "$("$python" -c 'print("\x01" * 1000)')"
	i=$((i + 1))
done
refuse 1 'push options that grow beyond their record' \
	git -C "$w" push -q origin "$@" main:refs/heads/feature/options
says 'push options'

done_testing
