# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# loopback: moto's servers on this machine, in place of AWS. Sourced after
# setup.sh.

: "${python:?comes from setup.sh}"
loopback_pids=

# free_port: a port of 127.0.0.1 that nobody listens on.
free_port() {
	"$python" -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# start_moto LOG: start one; sets $moto_url. Its pid goes to $loopback_pids.
start_moto() {
	moto_port=$(free_port)
	moto_url=http://127.0.0.1:$moto_port
	"$python" -m moto.server -H 127.0.0.1 -p "$moto_port" >"$1" 2>&1 &
	moto_pid=$!
	loopback_pids="$loopback_pids $moto_pid"
	tries=150
	until "$python" -c "import urllib.request
urllib.request.urlopen('$moto_url/moto-api/data.json', timeout=2)" \
		2>/dev/null; do
		tries=$((tries - 1))
		if [ "$tries" -eq 0 ] || ! kill -0 "$moto_pid" 2>/dev/null; then
			tail -n 20 "$1" >&2
			die 'moto does not start'
		fi
		sleep 0.2
	done
}

# stop_loopback: end what start_moto started, and nothing else.
stop_loopback() {
	for pid in $loopback_pids; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	loopback_pids=
}
