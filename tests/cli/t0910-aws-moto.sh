#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The AWS client against moto, a second opinion on the wire format. SageMaker
# and STS check every signature; S3 is another server that does not, because
# moto refuses rightly signed keys there.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"

python=${SL_PYTHON:-python3}
if [ -z "${SL_PYTHON:-}" ] && ! "$python" -c 'import moto, boto3' 2>/dev/null
then
	skip 'the client against moto' \
		'python3 has no moto; set SL_PYTHON to one that has'
	done_testing
	exit
fi

die() {
	echo "Bail out! $1"
	exit 1
}
. "$SL_SRCDIR/scripts/lib/loopback.sh"

start_loopback "$trash"
pids="$pids $loopback_pids"
echo 'dev 111111111111 false' >environments
write_environments site.yaml facts.json <environments
echo 'a,b' >table.csv
check 'accounts are set up in moto' env PYTHONDONTWRITEBYTECODE=1 \
	"$python" "$SL_SRCDIR/scripts/lib/accounts.py" facts.json keys table.csv

# push_image: an image in the registry of dev; prints its digest.
push_image() {
	PYTHONPATH="$SL_SRCDIR/scripts/lib" PYTHONDONTWRITEBYTECODE=1 \
		"$python" - facts.json <<-'END'
	import json, sys
	from loopback import Loopback
	aws = Loopback(sys.argv[1])
	key = aws.facts['key']
	keys = aws.assume(aws.environments['dev']['role'],
	                  (key['id'], key['secret'], None))
	ecr = aws.client('ecr', keys)
	ecr.create_repository(repositoryName='team/fit')
	kind = 'application/vnd.docker.distribution.manifest.v2+json'
	manifest = {'schemaVersion': 2, 'mediaType': kind, 'layers': [],
	            'config': {'digest': 'sha256:' + '0' * 64, 'size': 7,
	                       'mediaType': 'application/vnd.docker.container.image.v1+json'}}
	print(ecr.put_image(repositoryName='team/fit', imageTag='v1',
	                    imageManifestMediaType=kind,
	                    imageManifest=json.dumps(manifest)
	                    )['image']['imageId']['imageDigest'])
	END
}
digest=$(push_image)

value() {
	sed -n "s/^aws_$1 = //p" keys
}

probe() {
	env AWS_ACCESS_KEY_ID="$(value access_key_id)" \
		AWS_SECRET_ACCESS_KEY="$(value secret_access_key)" \
		AWS_REGION=eu-central-1 AWS_ENDPOINT_URL="$sagemaker_url" \
		AWS_ENDPOINT_URL_S3="$s3_url" HTTPS_PROXY=http://127.0.0.1:1 \
		"$SL_BUILDDIR/tests/fake/aws_probe" \
		arn:aws:iam::111111111111:role/sluice quickstart dev-mlops \
		"$digest"
}
check 'every call of the client' probe
grep '^not ok\|SKIP' "$work/output" | sed 's/^/# /'
says 'ok ' '1..'
done_testing
