#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Places in S3 by the environment that a ref flows into: what a feature branch
# may hold, main may not, though the commit is the same.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
cat >>"$site/site-policy.yaml" <<-'END'
	  data/places:
	    kind: data-uri
	    files: '.+\.(?:py|json)'
	    allow: 's3://{bucket}/mlops/{use_case}(?:--{branch})?/.*'
	    message: '{found} is no place for {ref}'
END
check 'a bare repository takes the hooks' make_server team
new_clone team work
w=$trash/work
write_file "$w" .sluice.yaml 'sluice: 1
project: {id: churn}'
new_commit "$w" 'First commit'
check 'a project without addresses' push "$w" HEAD:main

git -C "$w" checkout -q -b feature/x
new_commit "$w" 'Name the bucket of another' a.py 'X = "s3://acme-prod/mlops/churn/x"'
refuse 1 'the bucket of another environment' push "$w" feature/x
says 'data/places' 'a.py:1:6' 's3://acme-prod/mlops/churn/x is no place for'
new_commit "$w" 'Name the use case of another' a.py 'X = "arn:aws:s3:::acme-dev/mlops/churning/x"'
refuse 1 'the folder of another use case' push "$w" feature/x
says 's3://acme-dev/mlops/churning/x is no place for refs/heads/feature/x'
new_commit "$w" 'Name the bucket of dev' a.py 'X = "s3://acme-dev/mlops/churn/x"'
check 'the bucket of dev, from a branch that flows there' push "$w" feature/x
says_not 'deferred'
refuse 1 'the same commit, on main, which flows into staging' \
	push "$w" feature/x:main
says 's3://acme-dev/mlops/churn/x is no place for refs/heads/main'
refuse 1 'nor with another branch that flows into dev' \
	push "$w" feature/x:refs/heads/feature/y feature/x:main

check 'elsewhere the bucket is not known' \
	sluice check -C "$w" --policy "$site/site-policy.yaml" HEAD
says 'deferred' '{bucket} has no value here'
new_commit "$w" 'Name another use case' a.py 'X = "s3://acme-dev/mlops/other/x"'
refuse 1 'but the use case is' \
	sluice check -C "$w" --policy "$site/site-policy.yaml" HEAD
says 's3://acme-dev/mlops/other/x'

done_testing
