#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rules of other tools as a policy: what is written loads, and judges a
# repository as they would.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"

git init -q r
cd r || exit 1
git config sluice.policy "$trash/policy.yaml"

# Import a file as the policy in force.
import() {
	sluice policy import "$1" >"$trash/policy.yaml" &&
		sluice policy lint "$trash/policy.yaml"
}

# add FILE TEXT: a commit with one more file.
add() {
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >"$1"
	git add . && git commit -q -m "${3:-Add $1}"
}

cat >"$trash/leaks.toml" <<'END'
title = "ours"
[allowlist]
paths = ['''^docs/''']
stopwords = ["sample"]

[[rules]]
id = "acme-token"
description = "A token of Acme"
regex = '''(?i)acme.{0,5}['"]?(?:(at_[0-9a-f]{8})|(zt_[0-9a-f]{8}))'''
keywords = ["acme"]
entropy = 2
  [[rules.allowlists]]
  regexTarget = "line"
  regexes = ['''# not one''']
  [[rules.allowlists]]
  condition = "AND"
  paths = ['''\.tf$''']
  regexes = ['''^at_''']

[[rules]]
id = "twice"
regex = '''(\w)\1'''

[[rules]]
id = "keystore"
path = '''(?i)\.p12$'''
END
check 'a gitleaks.toml becomes a policy' import "$trash/leaks.toml"
says "leaks.toml:22:9: rule twice: a pattern is left out: at byte 5" \
	'leaks.toml: 3 rules; 1 thing not as there' \
	'policy.yaml: policy leaks: '
add ok.txt 'nothing to see' 'First commit'
check 'a commit that is clean' sluice check HEAD
add a.py 'acme = "zt_0a1b2c3d"'
refuse 1 'a second group is what was found' sluice check HEAD~1..HEAD
says 'gitleaks/acme-token' 'a.py:1:9' '11 characters'
git reset -q --hard HEAD~1
add a.py 'acme = "at_11111111"'
check 'too little entropy' sluice check HEAD~1..HEAD
add b.py 'acme = "at_0a1b2c3d" # not one'
check 'an allow list for lines' sluice check HEAD~1..HEAD
add docs/b.py 'acme = "at_0a1b2c3d"'
check 'an allow list of paths for all rules' sluice check HEAD~1..HEAD
add m.tf 'acme = "at_0a1b2c3d"'
check 'an allow list of paths and texts together' sluice check HEAD~1..HEAD
add n.tf 'acme = "zt_0a1b2c3d"'
refuse 1 'only together' sluice check HEAD~1..HEAD
says 'gitleaks/acme-token-2' 'n.tf:1:9'
git reset -q --hard HEAD~1
add k.P12 x
refuse 1 'a rule for paths' sluice check HEAD~1..HEAD
says 'gitleaks/keystore'
git reset -q --hard HEAD~1

cat >"$trash/push.json" <<'END'
{"id": 1, "commit_message_regex": "^[A-Z]+-\\d+ ", "author_email_regex":
 "@example\\.org$", "file_name_regex": "\\.(exe|jar)$", "max_file_size": 1,
 "branch_name_regex": "^(feat|fix)/", "deny_delete_tag": true,
 "member_check": true, "reject_non_dco_commits": false}
END
git checkout -q -b feat/x
check 'push rules of GitLab become a policy' import "$trash/push.json"
says 'member_check: left out'
add x.txt x 'no number'
refuse 1 'a message' sluice check HEAD~1..HEAD
says 'gitlab/commit-message'
git reset -q --hard HEAD~1
add x.txt x 'ABC-1 good'
check 'a message as it must be' sluice check HEAD~1..HEAD
add x.jar x 'ABC-2 good'
refuse 1 'a name of a file' sluice check HEAD~1..HEAD
says 'gitlab/file-name' 'x.jar'

cat >"$trash/ruleset.json" <<'END'
{"name": "Names", "target": "push", "enforcement": "active",
 "bypass_actors": [{"actor_id": 1}],
 "rules": [{"type": "file_path_restriction",
   "parameters": {"restricted_file_paths": ["secret/**/*.txt"]}}]}
END
check 'a ruleset of GitHub becomes a policy' import "$trash/ruleset.json"
says 'who may bypass it is left out'
add secret/a/b/c.txt x
refuse 1 'a path' sluice check HEAD~1..HEAD
says 'github/names-file_path_restriction' 'secret/a/b/c.txt'

# --- what is no such file ---
echo '{"a": 1}' >"$trash/other.json"
refuse 3 'JSON of something else' sluice policy import "$trash/other.json"
says 'other.json:1:1' 'say which with --from'
refuse 3 'a format that is not known' \
	sluice policy import --from=hub "$trash/push.json"
refuse 3 'TOML that is broken' \
	sluice policy import --from=gitleaks "$trash/push.json"
says 'push.json:1:'
refuse 129 'no file' sluice policy import
refuse 3 'a file that is not there' sluice policy import nowhere.toml
check 'as JSON' sluice policy import --format=json "$trash/leaks.toml"
says '"rules":3' '"line":22' '"policy":"'

# --- expressions that may be slow ---
cat >"$trash/slow.yaml" <<'END'
sluice: 1
name: slow
rules:
  content/slow:
    kind: content
    match: ['it''s(\w+)+;', '[a-z]{0,40}token', '\d+', 'quick']
END
check 'a policy with slow expressions loads' sluice policy lint "$trash/slow.yaml"
says 'slow.yaml:6:19: rule content/slow may be slow: its expression repeats' \
	'slow.yaml:6:30: rule content/slow may be slow: its expression begins' \
	'slow.yaml:6:49: rule content/slow may be slow: its expression has no'

done_testing
