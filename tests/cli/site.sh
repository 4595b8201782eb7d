# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# site: a small site with its policy, and repositories behind its hooks.
# Sourced after lib.sh.

site=${trash:?}/site
account_dev=111111111111
account_staging=222222222222
account_prod=333333333333

# write_environment NAME ACCOUNT PROTECTED
write_environment() {
	cat <<-END
	  $1:
	    protected: $3
	    account: '$2'
	    region: eu-west-1
	    bucket: acme-$1
	    prefix: mlops
	    pipeline-role: 'arn:aws:iam::$2:role/pipelines'
	END
	if [ -n "${aws_endpoint-}" ]; then
		cat <<-END
		    endpoints: {sagemaker: '$aws_endpoint', s3: '${s3_endpoint:-$aws_endpoint}', sts: '$aws_endpoint'}
		    role: 'arn:aws:iam::$2:role/sluice'
		END
	fi
}

# make_site: site.yaml and site-policy.yaml in $site.
make_site() {
	mkdir -p "$site"
	{
		cat <<-END
		sluice: 1
		name: acme
		policy: site-policy.yaml
		policy-ref: refs/heads/main
		state: $site/state
		worker: service
		budget: 60s
		pusher: {variables: [SLUICE_PUSHER]}
		people:
		  ana: {emails: [ana@example.org], logins: [ana], groups: [policy-owners]}
		  lea: {emails: [lea@example.org], logins: [lea], groups: [approvers]}
		flows: default
		environments:
		END
		write_environment dev "$account_dev" false
		write_environment staging "$account_staging" true
		write_environment prod "$account_prod" true
	} >"$site/site.yaml"
	cat >"$site/site-policy.yaml" <<-'END'
	sluice: 1
	name: acme
	rules:
	  ref/names:
	    kind: ref
	    refs: 'refs/(heads|tags)/.*'
	    allow: 'refs/heads/(main|develop|feature/[A-Za-z0-9._/-]+)|refs/tags/v\d+\.\d+\.\d+|refs/tags/light-.*'
	    message: 'the name of {ref} is not one of ours'
	    fix: 'use feature/NAME'
	  ref/no-force:
	    kind: ref
	    refs: 'refs/heads/main'
	    actions: [create, update]
	    message: '{ref} is neither rewritten nor deleted'
	  ref/release-tags:
	    kind: ref
	    refs: 'refs/tags/v.*'
	    annotated: true
	    on: ['refs/heads/main']
	    message: '{ref} must be an annotated tag on main'
	  commit/subject:
	    kind: commit
	    subject: '[A-Z].{3,71}'
	    message: 'the subject does not begin with a capital letter'
	  tree/readme:
	    kind: tree
	    refs: 'refs/(heads|tags)/.*'
	    require: ['README\.md']
	    level: {'refs/heads/feature/.+': warn, default: block}
	    message: 'there is no {missing}'
	  path/no-binaries:
	    kind: path
	    deny: '.*\.(exe|pkl)'
	    message: '{path} is a binary'
	  secrets/token:
	    kind: content
	    match: 'tok_[a-z0-9]{12}'
	    secret: true
	    message: 'a token'
	END
}

# make_server NAME: a bare repository behind the hooks.
make_server() {
	git init -q --bare "$trash/$1.git" &&
		sluice install --site "$site/site.yaml" "$trash/$1.git" >/dev/null
}

# new_clone SERVER DIR: an empty work tree that pushes there.
new_clone() {
	git init -q "$trash/$2" &&
		git -C "$trash/$2" remote add origin "$trash/$1.git"
}

# write_file DIR PATH TEXT
write_file() {
	mkdir -p "$(dirname "$1/$2")" && printf '%s\n' "$3" >"$1/$2"
}

# new_commit DIR SUBJECT [PATH TEXT]: one commit that changes one file.
new_commit() {
	write_file "$1" "${3:-README.md}" "${4:-$2}" && commit_files "$1" "$2"
}

push() {
	dir=$1
	shift
	git -C "$dir" push -q origin "$@"
}

# database SQL: what the state holds.
database() {
	sqlite3 -batch "$site/state/sluice.db" "$1"
}
