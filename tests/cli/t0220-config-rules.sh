#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rules of kind config: schemas beside the site policy, and in the repository.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
make_server team
cat >>"$site/site-policy.yaml" <<'END'
  config/jobs:
    kind: config
    files: 'jobs/.+\.(?:json|yaml)'
    schema: schemas/job.json
END
new_clone team work
w=$trash/work
new_commit "$w" 'First commit'
refuse 1 'no schema, no verdict' push "$w" main
says 'site-policy.yaml:' 'schemas/job.json'

mkdir "$site/schemas"
echo '{"required": ["epochs"], "propertees": {}}' >"$site/schemas/job.json"
refuse 1 'a schema with an unknown key' push "$w" main
says 'schemas/job.json:1:26' 'did you mean "properties"?'
echo '{"required": ["epochs"], "properties": {"epochs": {"type": "integer"}}}' \
	>"$site/schemas/job.json"
push "$w" main 2>/dev/null

new_commit "$w" 'Add a job' jobs/a.yaml 'epochs: many'
refuse 1 'a file that does not fit' push "$w" main
says 'config/jobs' 'jobs/a.yaml:1:9' \
	'/epochs: "many"; expected a whole number (type)'
new_commit "$w" 'Break a job' jobs/b.json '{"epochs": 1,}'
refuse 1 'a file that is broken' push "$w" main
says 'jobs/b.json:1:14' 'the file cannot be read'
git -C "$w" reset -q --hard HEAD~2
new_commit "$w" 'Add a job' jobs/a.yaml 'epochs: 3'
check 'a file that fits' push "$w" main

# --- a project's own ---
cd "$w" || exit 1
git fetch -q origin
write_file "$w" .sluice.yaml "sluice: 1
project: {id: demo}
rules:
  our/limits:
    kind: config
    files: 'limits/.+'
    schema: schema/limits.yaml"
write_file "$w" limits/a.yaml 'max: 3'
git add . && git commit -q -m 'Add limits' && push "$w" main 2>/dev/null
git fetch -q origin
git config sluice.policy "$site/site-policy.yaml"
new_commit "$w" 'Say nothing new' x.txt x
refuse 1 'the schema is missing' sluice check origin/main..HEAD
says 'our/limits' 'schema/limits.yaml' 'it is not in the repository'
new_commit "$w" 'Add the schema' schema/limits.yaml 'properties: {max: {maximum: 2}}'
refuse 1 'a file that the schema of its tree refuses' push "$w" main
says 'our/limits' 'limits/a.yaml:1:6' '/max: 3; expected at most 2 (maximum)'
new_commit "$w" 'Lower the limit' limits/a.yaml 'max: 2'
check 'the tip alone counts' push "$w" main

cd "$trash" || exit 1
done_testing
