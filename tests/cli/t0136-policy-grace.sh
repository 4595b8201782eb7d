#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A site policy that does not load: the last good one stands in for a time.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
policy=$site/site-policy.yaml
cp "$policy" "$trash/good.yaml"
kept=$site/state/site-policy.kept
note=$site/state/site-policy.fault
stands_in='the last good one judges from'

# set_grace TIME
set_grace() {
	sed -i '/^policy-grace:/d' "$site/site.yaml"
	echo "policy-grace: $1" >>"$site/site.yaml"
}
break_it() {
	printf 'sluice: 1\nname: acme\nrulse: {}\n' >"$policy"
}
mend_it() {
	cp "$trash/good.yaml" "$policy"
}
# The next change, on main and good.
change() {
	number=$((${number:-0} + 1))
	new_commit "$w" "Change $number" "file$number.txt"
}
# ok TITLE: the next change goes in.
ok() {
	change
	check "$1" push "$w" main
}
# no TITLE WANTED...: it does not, and the reason holds WANTED.
no() {
	title=$1
	shift
	change
	refuse 1 "$title" push "$w" main
	says 'undecided' "$@"
}
# set_note SINCE LATEST: what the note says, in seconds from now.
set_note() {
	now=$(date +%s)
	sed -i "s/\"since_s\":[0-9]*/\"since_s\":$((now + $1))/; s/\"latest_s\":[0-9]*/\"latest_s\":$((now + $2))/" "$note"
}
report_of_last() {
	database 'SELECT report FROM verdicts ORDER BY seq DESC LIMIT 1'
}
report_has() {
	report_of_last | grep -q -e "$1"
}
ledger_of_last() {
	database "SELECT json FROM ledger WHERE kind = 'verdict' ORDER BY seq DESC LIMIT 1"
}

ledger_has() {
	ledger_of_last | grep -q -e "$1"
}

make_server team
new_clone team work
w=$trash/work
new_commit "$w" 'First commit'
check 'a good start' push "$w" main
ok 'without a grace'
check 'nothing is kept' [ ! -e "$kept" ]
break_it
no 'and a policy that does not load refuses' 'site-policy.yaml:3:1' 'rules'
says_not 'kept'
check 'nor noted' [ ! -e "$note" ]
set_grace 0s
no 'also with a grace of no time'
mend_it

# --- on ---
set_grace 1h
break_it
no 'a grace without anything kept before refuses' 'site-policy.yaml:3:1' \
	'none that loaded was kept'
mend_it
ok 'a policy that loads judges'
says_not 'warning'
check 'and is kept' grep -qF 'tok_[a-z0-9]{12}' "$kept"
check 'for hook and worker alone' [ "$(stat -c %a "$kept")" = 660 ]
check 'without a note' [ ! -e "$note" ]
before=$(stat -c '%i %Z' "$kept")
ok 'the same policy again'
check 'is not written again' [ "$(stat -c '%i %Z' "$kept")" = "$before" ]
digest=$(report_of_last | sed 's/.*"policy_digest":"\([0-9a-f]*\)".*/\1/')

# bad TITLE TEXT WANTED...: with TEXT as policy a push is judged by the kept
# one, and says WANTED.
bad() {
	title=$1
	printf '%s\n' "$2" >"$policy"
	shift 2
	ok "$title: the last good one judges"
	says "$stands_in" 'site-policy.yaml' "$@"
	rm -f "$note"
}
bad 'broken YAML' 'sluice: [1' 'site-policy.yaml:'
bad 'an unknown key' "$(cat "$trash/good.yaml")
plicy: x" 'plicy'
bad 'an impossible regex' "sluice: 1
name: acme
rules:
  a/b: {kind: ref, allow: '(('}" 'site-policy.yaml:4:'
bad 'no rule in force' 'sluice: 1
name: acme' 'no rule is in force'
bad 'a pack that there is not' "sluice: 1
name: acme
extends: ['sluice:nowhere']" 'there is no pack'
bad 'empty' '' 'site-policy.yaml'
rm "$policy"
ok 'no file: the last good one judges'
says "$stands_in" 'site-policy.yaml does not exist'
rm "$note"
mkdir "$policy"
ok 'a folder: the last good one judges'
says "$stands_in" 'not a regular file'
rmdir "$policy"
rm "$note"

