#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Commits and tags that real git signs, by SSH and OpenPGP, pushed to hooks
# that know some of the keys.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "${SL_SRCDIR:?}/tests/cli/site.sh"

make_site
umask 022
keys=$trash/keys
mkdir -p "$keys"
# gpg's sockets need a short path.
GNUPGHOME=$work/gpg
export GNUPGHOME
mkdir -m 700 "$GNUPGHOME"

gpg_batch() {
	gpg --batch -q --no-tty --pinentry-mode loopback --passphrase '' "$@" \
		2>/dev/null
}

make_keys() {
	for key in carl eve old late revoked other; do
		ssh-keygen -q -t ed25519 -N '' -C "$key" -f "$keys/$key" ||
			return 1
	done
	{
		printf 'carl@example.org,carl@home.example namespaces="git" '
		cat "$keys/carl.pub"
		printf 'carl@example.org valid-before="20200101" '
		cat "$keys/old.pub"
		printf 'carl@example.org valid-after="20991231" '
		cat "$keys/late.pub"
		printf 'carl@example.org '
		cat "$keys/revoked.pub"
		printf 'carl@example.org namespaces="file" '
		cat "$keys/other.pub"
		printf 'ana@example.org '
		ssh-keygen -q -t ed25519 -N '' -f "$keys/ana" && cat "$keys/ana.pub"
		printf '*@partner.example '
		ssh-keygen -q -t ed25519 -N '' -f "$keys/partner" &&
			cat "$keys/partner.pub"
	} >"$site/signers"
	cp "$keys/revoked.pub" "$site/revoked"
	for name in carl eve; do
		gpg_batch --quick-gen-key "$name <$name@example.org>" \
			ed25519 sign never || return 1
	done
	gpg_batch --quick-gen-key 'Gone <gone@example.org>' ed25519 sign never &&
		gpg_batch --faked-system-time 20200101T000000 --quick-gen-key \
			'Old <old@example.org>' ed25519 sign 2020-02-01 &&
		finger=$(gpg --with-colons -k gone@example.org |
			sed -n 's/^fpr:*\([0-9A-F]*\):/\1/p') &&
		sed 's/^:---/---/' \
			"$GNUPGHOME/openpgp-revocs.d/$finger.rev" >"$keys/rev"
}
check 'keys are made' make_keys

# set_signers LINE: what the site says of keys.
set_signers() {
	sed -i '/^signers:/d' "$site/site.yaml"
	[ -z "$1" ] || printf 'signers: {%s}\n' "$1" >>"$site/site.yaml"
}
ssh="ssh: signers, ssh-revoked: revoked"
cat >"$site/ssh-keygen" <<'END'
#!/bin/sh
echo "$2" >>"${0%/*}/calls"
exec /usr/bin/ssh-keygen "$@"
END
chmod +x "$site/ssh-keygen"
set_signers "$ssh, ssh-keygen: ssh-keygen, gpg: keyring"

cat >>"$site/site-policy.yaml" <<'END'
  commit/signed:
    kind: commit
    signed: verified
    signer: committer
  commit/signed-by-anybody:
    kind: commit
    signed: verified
  ref/signed:
    kind: ref
    refs: 'refs/tags/v.*'
    signed: verified
    signer: [tagger, pusher]
END

make_server team
new_clone team work
w=$trash/work
write_file "$w" README.md 'Read me'
git -C "$w" add .
git -C "$w" -c gpg.format=ssh -c user.signingkey="$keys/carl" \
	commit -q -S -m 'First commit'
base=$(git -C "$w" rev-parse HEAD)
check 'a good start' push "$w" main
SLUICE_PUSHER=ana
export SLUICE_PUSHER

# ssh_commit KEY SUBJECT
ssh_commit() {
	git -C "$w" reset -q --hard "$base" &&
		git -C "$w" -c gpg.format=ssh -c user.signingkey="$keys/$1" \
			commit -q -S --allow-empty -m "$2"
}

# gpg_commit ADDRESS SUBJECT
gpg_commit() {
	git -C "$w" reset -q --hard "$base" &&
		git -C "$w" -c user.signingkey="$1" -c gpg.program="${3:-gpg}" \
			commit -q -S --allow-empty -m "$2"
}

# rewritten SED-SCRIPT: HEAD's commit, changed.
rewritten() {
	git -C "$w" cat-file commit HEAD | sed "$1" |
		git -C "$w" hash-object -t commit -w --stdin
}

pushes() {
	push "$w" "${1:-HEAD}:refs/heads/feature/x" &&
		push "$w" ":refs/heads/feature/x"
}

# refused TEXT...: a push of HEAD is, and says so.
refused() {
	refuse 1 "$1" push "$w" "HEAD:refs/heads/feature/x"
	shift
	says "$@"
}

# --- SSH ---
ssh_commit carl 'A good one'
: >"$site/calls"
check 'a commit that is signed by its committer' pushes
check 'is verified once for two rules, by one program' \
	test "$(cat "$site/calls")" = verify

