#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stand-in for AWS, which also writes down what it is asked.

    recording_aws.py FAKE_FOLDER

Beside what tests/fake/sluice_fake_aws.py has:

  POST /_control/begin     forget everything, and begin with a bucket "bench"
      that holds input/zone.tab; executions never end
  GET  /_control/recorded  {"calls": [{"service", "operation", "arguments",
      "status"}, ...], "busy_us": N}: every call since then in the words of
      boto3, and how long this server took over them. The bytes of a body are
      a string of as many characters.
"""

import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv.pop(1))

import sluice_fake_aws as fake  # noqa: E402

HEADERS = {
    'Content-Type': 'ContentType',
    'If-None-Match': 'IfNoneMatch',
    'If-Match': 'IfMatch',
    'x-amz-checksum-sha256': 'ChecksumSHA256',
    'x-amz-checksum-mode': 'ChecksumMode',
    'x-amz-expected-bucket-owner': 'ExpectedBucketOwner',
    'x-amz-server-side-encryption': 'ServerSideEncryption',
    'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
}
QUERY = {
    'prefix': 'Prefix',
    'continuation-token': 'ContinuationToken',
    'versionId': 'VersionId',
}


class Record:
    calls, busy_us = [], 0


def begin():
    fake.WORLD.reset()
    fake.WORLD.script['describes'] = None
    bucket = {'account': '111111111111', 'objects': {}, 'versioned': True}
    fake.WORLD.buckets['bench'] = bucket
    fake.put_object(bucket, bucket['objects'], 'input/zone.tab', {}, b'x')


class Handler(fake.Handler):
    # An answer leaves in one piece: with head and body apart, either client
    # would wait 40 ms for a delayed acknowledgement, as no service makes it.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def handle_any(self):
        begun = time.perf_counter()
        super().handle_any()
        if not self.path.startswith('/_control/'):
            Record.busy_us += int((time.perf_counter() - begun) * 1e6)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

    def handle_expect_100(self):
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def operation_name(self, body):
        operation = super().operation_name(body)
        self.call = {
            'service': self.service, 'operation': operation,
            'arguments': getattr(self, f'{self.service}_arguments')(body)}
        Record.calls.append(self.call)
        return operation

    def answer(self, status, *args, **kwargs):
        if not self.path.startswith('/_control/'):
            self.call['status'] = status
        super().answer(status, *args, **kwargs)

    def sts_arguments(self, body):
        pairs = dict(urllib.parse.parse_qsl(body.decode()))
        del pairs['Action'], pairs['Version']
        if 'DurationSeconds' in pairs:
            pairs['DurationSeconds'] = int(pairs['DurationSeconds'])
        return pairs

    def sagemaker_arguments(self, body):
        return fake.json.loads(body)

    def s3_arguments(self, body):
        path, _, query = self.path.partition('?')
        bucket, _, key = urllib.parse.unquote(path[1:]).partition('/')
        pairs = {'Bucket': bucket}
        if key:
            pairs['Key'] = key
        for name, value in urllib.parse.parse_qsl(query):
            if name in QUERY:
                pairs[QUERY[name]] = value
        for name, member in HEADERS.items():
            if self.headers.get(name):
                pairs[member] = self.headers[name]
        if self.command == 'PUT':
            pairs['Body'] = body.decode('latin-1')
        return pairs

    def control(self, what, body):
        if what == 'recorded':
            return self.answer_json({'calls': Record.calls,
                                     'busy_us': Record.busy_us})
        if what == 'begin':
            Record.calls, Record.busy_us = [], 0
            with fake.WORLD.lock:
                begin()
            return self.answer_json({})
        return super().control(what, body)


fake.Handler = Handler
if __name__ == '__main__':
    sys.exit(fake.main())