break_it
ok 'it is said in one line'
check 'of which there is one' sh -c "grep -c 'warning:' '$work/last' | grep -qx 1"
ok 'and at every push'
says "$stands_in" 'site-policy.yaml:3:1'
check 'the note says since when' grep -q '"since_s":[0-9]*,.*"reason":".*:3:1: ' "$note"
check 'for hook and worker alone' [ "$(stat -c %a "$note")" = 660 ]
before=$(stat -c '%i %Z' "$note")
ok 'another one'
check 'does not write it again' [ "$(stat -c '%i %Z' "$note")" = "$before" ]
new_commit "$w" 'lower case'
refuse 1 'the last good one refuses too' push "$w" main
says "$stands_in" 'commit/subject' 'site-policy.yaml:'
check 'the record says that it judged' report_has '"policy_kept":{"since":"20.*","until":"20.*","reason":".*:3:1: '
check 'under its own digest' report_has "\"policy_digest\":\"$digest\""
check 'and so does the ledger' ledger_has '"policy_kept_since_s":[0-9]*,"policy_kept_until_s":[0-9]'
git -C "$w" reset -q --hard HEAD~1

check 'status says it' sluice status --site "$site/site.yaml"
says 'site policy: does not load since' 'the last good one judges until' ':3:1'
check 'and in JSON' sluice status --site "$site/site.yaml" --format=json
says '"site_policy"' '"state": "kept"' '"until"'
check 'the worker too' sluice worker --site "$site/site.yaml" --once
says 'site policy: does not load since' ':3:1'
refuse 3 'install finds it' sluice install --site "$site/site.yaml" "$trash/team.git"
says 'site-policy.yaml:3:1'

# What went past the hook is judged under it as well.
hooks=$trash/team.git/hooks
mv "$hooks/pre-receive" "$trash/pre-receive"
mv "$hooks/post-receive" "$trash/post-receive"
new_commit "$w" 'Past the hook' past.txt
push "$w" main
mv "$trash/pre-receive" "$trash/post-receive" "$hooks"
check 'the worker makes up for a push' sluice worker --site "$site/site.yaml" --once
says 'made up for'
check 'and records what judged' report_has '"policy_kept"'

# A project tightens the kept one as it does the other.
write_file "$w" .sluice.yaml "sluice: 1
project: {id: churn}
flows: []
rules:
  mine/no-todo: {kind: content, match: 'TO[D]O', message: 'a to-do'}"
commit_files "$w" 'Ask for more'
check 'a project file under the kept policy' push "$w" main
new_commit "$w" 'With what it forbids' todo.txt TODO
refuse 1 'judges with it' push "$w" main
says "$stands_in" 'mine/no-todo'
git -C "$w" reset -q --hard HEAD~1
write_file "$w" .sluice.yaml 'sluice: 1
project: {id: churn}
flwos: []'
commit_files "$w" 'Break the project file'
refuse 1 'and is linted' push "$w" main
says '.sluice.yaml:3:1'
git -C "$w" reset -q --hard HEAD~1

# --- over ---
set_note -3000 -5
ok 'before the end'
says "$stands_in"
set_note -3700 -5
no 'after the end' 'site-policy.yaml:3:1' 'that grace is over'
check 'status says it' sluice status --site "$site/site.yaml"
says 'the grace is over and pushes are refused'
check 'and in JSON' sluice status --site "$site/site.yaml" --format=json
says '"state": "refused"'
check 'and the worker' sluice worker --site "$site/site.yaml" --once
says 'site policy: does not load since' 'the grace is over'
set_grace 2h
ok 'a longer grace counts from the same moment'
says "$stands_in"
set_grace 1h
set_note -10 7200
no 'a clock that was set back ends it' 'the clock says'
check 'which status says' sluice status --site "$site/site.yaml"
says 'the grace is over'
set_note 30 30
ok 'one that is corrected by seconds does not'

