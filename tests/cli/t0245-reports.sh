#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Reports: every format is what its readers take, whatever paths and texts
# hold; a fingerprint stays; a push shows little, and how to see the rest.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "$SL_SRCDIR/tests/cli/site.sh"

is_valid() {
	"${SL_PYTHON:-python3}" "$SL_SRCDIR/tests/cli/check_report.py" "$1" "$2"
}

make_site
cat >>"$site/site-policy.yaml" <<'END'
  content/words:
    kind: content
    match: '(?<word>BAD\w*).*'
    message: '{word}: 100% wrong, <b>&"{found}"'
    max-findings: 100
  content/heard:
    kind: content
    match: 'HEARD'
    level: audit
  content/limit:
    kind: content
    match: '(x+x+)+y'
    files: 'slow'
    level: warn
  notebook/tokens:
    kind: notebook
    match: 'tok_[a-z0-9]{12}'
    secret: true
END
git init -q -b main "$trash/w" && cd "$trash/w" || exit 1
git config sluice.policy "$site/site-policy.yaml"
new_commit . 'Begin' README.md 'hello'
write_file . 'a, b:c/%25 "q" <ü>&.py' 'x = 1
BADLY ]]> , : % done
HEARD'
write_file . "$(printf 'bell\a\342\200\256.txt')" "BAD $(printf '\033[31m') \"red\""
write_file . slow "$(printf '%0200d z y' 0 | tr 0 x)"
commit_files . 'bad subject, 100%: <&>'
formats='text json sarif junit codequality checkstyle github'
set --
for format in $formats; do
	set -- "$@" --report "$format=$format.out"
done
refuse 1 'a report of each format' sluice check HEAD~1..HEAD "$@"
for format in $formats; do
	[ "$format" = sarif ] || check "$format is valid" \
		is_valid "$format" "$format.out"
done
refuse 1 'a report that is none is found out' is_valid checkstyle junit.out
check 'and one of a pass' sluice check HEAD~1 "$@"
for format in $formats; do
	[ "$format" = sarif ] || check "$format of a pass is valid" \
		is_valid "$format" "$format.out"
done

# --- fingerprints: what moves keeps its own ---
cell() {
	printf '{"cell_type":"code","execution_count":null,"metadata":{},"outputs":[],"source":["%s"]}' "$1"
}
notebook() {
	printf '{"cells":[%s],"metadata":{},"nbformat":4,"nbformat_minor":4}\n' "$1"
}
prints() {
	sluice check main..HEAD --report json=- 2>/dev/null >"$1.json"
	[ $? -eq 1 ] && python3 -c "
import json
for f in json.load(open('$1.json'))['findings']:
    if f['path'].startswith('keep'):
        print(f['path'], f['found'], f['fingerprint'])" | sort >"$1"
}
git checkout -q -b feature/prints main~1
write_file . keep.py 'BAD one
BAD two
BAD one'
write_file . keep.ipynb "$(notebook "$(cell tok_abcdef012345)")"
commit_files . 'Things to keep'
check 'findings to follow' prints "$trash/before"
check 'are there' [ "$(wc -l <"$trash/before")" -eq 5 ]
write_file . keep.py '# new
# lines
BAD one
fine = 1
BAD other
BAD two

BAD one'
write_file . keep.ipynb "$(notebook "$(cell new),$(cell tok_abcdef012345)")"
write_file . other.py 'BAD one'
git add -A && git commit -q --amend -m 'Things to keep, elsewhere'
check 'after other edits' prints "$trash/after"
check 'they are the same, and one is new' sh -c "
	[ \$(comm -12 '$trash/before' '$trash/after' | wc -l) -eq 5 ] &&
	[ \$(wc -l <'$trash/after') -eq 6 ]"

# --- a push shows little ---
make_server team
git remote add origin "$trash/team.git"
git checkout -q main~1 && git push -q origin HEAD:refs/heads/main
git checkout -q -b feature/many
i=0
while [ $i -lt 30 ]; do
	write_file . "f$i.py" "BAD $i"
	write_file . "t$i.py" "tok_abcdef0123$((i + 10))"
	i=$((i + 1))
done
commit_files . 'Sixty of them'
try() {
	env -u NO_COLOR TERM=xterm "$@" git push -q origin \
		feature/many >"$work/said" 2>&1
	[ $? -eq 1 ] && cat "$work/said" &&
		sed -n 's/^remote: //p' "$work/said" | sed 's/ *$//' >"$work/shown"
}
is_short() {
	cat "$work/shown"
	[ "$(wc -l <"$work/shown")" -le 20 ] &&
		[ "$(grep -c '^  *block ' "$work/shown")" -eq 10 ] &&
		grep -q 'block f' "$work/shown" && grep -q 'block t' "$work/shown" &&
		grep -q 'and .* more' "$work/shown" &&
		! grep -q "$(printf '\033')" "$work/shown"
}
check 'a push with sixty findings' try env
check 'shows ten, in twenty lines, without colour' is_short
offered() {
	command=$(sed -n 's/.*to see everything: //p' "$work/shown")
	echo "$command"
	[ -n "$command" ] && (cd / && sh -c "$command") >"$work/all"
	[ "$(grep -o '"level":"block"' "$work/all" | wc -l)" -eq 60 ]
}
check 'the command for the rest works as it stands' offered
check 'the same on GitLab' try env GL_REPOSITORY=project-1 GL_PROTOCOL=web
check 'begins every line as its pages want it' sh -c "
	! grep -v '^GL-HOOK-ERR: ' '$work/shown' && ! grep '[<>\"]' '$work/shown'"

cd "$trash" || exit 1
done_testing
