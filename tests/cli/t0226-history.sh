#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sluice check --history: every content that a repository has, once.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"

cat >policy.yaml <<'POLICY'
sluice: 1
name: history
rules:
  token:
    kind: content
    match: 'tok_[a-z]{12}'
    files: '.*\.(py|txt)'
  title:
    kind: commit
    subject: 'Never.*'
POLICY
policy=$PWD/policy.yaml
git init -q work
cd work || exit 1
git config sluice.policy "$policy"
n=0
while [ $n -lt 100 ]; do
	echo "file $n" >"f$n.txt"
	n=$((n + 1))
done
git add . && git commit -qm 'Many files'

check 'a clean history passes, whatever other rules say' \
	sluice check --history
refuse 129 'it is about no revision' sluice check --history HEAD

mkdir -p deep
echo 'k = "tok_aaaaaaaaaaaa"' >deep/a.py
git add . && git commit -qm 'Add a token'
brought=$(git rev-parse HEAD)
git rm -q deep/a.py && git commit -qm 'Take it away'
git checkout -q -b other
echo 'tok_bbbbbbbbbbbb' >b.txt
echo 'tok_cccccccccccc' >c.bin
git add . && git commit -qm 'Another'
git checkout -q main
git repack -adq

refuse 1 'what was taken away is found' sluice check --history
says 'deep/a.py:1:6' "$(echo "$brought" | cut -c-12)" 'b.txt:1:1'
check 'and not what no rule is about' sh -c \
	'! sluice check --history | grep -q "c\.bin"'
for threads in 1 2 4; do
	sluice check --history --threads=$threads --report \
		"checkstyle=../out$threads" >/dev/null 2>&1
done
check 'threads change nothing' cmp ../out1 ../out4
check 'nor do two' cmp ../out1 ../out2
check 'of something' grep -q 'b\.txt' ../out1

# --- what no commit reaches ---
printf 'tok_dddddddddddd' | git hash-object -w --stdin >/dev/null
sed "/files:/d" "$policy" >../all.yaml
refuse 1 'is found, without a path' sluice check --history \
	--policy ../all.yaml
says 'c.bin:1:1' '4 '


git symbolic-ref HEAD refs/heads/none
refuse 1 'HEAD need not be there' sluice check --history --ref main

done_testing