# --- healed ---
mend_it
echo '# a new one' >>"$policy"
ok 'a policy that loads again'
says_not 'warning'
check 'ends the note' [ ! -e "$note" ]
check 'is kept' grep -qF '# a new one' "$kept"
check 'and status is silent' sluice status --site "$site/site.yaml"
says_not 'site policy'
check 'but in JSON' sluice status --site "$site/site.yaml" --format=json
says '"state": "loads"'
break_it
ok 'broken anew, the grace begins anew'
set_note -3700 -5
no 'and ends anew' 'that grace is over'
mend_it
# Who finds the fault finds that it is gone: hook and worker may be two users.
if [ "$(id -u)" -eq 0 ]; then
	chown 65534 "$note"
	ok 'a policy that loads'
	check 'leaves the note of another user' [ -e "$note" ]
	chown 0 "$note"
else
	skip 'the note of another user' 'not run as root'
fi
ok 'a policy that loads'
check 'ends the note' [ ! -e "$note" ]

# --- what is kept is damaged ---
ok 'with all back'
cp "$kept" "$trash/kept"
break_it
for edit in 's/tok_/tik_/' 's/^./x/' '1d' '2d' "\$d" 's/"name"/"nome"/'; do
	sed "$edit" "$trash/kept" >"$kept"
	no "kept, but changed by $edit" 'site-policy.yaml:3:1' 'damaged'
done
: >"$kept"
no 'kept, but empty' 'damaged'
cp "$trash/kept" "$kept"
ok 'whole again'
cp "$note" "$trash/note"
for edit in 's/since_s/sence_s/' 's/[0-9][0-9]*/-1/' 's/}//' 's/"reason":"[^"]*"/"reason":3/'; do
	sed "$edit" "$trash/note" >"$note"
	no "a note changed by $edit" 'site-policy.yaml:3:1' 'damaged'
done
check 'status cannot tell' sluice status --site "$site/site.yaml"
says 'cannot tell whether it loads'
mend_it
ok 'a good policy needs no note'
check 'and removes it' [ ! -e "$note" ]

# --- nothing can be written ---
rm "$kept"
mkdir "$kept"
ok 'where nothing can be kept, pushes are judged'
says 'warning: the site policy cannot be kept' 'site-policy.kept'
rmdir "$kept"
ok 'and then it is kept'
break_it
mkdir "$note"
no 'where no time can be noted, there is no grace' 'site-policy.yaml:3:1' \
	'it cannot be noted since when'
rmdir "$note"
ok 'and then there is'
mend_it
printf 'sluice: [1' >>"$site/site.yaml"
no 'a site file that does not load is no matter of grace' 'site.yaml:'
sed -i '$d' "$site/site.yaml"
set_grace 1h
ok 'all is well'

# --- packs come from the installation ---
mkdir -p "$trash/data"
cp -r "$SL_SRCDIR/policies" "$trash/data/policies"
cat >"$trash/data/policies/extra.yaml" <<'END'
sluice: 1
name: extra
rules:
  extra/no-bak: {kind: path, deny: '.*\.bak', message: '{path} is a copy'}
END
SLUICE_DATA=$trash/data
sed "s/^name: acme/&\nextends: ['sluice:extra']/" "$trash/good.yaml" >"$policy"
ok 'a policy with a pack'
break_it
new_commit "$w" 'Add a copy' a.bak
refuse 1 'is kept with it by name' push "$w" main
says "$stands_in" 'extra/no-bak'
git -C "$w" reset -q --hard HEAD~1
rm "$trash/data/policies/extra.yaml"
no 'and does not stand in without it' 'site-policy.yaml:3:1' \
	'nor does the last good one load' 'there is no pack sluice:extra'
SLUICE_DATA=$SL_SRCDIR
mend_it
ok 'with all back'

# A policy that is whole only under one project's file is not for all.
cp "$kept" "$trash/kept"
printf 'sluice: 1\nname: acme\n' >"$policy"
ok 'no rules but those of the project'
check 'are judged and not kept' cmp "$kept" "$trash/kept"
new_clone team other
git init -q --bare "$trash/plain.git"
mend_it
sluice install --site "$site/site.yaml" "$trash/plain.git" >/dev/null
printf 'sluice: 1\nname: acme\n' >"$policy"
git -C "$trash/other" remote set-url origin "$trash/plain.git"
new_commit "$trash/other" 'First commit'
check 'where there is no project file, the last good one judges' \
	push "$trash/other" main
