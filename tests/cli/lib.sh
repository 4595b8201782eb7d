# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# lib: the harness of the shell tests. TAP on standard output, a sealed
# environment, a directory of its own for each script, git fsck at the end.
#
#   . "${SL_SRCDIR:?}/tests/cli/lib.sh"
#   check 'what must hold' command args...
#   refuse CODE 'what must fail with CODE' command args...
#   done_testing
#
# A test is one shell function or command; its output is shown when it fails.

: "${SL_SRCDIR:?is set by make check}" "${SL_BUILDDIR:?is set by make check}"

case $SL_SRCDIR in /*) ;; *) SL_SRCDIR=$PWD/$SL_SRCDIR ;; esac
case $SL_BUILDDIR in /*) ;; *) SL_BUILDDIR=$PWD/$SL_BUILDDIR ;; esac

test_name=$(basename "$0" .sh)
work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-$test_name-XXXXXX") || exit 1
# A name with blanks and a colon finds code that quotes or splits badly.
trash="$work/a b:c"
mkdir -p "$trash/home" || exit 1

for name in $(env | sed -n 's/^\(GIT_[A-Z_0-9]*\|AWS_[A-Z_0-9]*\|CI_[A-Z_0-9]*\|GL_[A-Z_]*\|SLUICE_[A-Z_]*\|CHANGE_[A-Z_]*\|XDG_[A-Z_]*\|GITLAB_[A-Z_]*\|GITHUB_[A-Z_]*\|GITEA_[A-Z_]*\)=.*/\1/p'); do
	unset "$name"
done
HOME="$trash/home"
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME='Ana Autor' GIT_AUTHOR_EMAIL=ana@example.org
GIT_COMMITTER_NAME='Carl Committer' GIT_COMMITTER_EMAIL=carl@example.org
GIT_AUTHOR_DATE='1795343500 +0000' GIT_COMMITTER_DATE='1795343500 +0000'
LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1 TERM=dumb
PATH="$SL_BUILDDIR:$PATH"
SLUICE_DATA="$SL_SRCDIR"
export HOME GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL \
	GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_AUTHOR_DATE \
	GIT_COMMITTER_DATE LC_ALL TZ NO_COLOR TERM PATH SLUICE_DATA
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global protocol.file.allow always
cd "$trash" || exit 1

count=0
failures=0
pids=

clean_up() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
	for file in "$trash"/*/worker.pid "$trash"/worker.pid; do
		[ -f "$file" ] && kill "$(cat "$file")" 2>/dev/null
	done
	cd /
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

report() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %d - %s\n' "$count" "$2"
	else
		failures=$((failures + 1))
		printf 'not ok %d - %s\n' "$count" "$2"
		sed 's/^/# /' "$work/output"
	fi
}

# The output of the test before, for tests that look into it.
keep_output() {
	[ ! -f "$work/output" ] || mv "$work/output" "$work/last"
}

# check NAME COMMAND...: must exit 0.
check() {
	title=$1
	shift
	keep_output
	"$@" >"$work/output" 2>&1
	report $? "$title"
}

# refuse CODE NAME COMMAND...: must exit with CODE.
refuse() {
	wanted=$1
	title=$2
	shift 2
	keep_output
	"$@" >"$work/output" 2>&1
	code=$?
	[ "$code" -eq "$wanted" ] || echo "exit code $code, not $wanted" >>"$work/output"
	[ "$code" -eq "$wanted" ]
	report $? "$title"
}

# says TEXT...: the last command's output holds every TEXT.
says() {
	missing=0
	for text; do
		grep -qF -e "$text" "$work/output" || {
			printf 'no output with: %s\n' "$text" >>"$work/output"
			missing=1
		}
	done
	report "$missing" "  and says: $1"
}

# says_not TEXT: the last command's output does not hold TEXT.
says_not() {
	missing=0
	if grep -qF -e "$1" "$work/output"; then
		printf 'output holds: %s\n' "$1" >>"$work/output"
		missing=1
	fi
	report "$missing" "  and does not say: $1"
}

# skip NAME REASON: named in the summary; never used for what is needed.
skip() {
	count=$((count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$count" "$1" "$2"
}

# wait_for SECONDS COMMAND...: poll until it succeeds.
wait_for() {
	tries=$(($1 * 10))
	shift
	while [ "$tries" -gt 0 ]; do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
		tries=$((tries - 1))
	done
	return 1
}

# commit_files DIR MESSAGE: stage everything there and commit.
commit_files() {
	git -C "$1" add -A && git -C "$1" commit -q --allow-empty -m "$2"
}

done_testing() {
	for repository in "$trash"/*.git; do
		[ -d "$repository/objects" ] || continue
		git -C "$repository" fsck --strict >"$work/output" 2>&1
		report $? "git fsck --strict accepts $(basename "$repository")"
	done
	printf '1..%d\n' "$count"
	[ "$failures" -eq 0 ]
	exit
}
