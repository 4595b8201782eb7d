# SPDX-License-Identifier: Apache-2.0
"""Set up three AWS accounts in moto: a role, a bucket and an image in each, and
one user who may assume the roles. Then switch the signature check on.

    accounts.py FACTS CREDENTIALS TABLE

FACTS is the file that loopback.py describes, still without a key; the user's
key is added to it, and written to CREDENTIALS as AWS's tools read it. TABLE
is put into each bucket as input/<name>.
"""
import json
import os
import pathlib
import sys
import urllib.request

from loopback import Loopback

ANY = ('testing', 'testing', None)  # moto takes any key until it checks


def policy(action, **more):
    return json.dumps({'Version': '2012-10-17', 'Statement': [
        {'Effect': 'Allow', 'Action': action, **more}]})


# The image of the templates. It is AWS's own, but moto looks into the caller's
# registry, whichever is asked for.
REPOSITORY, TAG = 'sagemaker-scikit-learn', '1.2-1-cpu-py3'
MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
CONFIG = 'application/vnd.docker.container.image.v1+json'


def push_image(ecr):
    ecr.create_repository(repositoryName=REPOSITORY)
    ecr.put_image(
        repositoryName=REPOSITORY, imageTag=TAG,
        imageManifestMediaType=MANIFEST, imageManifest=json.dumps({
            'schemaVersion': 2, 'mediaType': MANIFEST, 'layers': [],
            'config': {'mediaType': CONFIG, 'size': 2,
                       'digest': 'sha256:' + '0' * 64}}))


def make_account(aws, environment, table):
    """The role in SageMaker's account, the bucket in S3's."""
    inside = aws.assume(environment['role'], ANY)
    name = environment['role'].rsplit('/', 1)[1]
    iam = aws.client('iam', inside)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(
        'sts:AssumeRole', Principal={'AWS': '*'}))
    iam.put_role_policy(RoleName=name, PolicyName='sluice',
                        PolicyDocument=policy('*', Resource='*'))
    push_image(aws.client('ecr', inside))

    inside = aws.assume(environment['role'], ANY, aws.facts['s3'])
    s3 = aws.client('s3', inside)
    bucket = environment['bucket']
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={
        'LocationConstraint': aws.facts['region']})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={
        'Status': 'Enabled'})
    s3.put_object(Bucket=bucket, Key=f'input/{table.name}',
                  Body=table.read_bytes())


def make_user(aws):
    iam = aws.client('iam', ANY)
    iam.create_user(UserName='sluice')
    iam.put_user_policy(UserName='sluice', PolicyName='sluice',
                        PolicyDocument=policy('sts:AssumeRole', Resource='*'))
    key = iam.create_access_key(UserName='sluice')['AccessKey']
    return {'id': key['AccessKeyId'], 'secret': key['SecretAccessKey']}


def check_signatures(url):
    request = urllib.request.Request(
        f'{url}/moto-api/reset-auth', data=b'0',
        headers={'Content-Type': 'text/plain'})
    urllib.request.urlopen(request).close()


def write_private(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
              'w', encoding='utf-8') as file:
        file.write(text)


def main():
    facts, credentials, table = map(pathlib.Path, sys.argv[1:])
    aws = Loopback(facts)
    for environment in aws.environments.values():
        make_account(aws, environment, table)
    key = make_user(aws)
    write_private(facts, json.dumps({**aws.facts, 'key': key}, indent=2))
    write_private(credentials, '[sluice]\n'
                  f"aws_access_key_id = {key['id']}\n"
                  f"aws_secret_access_key = {key['secret']}\n")
    check_signatures(aws.facts['sagemaker'])


main()
