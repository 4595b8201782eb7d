#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make recorded calls with boto3: what a script for one run would do.

    boto3_calls.py CALLS.json URL REGION

It is spared all work but the calls: arguments and bodies are in CALLS.json.
Calls that failed when they were recorded (looks at what is not there yet) are
made as well.
"""

import json
import sys

import boto3
import botocore.config
import botocore.exceptions
from botocore import xform_name


def main():
    path, url, region = sys.argv[1:]
    with open(path, encoding='utf-8') as file:
        calls = json.load(file)['calls']
    config = botocore.config.Config(s3={'addressing_style': 'path'})
    session = boto3.Session(region_name=region)
    clients = {}
    for call in calls:
        service, arguments = call['service'], call['arguments']
        if service not in clients:
            clients[service] = session.client(
                service, endpoint_url=url, config=config)
        if 'Body' in arguments:
            arguments['Body'] = arguments['Body'].encode('latin-1')
        method = getattr(clients[service], xform_name(call['operation']))
        try:
            answer = method(**arguments)
        except botocore.exceptions.ClientError:
            if call['status'] < 400:
                raise
            continue
        if call['operation'] == 'AssumeRole':
            keys = answer['Credentials']
            session = boto3.Session(
                region_name=region,
                aws_access_key_id=keys['AccessKeyId'],
                aws_secret_access_key=keys['SecretAccessKey'],
                aws_session_token=keys['SessionToken'])
        elif call['operation'] == 'GetObject':
            answer['Body'].read()


if __name__ == '__main__':
    main()