git -C "$w" reset -q --hard "$base"
git -C "$w" commit -q --allow-empty -m 'Not signed'
refused 'no signature' 'is not signed' 'commit/signed'
ssh_commit eve 'By a stranger'
refused 'a key that the site does not list' \
	'its signature is by a key that the site does not list (SHA256:'
ssh_commit old 'By an old key'
refused 'a key that has expired' 'is by a key that has expired'
ssh_commit late 'By a key of the future'
refused 'a key that is not valid yet' 'is by a key that is not valid yet'
ssh_commit revoked 'By a revoked key'
refused 'a revoked key' "is by a key that the site's list of revoked keys"
ssh_commit other 'By a key for files'
refused 'a key that may sign other things only' \
	'does not list for Git'
ssh_commit partner 'By a key of a partner'
refused 'a key for other addresses' \
	'lists for others, *@partner.example'
ssh_commit ana 'By a colleague'
refused 'a key of another person' \
	'is signed by ana@example.org, who is not its committer'
says_not 'commit/signed-by-anybody'
GIT_COMMITTER_EMAIL=CARL@example.org ssh_commit carl 'In capitals'
check 'an address in other case is the same' pushes

ssh_commit carl 'A good one'
for script in 's/A good one/A bad one/' 's/^author Ana/author Eve/' \
	"s/^parent .*/parent $(git -C "$w" rev-parse HEAD)/"; do
	commit=$(rewritten "$script")
	refuse 1 "a commit that was changed after it was signed: $script" \
		push "$w" "$commit:refs/heads/feature/x"
	says 'its signature does not fit what it signs'
done
commit=$(rewritten 's/^ U1NIU0lH/ U1NJU0lH/')
refuse 1 'a damaged signature' push "$w" "$commit:refs/heads/feature/x"
says 'its signature is damaged'
commit=$(rewritten 's/^\(gpgsig .*\)SSH/\1X/;s/^ -----END SSH/ -----END X/')
refuse 1 'a signature of no kind' push "$w" "$commit:refs/heads/feature/x"
says 'is of no kind that Git makes'
commit=$(rewritten 's/^\(gpgsig .*\)SSH SIGNATURE/\1SIGNED MESSAGE/')
refuse 1 'X.509 is not decided' push "$w" "$commit:refs/heads/feature/x"
says 'X.509, which cannot be verified here' 'undecided'
commit=$(rewritten 's/^committer .*/&\
gpgsig x/')
refuse 1 'two signatures are not decided' \
	push "$w" "$commit:refs/heads/feature/x"
says 'more signatures than one'

