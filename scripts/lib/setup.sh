# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# shellcheck disable=SC2034 # used by those that source it
# setup: what scripts/quickstart and scripts/test share. Sourced.
#
# Needs $root, the top of the source tree. Everything that is made here lies
# below $root/build: the Python tools, the builds, npm's packages.

: "${root:?is set by who sources this}"
venv=$root/build/venv
python=$venv/bin/python
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# An empty or missing home must not matter.
if [ -z "${HOME:-}" ] || [ ! -d "$HOME" ]; then
	HOME=$root/build/home
	mkdir -p "$HOME" || exit 1
	export HOME
fi

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m')
	green=$(printf '\033[32m') red=$(printf '\033[31m')
	plain=$(printf '\033[0m')
else
	bold='' dim='' green='' red='' plain=''
fi

die() {
	printf '%s%s%s\n' "$red" "$*" "$plain" >&2
	exit 1
}

# row NAME TEXT...: one line of what is there or was done.
row() {
	name=$1
	shift
	printf '   %-14s%s\n' "$name" "$*"
}

# What a package is there for: a program, a pkg-config module, or a shell
# condition. Probing beats asking the package system: what was installed by
# other means counts, and systems without dpkg work.
probe() {
	case $1 in
	program:*) command -v "${1#program:}" >/dev/null 2>&1 ;;
	library:*) pkg-config --exists "${1#library:}" 2>/dev/null ;;
	compiler) command -v cc >/dev/null && command -v make >/dev/null &&
		echo 'int main(void) { return 0; }' |
		cc -x c -o /dev/null - 2>/dev/null ;;
	venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
	certificates) [ -s /etc/ssl/certs/ca-certificates.crt ] ||
		[ -s /etc/pki/tls/certs/ca-bundle.crt ] ;;
	*) die "setup: no such probe: $1" ;;
	esac
}

# Either library will do. Vectorscan of Debian 12 misses matches on processors
# with AVX-512, where it is then not used; Hyperscan is for x86 only.
case $(uname -m) in
x86_64) library_to_scan=libhyperscan-dev ;;
*) library_to_scan=libvectorscan-dev ;;
esac

# Debian's name and the probe, one package a line.
packages_to_build="$library_to_scan library:libhs"'
autoconf program:autoreconf
automake program:automake
build-essential compiler
ca-certificates certificates
check library:check
git program:git
libarchive-dev library:libarchive
libcjson-dev library:libcjson
libcurl4-openssl-dev library:libcurl
libexpat1-dev library:expat
libgit2-dev library:libgit2
libpcre2-dev library:libpcre2-8
libsqlite3-dev library:sqlite3
libssl-dev library:libcrypto
libutf8proc-dev library:libutf8proc
libyaml-dev library:yaml-0.1
pkg-config program:pkg-config
python3 program:python3
python3-venv venv'
packages_to_test='gnupg program:gpg
gpgv program:gpgv
groff program:groff
mandoc program:mandoc
openssh-client program:ssh-keygen
shellcheck program:shellcheck'
packages_to_test_fully='clang program:clang
gawk program:gawk
nodejs program:node
npm program:npm
rsync program:rsync
valgrind program:valgrind
xz-utils program:xz'

# missing_packages LIST: the names of those whose probe fails.
missing_packages() {
	printf '%s\n' "$1" | while read -r name what; do
		probe "$what" || printf '%s ' "$name"
	done
}

# need_packages LIST: install what is missing, or say how and stop.
need_packages() {
	missing=$(missing_packages "$1")
	missing=${missing% }
	if [ -z "$missing" ]; then
		row packages "all $(printf '%s\n' "$1" | wc -l | tr -d ' ') there"
		return
	fi
	command -v apt-get >/dev/null ||
		die "missing, and there is no apt here to install it: $missing"
	if [ "$(id -u)" -eq 0 ]; then
		as_root='env'
	elif sudo -n true 2>/dev/null; then
		as_root='sudo -n env'
	else
		die "missing packages; run this, then start again:
    sudo apt-get install --no-install-recommends $missing"
	fi
	row packages "installing $missing"
	log=$root/build/apt.log
	# shellcheck disable=SC2086 # words, not one name
	{
		$as_root apt-get -q update &&
			$as_root DEBIAN_FRONTEND=noninteractive apt-get -q \
				install -y --no-install-recommends $missing
	} >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "apt could not install them: $log"
	}
	missing=$(missing_packages "$1")
	[ -z "$missing" ] || die "installed, yet not usable: $missing"
}

# need_python: the pinned Python packages, in an environment of their own that
# sees the system's, so that what is there in the pinned version is used.
need_python() {
	log=$root/build/pip.log
	if ! "$python" -c '' 2>/dev/null; then
		rm -rf "$venv"
		python3 -m venv --system-site-packages "$venv" >"$log" 2>&1 || {
			tail -n 20 "$log" >&2
			die "python3 could not make an environment: $log"
		}
	fi
	"$python" "$root/scripts/lib/pinned.py" "$root/scripts/requirements.txt" ||
		"$venv/bin/pip" install -q --disable-pip-version-check \
			-r "$root/scripts/requirements.txt" >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "pip could not install the pinned packages: $log"
	}
	row Python "$(sed -n 's/^\(moto\|boto3\)==/\1 /p' \
		"$root/scripts/requirements.txt" | paste -s -d '&' |
		sed 's/&/ and /'), in build/venv"
}

# configure_in DIR OPTION...: prepare a build outside the source tree, unless
# DIR was configured in the same way before. What changed since, make notices.
configure_in() (
	dir=$1
	shift
	[ ! -f "$root/config.status" ] ||
		die 'the source tree itself is configured: run make distclean first'
	[ -x "$root/configure" ] || (cd "$root" && autoreconf -i) || exit 1
	mkdir -p "$dir" && cd "$dir" || exit 1
	[ -f Makefile ] && [ "$*" = "$(cat configured-with 2>/dev/null)" ] &&
		exit 0
	"$root/configure" -q "$@" && printf '%s' "$*" >configured-with
)
