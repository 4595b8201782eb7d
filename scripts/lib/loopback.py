# SPDX-License-Identifier: Apache-2.0
"""Clients for the servers on this machine that stand in for AWS.

Where they are, and which accounts there are, stands in a JSON file:

    {"sagemaker": URL, "s3": URL, "region": "...",
     "environments": {"dev": {"account": "...", "role": ARN, "bucket": "..."}},
     "key": {"id": "...", "secret": "..."}}
"""
import json

import boto3
import botocore.config

CONFIG = botocore.config.Config(
    retries={'max_attempts': 2}, connect_timeout=5, read_timeout=30,
    s3={'addressing_style': 'path'})


class Loopback:
    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            self.facts = json.load(file)
        self.environments = self.facts['environments']

    def client(self, service, keys, url=None):
        """A client with a triple of id, secret and session token."""
        url = url or self.facts['s3' if service == 's3' else 'sagemaker']
        return boto3.client(
            service, endpoint_url=url, config=CONFIG,
            region_name=self.facts['region'], aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1], aws_session_token=keys[2])

    def assume(self, role, keys, url=None):
        """The triple of an assumed role."""
        answer = self.client('sts', keys, url).assume_role(
            RoleArn=role, RoleSessionName='quickstart',
            ExternalId='quickstart')
        fresh = answer['Credentials']
        return (fresh['AccessKeyId'], fresh['SecretAccessKey'],
                fresh['SessionToken'])

    def clients(self, environment):
        """SageMaker and S3 clients inside an environment's account."""
        key = self.facts['key']
        keys = self.assume(self.environments[environment]['role'],
                           (key['id'], key['secret'], None))
        return self.client('sagemaker', keys), self.client('s3', keys)

    def bucket(self, environment):
        return self.environments[environment]['bucket']
