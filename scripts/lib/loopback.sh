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

# start_loopback DIR: one server for SageMaker, STS, IAM and ECR, one for S3,
# with logs in DIR. Sets $sagemaker_url and $s3_url.
start_loopback() {
	start_moto "$1/moto-sagemaker.log"
	sagemaker_url=$moto_url
	start_moto "$1/moto-s3.log"
	s3_url=$moto_url
}

# write_environments SITE FACTS: append `environments:` to a site file, and
# write the same for loopback.py. Reads lines "NAME ACCOUNT PROTECTED".
write_environments() {
	printf 'environments:\n' >>"$1"
	printf '{"sagemaker": "%s", "s3": "%s", "region": "eu-central-1",\n' \
		"$sagemaker_url" "$s3_url" >"$2"
	printf ' "environments": {' >>"$2"
	comma=
	while read -r name account protected; do
		role=arn:aws:iam::$account:role/sluice
		cat >>"$1" <<-END
		  $name:
		    protected: $protected
		    account: '$account'
		    region: eu-central-1
		    profile: sluice
		    role: $role
		    external-id: quickstart
		    bucket: $name-mlops
		    prefix: mlops
		    pipeline-role: arn:aws:iam::$account:role/pipeline
		    endpoints:
		      sagemaker: $sagemaker_url
		      sts: $sagemaker_url
		      s3: $s3_url
		      ecr: $sagemaker_url
		END
		printf '%s\n  "%s": {"account": "%s", "role": "%s", "bucket": "%s"}' \
			"$comma" "$name" "$account" "$role" "$name-mlops" >>"$2"
		comma=,
	done
	printf '}}\n' >>"$2"
}

# stop_loopback: end what start_moto started, and nothing else.
stop_loopback() {
	for pid in $loopback_pids; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	loopback_pids=
}
