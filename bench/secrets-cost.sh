#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the rules of the pack secrets cost on a MiB of the text that each likes
# least: its own keywords over and over, headers, blanks, base64. CPU time of
# one thread, one expression at a time.
set -eu
. "${SL_SRCDIR:?is set by make bench}/bench/lib.sh"

# The expressions of a policy, one on each line.
sed -n -e "s/^    match: '\(.*\)'\$/\1/p" -e "/^    match:\$/,/^    [a-z]/{
s/^      - '\(.*\)'\$/\1/p
}" "$SL_SRCDIR/policies/secrets.yaml" | sed "s/''/'/g" >"$work/patterns"
"$bench/worst" "$work/patterns" >"$work/out"
printf '\nPack secrets, %s expressions, the slowest\n' \
	"$(wc -l <"$work/patterns")"
sed '$d' "$work/out"
row 'slowest expression, a MiB of what it likes least' \
	"$(sed -n 's/^worst: \(.*\) ms/\1/p' "$work/out")" 100 ms