# A signature of the same text for another use of the key.
git -C "$w" reset -q --hard "$base"
git -C "$w" commit -q --allow-empty -m 'For files'
git -C "$w" cat-file commit HEAD >"$keys/payload"
ssh-keygen -q -Y sign -n file -f "$keys/carl" "$keys/payload" 2>/dev/null
commit=$(awk -v sig="$keys/payload.sig" '
	{ print }
	/^committer / { w = "gpgsig "
		while ((getline line < sig) > 0) { print w line; w = " " } }
	' "$keys/payload" | git -C "$w" hash-object -t commit -w --stdin)
refuse 1 'a signature for another use' push "$w" "$commit:refs/heads/feature/x"
says 'is not made for Git'

# --- OpenPGP ---
gpg --export carl@example.org old@example.org gone@example.org >"$site/keyring"
gpg_commit carl@example.org 'A good one'
check 'a commit that is signed with OpenPGP' pushes
commit=$(rewritten 's/A good one/A bad one/')
refuse 1 'changed after it was signed' push "$w" "$commit:refs/heads/feature/x"
says 'its signature does not fit what it signs (OpenPGP'
gpg_commit eve@example.org 'By a stranger'
refused 'a key that is not in the keyring' \
	'is by a key that the site does not list (OpenPGP'
printf '#!/bin/sh\nexec gpg --faked-system-time 20200110T000000 "$@"\n' \
	>"$keys/gpg-then"
printf '#!/bin/sh\nexec gpg --digest-algo SHA1 "$@"\n' >"$keys/gpg-weak"
chmod +x "$keys/gpg-then" "$keys/gpg-weak"
gpg_commit old@example.org 'By an old key' "$keys/gpg-then"
refused 'a key that has expired, which was good then' \
	'is by a key that has expired'
gpg_commit carl@example.org 'By a weak digest' "$keys/gpg-weak"
refused 'SHA-1' 'MD5 or SHA-1'
gpg_commit gone@example.org 'By a key that goes'
refused 'a key of another person' \
	'is signed by gone@example.org, who is not its committer'
gpg_batch --import "$keys/rev"
gpg --export carl@example.org gone@example.org >"$site/keyring"
refused 'a revoked key' 'is by a key that was revoked'

# --- tags ---
# ssh_tag NAME KEY
ssh_tag() {
	GIT_COMMITTER_EMAIL=$2@example.org git -C "$w" -c gpg.format=ssh \
		-c user.signingkey="$keys/$2" tag -f -s -m "$1" "$1" "$base" \
		>/dev/null
}
ssh_tag v1.0.0 ana
check 'a tag that is signed by its tagger, who pushes' push "$w" v1.0.0
refuse 1 'the same tag under another name' \
	push "$w" v1.0.0:refs/tags/v2.0.0
says 'holds a tag that is signed as "v1.0.0"'
ssh_tag v3.0.0 carl
refuse 1 'a tag of a person that does not push' push "$w" v3.0.0
says 'is signed by carl@example.org, who is not its pusher'
ssh_tag v3.0.0 eve
refuse 1 'a tag by an unknown key' push "$w" v3.0.0
says 'refs/tags/v3.0.0: its signature is by a key'
git -C "$w" tag -f -a -m 'No signature' v3.0.0 "$base" >/dev/null
refuse 1 'a tag without signature' push "$w" v3.0.0
says 'refs/tags/v3.0.0 carries no signature'
tag=$(git -C "$w" cat-file tag v1.0.0 | sed 's/^tag v1.0.0/tag v3.0.0/' |
	git -C "$w" hash-object -t tag -w --stdin)
refuse 1 'a tag that was changed after it was signed' \
	push "$w" "$tag:refs/tags/v3.0.0"
says 'refs/tags/v3.0.0: its signature does not fit what it signs'

# --- what is missing is not a pass ---
ssh_commit carl 'A good one'
# --- an owner's signature stands for an owner who pushes ---
# record KEY [ENTRY]: a signed commit that adds to the baseline.
record() {
	printf 'sluice-baseline 1\nsalt %032d\nmy/rule %s %032d\n' 1 \
		"${2:-a.py}" 2 >"$w/.sluice-baseline"
	git -C "$w" add .sluice-baseline
	GIT_COMMITTER_EMAIL=$1@example.org git -C "$w" -c gpg.format=ssh \
		-c user.signingkey="$keys/$1" commit -q -S -m "Record $2"
}
before=$(git -C "$w" rev-parse HEAD)
set_signers "$ssh"
sed -i 's/actions: \[create, update\]/actions: [create, update, force]/' \
	"$site/site-policy.yaml"
SLUICE_PUSHER=lea
git -C "$w" reset -q --hard "$base"
record carl
refuse 1 'another signature does not let a baseline in' push "$w" main
says 'to .sluice-baseline' 'policy-owners'
git -C "$w" reset -q --hard "$base"
record ana
signed=$(git -C "$w" rev-parse HEAD)
GIT_COMMITTER_EMAIL=carl@example.org git -C "$w" -c gpg.format=ssh \
	-c user.signingkey="$keys/carl" commit -q -S --allow-empty -m 'On top'
refuse 1 'nor one below the tip' push "$w" main
says 'to .sluice-baseline' 'policy-owners'
git -C "$w" reset -q --hard "$signed"
check 'that of an owner does' push "$w" main
git -C "$w" reset -q --hard "$base"
GIT_COMMITTER_EMAIL=carl@example.org git -C "$w" -c gpg.format=ssh \
	-c user.signingkey="$keys/carl" commit -q -S --allow-empty -m 'Without it'
SLUICE_PUSHER=ana
check 'it is taken out again' push "$w" +main
SLUICE_PUSHER=lea
git -C "$w" reset -q --hard "$signed"
refuse 1 'what was signed for an earlier state does not come back' \
	push "$w" +main
says 'to .sluice-baseline' 'policy-owners'
SLUICE_PUSHER=ana
set_signers "$ssh, gpg: keyring"
git -C "$w" reset -q --hard "$before"

# undecided TITLE TEXT: a good commit is not let in.
undecided() {
	refuse 1 "$1" push "$w" HEAD:refs/heads/feature/x
	says 'undecided' "$2"
}
set_signers ''
undecided 'a site without keys' 'names no keys for SSH signatures'
set_signers "ssh: gone"
undecided 'a file of keys that is not there' 'is not there'
set_signers "$ssh, ssh-keygen: gone"
undecided 'a program that is not there' 'openssh-client'
set_signers "ssh: signers, ssh-revoked: gone"
undecided 'a list of revoked keys that is not there' 'is not there'
set_signers "$ssh"
chmod g+w "$site/signers"
undecided 'keys that others can write' 'chmod go-w'
chmod g-w "$site/signers"
check 'and all is well again' pushes
sed -i 's/^carl@example.org,.*/carl@example.org nonsense/' "$site/signers"
undecided 'a list of signers with a damaged line' 'does not take'
gpg_commit carl@example.org 'A good one'
undecided 'a site without a keyring' 'names no keyring'
set_signers "gpg: keyring, gpgv: gone"
undecided 'gpgv that is not there' 'package gpgv'
gpg --armor --export carl@example.org >"$site/keyring"
set_signers "gpg: keyring"
undecided 'a keyring in armor' 'without --armor'

gpgconf --kill all 2>/dev/null
done_testing
