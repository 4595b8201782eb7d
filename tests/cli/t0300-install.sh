#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sluice install: hooks that run, or a reason why not.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
git init -q --bare one.git
refuse 3 'no site' sluice install one.git
says 'no site file'
check 'a bare repository' sluice install --site "$site/site.yaml" one.git
says 'pre-receive' 'one.git'
for hook in pre-receive post-receive; do
	check "$hook can be run" [ -x "one.git/hooks/$hook" ]
done
id=$(git -C one.git config sluice.repository-id)
check 'it has an id' [ "${#id}" = 32 ]
check 'again' sluice install --site "$site/site.yaml" one.git
check 'keeps its id' [ "$(git -C one.git config sluice.repository-id)" = "$id" ]
check 'receive-pack checks objects' [ "$(git -C one.git config receive.fsckObjects)" = true ]

git init -q --bare two.git
echo '#!/bin/sh' >two.git/hooks/pre-receive
chmod +x two.git/hooks/pre-receive
refuse 1 'a hook of somebody else is not overwritten' \
	sluice install --site "$site/site.yaml" two.git
says 'not sluice' '--force'
check 'nothing is half done' [ ! -e two.git/hooks/post-receive ]
check '--force moves it aside' sluice install --force --site "$site/site.yaml" two.git
check 'where it is kept' [ -f two.git/hooks/pre-receive.before-sluice ]

git init -q --bare three.git
git -C three.git config core.hooksPath /elsewhere
refuse 3 'hooks that git would not run' sluice install --site "$site/site.yaml" three.git
says 'core.hooksPath'

cp "$site/site-policy.yaml" saved
echo 'broken: [' >>"$site/site-policy.yaml"
git init -q --bare four.git
refuse 3 'a policy that does not load' sluice install --site "$site/site.yaml" four.git
says 'site-policy.yaml:'
check 'is not installed' [ ! -e four.git/hooks/pre-receive ]
cp saved "$site/site-policy.yaml"

refuse 3 'what is no repository' sluice install --site "$site/site.yaml" "$trash/home"
git init -q --object-format=sha256 --bare sha256.git 2>/dev/null &&
	refuse 3 'a SHA-256 repository' sluice install --site "$site/site.yaml" sha256.git
rm -rf sha256.git

# What was there before owes no job.
new_clone one work
new_commit work 'First commit'
git init -q --bare old.git
git -C work push -q "$trash/old.git" main:main main:feature/old
check 'a repository with history' sluice install --site "$site/site.yaml" old.git
check 'the worker finds nothing to do' sluice worker --once --site "$site/site.yaml"
check 'no job was written' [ "$(database 'SELECT count(*) FROM jobs')" = 0 ]

check 'several at once' sluice install --site "$site/site.yaml" one.git old.git
check 'on record' [ "$(database "SELECT count(*) > 3 FROM ledger WHERE kind = 'install'")" = 1 ]

for command in check plan run status worker approve install; do
	check "sluice $command --help" sluice "$command" --help
	says "usage: sluice $command" 'example'
	check "sluice $command --list-options" sluice "$command" --list-options
done
refuse 129 'no command' sluice
refuse 129 'an unknown command' sluice chekc
says 'did you mean check'
for shell in bash zsh fish; do
	check "completion for $shell" sluice completion "$shell"
	says 'check' 'approve'
done
check 'bash takes it' sh -c "sluice completion bash | bash -n"
done_testing
