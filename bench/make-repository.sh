#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make a large bare repository, fast: one line of history, four objects per
# commit (commit, two trees, blob), and packed refs spread over it. The files
# that the training pack asks for are there from the first commit.
#
#   bench/make-repository.sh FOLDER [COMMITS [REFS]]
#
# The defaults give 1,000,000 objects and 100,000 refs. FOLDER must not exist.
set -eu

folder=${1:?usage: make-repository.sh FOLDER [COMMITS [REFS]]}
commits=${2:-250000}
refs=${3:-100000}

git init -q --bare "$folder"
git -C "$folder" symbolic-ref HEAD refs/heads/main
git -C "$folder" config gc.auto 0

awk -v commits="$commits" 'BEGIN {
	for (i = 1; i <= commits; i++) {
		text = "value," i "\n"
		printf "commit refs/heads/main\nmark :%d\n", i
		printf "committer Bench <bench@example.com> %d +0000\n", \
			1500000000 + i * 60
		subject = "Change " i "\n"
		printf "data %d\n%s", length(subject), subject
		if (i > 1)
			printf "from :%d\n", i - 1
		if (i == 1)
			for (n = split("README.md build_spec.yml " \
				"algorithms/README.md notebooks/README.md " \
				"ml_pipelines/README.md " \
				"ml_pipelines/training/pipeline.py", \
				path, " "); n > 0; n--)
				printf "M 100644 inline %s\ndata 2\nx\n\n", \
					path[n]
		printf "M 100644 inline data/%d.csv\n", i % 61
		printf "data %d\n%s\n", length(text), text
	}
}' </dev/null | git -C "$folder" -c pack.threads=1 fast-import --quiet \
	--depth=0 --export-marks="$folder/marks"

# packed-refs is written as git would: sorted, fully peeled.
{
	printf '# pack-refs with: peeled fully-peeled sorted \n'
	{
		awk -v commits="$commits" -v refs="$refs" '
			{ id[substr($1, 2)] = $2 }
			END {
				for (i = 0; i < refs; i++) {
					at = 1 + int(i * (commits - 1) / refs)
					printf "%s refs/heads/topic/%06d\n", \
						id[at], i
				}
			}' "$folder/marks"
		printf '%s refs/heads/main\n' \
			"$(git -C "$folder" rev-parse refs/heads/main)"
	} | LC_ALL=C sort -k2
} >"$folder/packed-refs.new"
rm -f "$folder/marks" "$folder/refs/heads/main"
mv "$folder/packed-refs.new" "$folder/packed-refs"