says "$stands_in" 'no rule is in force'
ok 'a push elsewhere'
check 'does not end what was noted' [ -e "$note" ]
mend_it
ok 'all is well'

# --- from a repository ---
git init -q --bare "$trash/policy.git"
git init -q "$trash/pw"
write_file "$trash/pw" acme.yaml "$(cat "$trash/good.yaml")"
commit_files "$trash/pw" 'Begin'
git -C "$trash/pw" push -q "$trash/policy.git" HEAD:main
tip=$(git -C "$trash/pw" rev-parse HEAD)
cp "$site/site.yaml" "$trash/site.plain"
from_repository() {
	sed "s|^policy: .*|policy: {repository: ../policy.git, ref: refs/heads/$1, file: acme.yaml}|" \
		"$trash/site.plain" >"$site/site.yaml"
}
from_repository main
ok 'a policy repository'
check 'its text is kept, with the commit' grep -qF "\"commit\":\"$tip\"" "$kept"
write_file "$trash/pw" acme.yaml 'sluice: [1'
commit_files "$trash/pw" 'Break it'
git -C "$trash/pw" push -q "$trash/policy.git" HEAD:main
ok 'a commit that breaks it'
says "$stands_in" 'policy.git refs/heads/main:acme.yaml:'
check 'the record names the commit that judged' report_has "\"policy_commit\":\"$tip\""
from_repository mian
ok 'a ref that is not there'
says "$stands_in" 'refs/heads/mian'
mv "$trash/policy.git" "$trash/policy.away"
ok 'a repository that is not there'
says "$stands_in" 'there is no git repository'
mv "$trash/policy.away" "$trash/policy.git"
cp "$trash/site.plain" "$site/site.yaml"
ok 'all is well'

# --- at the same time ---
for i in 1 2 3 4 5 6; do
	new_clone team "clone$i"
	git -C "$trash/clone$i" fetch -q origin main
	git -C "$trash/clone$i" checkout -q -b "feature/c$i" FETCH_HEAD
done
# all_at_once TITLE: six pushes of six branches, each of which must go in.
all_at_once() {
	for i in 1 2 3 4 5 6; do
		new_commit "$trash/clone$i" "$1" "c$i.txt"
		(push "$trash/clone$i" "feature/c$i" >"$trash/out$i" 2>&1 ||
			echo failed >>"$trash/out$i") &
	done
	wait
	check "$1" sh -c "! grep -l '^failed' '$trash'/out?"
}
echo '# and another one' >>"$policy"
all_at_once 'Pushes that all keep a new policy'
check 'one of them did' grep -qF '# and another one' "$kept"
break_it
all_at_once 'Pushes that all find it broken'
check 'each says so' sh -c "grep -l '$stands_in' '$trash'/out? | wc -l | grep -qx 6"
check 'and leave a whole note' sluice status --site "$site/site.yaml"
says 'does not load since'
mend_it
all_at_once 'Pushes that all find it mended'
check 'the note is gone' [ ! -e "$note" ]
check 'nothing half done lies about' sh -c "! ls '$site/state' | grep '^site-policy\\..*\\.'"

# --- killed between steps ---
if strings "$SL_BUILDDIR/sluice-hook" | grep -q policy-noted; then
	break_it
	for point in policy-note policy-noted; do
		rm -f "$note"
		change
		SLUICE_FAULT=$point git -C "$w" push -q origin main >/dev/null 2>&1
		ok "killed at $point: the next push is judged"
		says "$stands_in"
	done
	for point in policy-keep policy-kept; do
		mend_it
		echo "# $point" >>"$policy"
		change
		SLUICE_FAULT=$point git -C "$w" push -q origin main >/dev/null 2>&1
		ok "killed at $point: the next push is judged"
		check 'without a note' [ ! -e "$note" ]
		check 'and the policy kept' grep -qF "# $point" "$kept"
		break_it
		ok 'broken again'
	done
	mend_it
	ok 'all is well'
else
	skip 'fault points' 'not built in: configure --enable-faults'
fi

done_testing
