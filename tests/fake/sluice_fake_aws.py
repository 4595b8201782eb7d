#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small, strict stand-in for SageMaker, S3, STS and ECR on loopback.

    sluice_fake_aws.py [--port PORT]

Prints its URL on one line when it is ready and serves until it is killed.
Everything is in memory. It is strict where the service is and other
stand-ins are not: every signature is checked in full, names and tokens are
validated, a request token is honoured, an execution takes its time, steps
are listed, and faults can be ordered.

There is one user: key AKIAFAKE, secret fake-secret, account 000000000000.
AssumeRole gives keys of the account that the role's ARN names. S3 is
addressed by path; a bucket must have been made through the control API.

Control API, JSON, not signed:

  POST /_control/reset            forget everything
  POST /_control/buckets          {"name", "account", "versioned": bool}
  POST /_control/images           {"account", "repository", "tag", "digest"}:
      what a tag of the account's registry stands for; "digest": null takes
      it away; "pull": [accounts] may ask besides its own, "*" anybody; "type"
      is the media type, else an OCI index
  POST /_control/script           how executions that start from now on go:
      {"describes": 2, "end": "Succeeded", "reason": "..."}
      they are Executing for that many describes, then end; with
      "describes": null they run until they are stopped
  POST /_control/faults           [{"operation": "StartPipelineExecution",
      "kind": KIND, "times": 1, "seconds": 0.1}, ...]; kinds:
      throttle     ThrottlingException, not carried out
      error        HTTP 500, not carried out
      page         HTTP 502 with a web page, not carried out
      drop-before  the connection closes, not carried out
      drop-after   carried out, then the connection closes
      slow         waits, then goes on
      expired      ExpiredTokenException
      denied       AccessDeniedException
  GET  /_control/calls            [{"operation", "account", "token"}, ...]:
      what was carried out
  GET  /_control/state            everything, by account

S3 operations are called PutObject, GetObject, HeadObject, ListObjectsV2.

When an execution succeeds, each of its RegisterModel steps makes a model
package in the group that the step or the parameter ModelPackageGroupName
names, with the approval that they name.
"""

import argparse
import base64
import calendar
import hashlib
import hmac
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

USER = {'secret': 'fake-secret', 'account': '000000000000', 'token': None,
        'arn': 'arn:aws:iam::000000000000:user/fake'}
PIPELINE = re.compile(r'[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}')
EXECUTION_NAME = re.compile(r'[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}')
ENTITY = re.compile(r'[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}')
ROLE = re.compile(r'arn:aws[a-z\-]*:iam::(\d{12}):role/'
                  r'[a-zA-Z_0-9+=,.@\-_/]+')
REPOSITORY = re.compile(r'(?=.{2,256}\Z)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*'
                        r'[a-z0-9]+(?:[._-][a-z0-9]+)*')
TAG = re.compile(r'[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}')
INDEX = 'application/vnd.oci.image.index.v1+json'
SESSION = re.compile(r'[\w+=,.@-]{2,64}', re.A)
BUCKET = re.compile(r'[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9]')
FINAL = ('Succeeded', 'Failed', 'Stopped')


class Fault(Exception):
    def __init__(self, code, message='', status=400):
        super().__init__(f'{code}: {message}')
        self.code, self.message, self.status = code, message, status


class Drop(Exception):
    """Close the connection without an answer."""


def invalid(message):
    return Fault('ValidationException', message)


# --- state ---

class World:
    def __init__(self):
        self.lock = threading.RLock()
        self.reset()

    def reset(self):
        self.keys = {'AKIAFAKE': USER}
        self.buckets = {}
        self.places = {}
        self.registries = {}
        self.faults = []
        self.calls = []
        self.script = {'describes': 2, 'end': 'Succeeded', 'reason': None}
        self.serial = 0

    def next(self):
        self.serial += 1
        return self.serial

    def place(self, account, region):
        return self.places.setdefault((account, region), Place(
            self, account, region))


class Place:
    """SageMaker of one account and region."""

    def __init__(self, world, account, region):
        self.world, self.account, self.region = world, account, region
        self.pipelines, self.executions = {}, {}
        self.groups, self.packages = {}, {}
        self.tags, self.tokens = {}, {}

    def arn(self, rest):
        return f'arn:aws:sagemaker:{self.region}:{self.account}:{rest}'

    def plain(self):
        return {'pipelines': self.pipelines, 'executions': self.executions,
                'groups': self.groups, 'packages': self.packages,
                'tags': self.tags}


WORLD = World()


# --- signatures ---

def encode(text, safe='-_.~'):
    return urllib.parse.quote(text, safe=safe)


def canonical_query(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True,
                                   strict_parsing=bool(query))
    text = '&'.join(sorted(f'{encode(k)}={encode(v)}' for k, v in pairs))
    if text != query:
        raise Fault('SignatureDoesNotMatch',
                    'the query was not sent as it is signed', 403)
    return text


def canonical_path(path, service):
    plain = urllib.parse.unquote(path)
    if encode(plain, '-_.~/') != path:
        raise Fault('SignatureDoesNotMatch',
                    'the path is not encoded exactly once', 403)
    return path if service == 's3' else encode(path, '-_.~/')


def sign(secret, scope, text):
    key = ('AWS4' + secret).encode()
    for part in scope.split('/'):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def parse_authorization(text):
    match = re.fullmatch(
        r'AWS4-HMAC-SHA256 Credential=([A-Za-z0-9]+)/(\d{8}/([a-z0-9-]+)/'
        r'([a-z0-9]+)/aws4_request), SignedHeaders=([a-z0-9;-]+), '
        r'Signature=([0-9a-f]{64})', text or '')
    if not match:
        raise Fault('IncompleteSignature', 'no usable Authorization', 403)
    return match.groups()


def check_headers(names, headers, service):
    wanted = {'host', 'x-amz-date'}
    wanted |= {n.lower() for n in headers if n.lower().startswith('x-amz-')}
    missing = wanted - set(names)
    if missing or names != sorted(names):
        raise Fault('SignatureDoesNotMatch',
                    f'not signed, or not in order: {sorted(missing)}', 403)
    if service == 's3' and 'x-amz-content-sha256' not in names:
        raise Fault('InvalidRequest', 'no x-amz-content-sha256')


def check_time(date, scope):
    try:
        when = calendar.timegm(time.strptime(date or '', '%Y%m%dT%H%M%SZ'))
    except ValueError:
        raise Fault('IncompleteSignature', 'no usable X-Amz-Date', 403)
    if abs(when - time.time()) > 900 or date[:8] != scope[:8]:
        raise Fault('RequestTimeTooSkewed', 'the time is off', 403)


def verify(method, target, headers, body):
    """Check the signature; return (who, region, service)."""
    key_id, scope, region, service, names, signature = parse_authorization(
        headers.get('Authorization'))
    who = WORLD.keys.get(key_id)
    if who is None or headers.get('X-Amz-Security-Token') != who['token']:
        raise Fault('InvalidClientTokenId', 'the token is invalid', 403)
    check_time(headers.get('X-Amz-Date'), scope)
    names = names.split(';')
    check_headers(names, headers, service)
    path, _, query = target.partition('?')
    digest = hashlib.sha256(body).hexdigest()
    if service == 's3' and headers['x-amz-content-sha256'] != digest:
        raise Fault('XAmzContentSHA256Mismatch', 'the body was changed')
    lines = [name + ':' + ' '.join(','.join(headers.get_all(name)).split())
             for name in names]
    canonical = '\n'.join([method, canonical_path(path, service),
                           canonical_query(query), *lines, '',
                           ';'.join(names), digest])
    text = '\n'.join(['AWS4-HMAC-SHA256', headers['X-Amz-Date'], scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    if not hmac.compare_digest(sign(who['secret'], scope, text), signature):
        raise Fault('SignatureDoesNotMatch', 'the signature is wrong', 403)
    return who, region, service


# --- STS ---

def sts(who, body):
    query = dict(urllib.parse.parse_qsl(body.decode()))
    if query.get('Version') != '2011-06-15':
        raise Fault('InvalidAction', 'no such version')
    if query.get('Action') == 'GetCallerIdentity':
        return ('GetCallerIdentity',
                f'<Account>{who["account"]}</Account><Arn>{who["arn"]}</Arn>'
                '<UserId>AIDAFAKE</UserId>')
    if query.get('Action') != 'AssumeRole':
        raise Fault('InvalidAction', 'no such action')
    role = ROLE.fullmatch(query.get('RoleArn', ''))
    if not role or not SESSION.fullmatch(query.get('RoleSessionName', '')):
        raise Fault('ValidationError', 'role or session name')
    serial = WORLD.next()
    key_id, token = f'ASIAFAKE{serial}', f'token/+={serial}'
    arn = f'{query["RoleArn"]}/{query["RoleSessionName"]}'
    WORLD.keys[key_id] = {'secret': f'secret-{serial}', 'token': token,
                          'account': role.group(1), 'arn': arn}
    expires = time.strftime('%Y-%m-%dT%H:%M:%SZ',
                            time.gmtime(time.time() + 3600))
    return ('AssumeRole',
            f'<Credentials><AccessKeyId>{key_id}</AccessKeyId>'
            f'<SecretAccessKey>secret-{serial}</SecretAccessKey>'
            f'<SessionToken>{token}</SessionToken>'
            f'<Expiration>{expires}</Expiration></Credentials>')


# --- SageMaker ---

def need(data, key, pattern=None, low=1, high=1 << 20):
    value = data.get(key)
    if not isinstance(value, str) or not low <= len(value) <= high or (
            pattern and not pattern.fullmatch(value)):
        raise invalid(f'1 validation error detected: {key} is {value!r}')
    return value


def need_token(data):
    return need(data, 'ClientRequestToken', None, 32, 128)


def need_pairs(data, key, name, most):
    pairs = data.get(key, [])
    if len(pairs) > most or any(
            set(p) != {name, 'Value'} or not isinstance(p['Value'], str)
            for p in pairs):
        raise invalid(f'{key} is not a list of {name} and Value')
    return {p[name]: p['Value'] for p in pairs}


def replay(place, operation, data, token, act):
    """Run act once per token; another request with it is a conflict."""
    digest = json.dumps(data, sort_keys=True)
    known = place.tokens.get((operation, token))
    if known is None:
        known = place.tokens[operation, token] = (digest, act())
    elif known[0] != digest:
        raise Fault('ConflictException',
                    'the token was used with other parameters')
    return known[1]


def tail(name):
    """The name in an ARN, or the name itself."""
    return name.split('/', 1)[1] if name.startswith('arn:') else name


def find(table, name, what):
    if name not in table:
        raise Fault('ResourceNotFound', f'{what} {name} does not exist')
    return table[name]


def read_definition(data, who):
    text = data.get('PipelineDefinition')
    where = data.get('PipelineDefinitionS3Location')
    if (text is None) == (where is None):
        raise invalid('exactly one of definition and its S3 location')
    if where is not None:
        versions = find_bucket(where['Bucket'], who).get(where['ObjectKey'])
        if not versions:
            raise invalid('the definition does not exist')
        text = versions[-1]['body'].decode()
    try:
        if not isinstance(json.loads(text)['Steps'], list):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise invalid('the definition is not a pipeline')
    return text


def create_pipeline(place, data, who):
    name = need(data, 'PipelineName', PIPELINE)
    token = need_token(data)
    need(data, 'RoleArn', ROLE)
    text = read_definition(data, who)
    tags = need_pairs(data, 'Tags', 'Key', 50)

    def act():
        if name in place.pipelines:
            raise invalid(f'Pipeline names must be unique. {name} already '
                          'exists')
        arn = place.arn(f'pipeline/{name.lower()}')
        now = time.time()
        place.pipelines[name] = {
            'PipelineArn': arn, 'PipelineName': name,
            'PipelineDefinition': text, 'RoleArn': data['RoleArn'],
            'PipelineDescription': data.get('PipelineDescription'),
            'PipelineStatus': 'Active', 'CreationTime': now,
            'LastModifiedTime': now, 'Version': 1}
        place.tags[arn] = tags
        return {'PipelineArn': arn}
    return replay(place, 'CreatePipeline', data, token, act)


def update_pipeline(place, data, who):
    pipeline = find(place.pipelines, need(data, 'PipelineName', PIPELINE),
                    'Pipeline')
    if 'Tags' in data:
        raise invalid('UpdatePipeline takes no tags')
    if 'PipelineDefinition' in data or 'PipelineDefinitionS3Location' in data:
        pipeline['PipelineDefinition'] = read_definition(data, who)
    for key in ('RoleArn', 'PipelineDescription'):
        pipeline[key] = data.get(key, pipeline[key])
    pipeline['LastModifiedTime'] = time.time()
    pipeline['Version'] += 1
    return {'PipelineArn': pipeline['PipelineArn'],
            'PipelineVersionId': pipeline['Version']}


def describe_pipeline(place, data, who):
    return find(place.pipelines, tail(need(data, 'PipelineName')), 'Pipeline')


def check_parameters(pipeline, given):
    declared = {p['Name']: p for p in json.loads(
        pipeline['PipelineDefinition']).get('Parameters', [])}
    unknown = set(given) - set(declared)
    missing = {n for n, p in declared.items()
               if 'DefaultValue' not in p} - set(given)
    if unknown or missing:
        raise invalid(f'parameters: unknown {sorted(unknown)}, '
                      f'missing {sorted(missing)}')
    return {n: given.get(n, p.get('DefaultValue'))
            for n, p in declared.items()}


def start_execution(place, data, who):
    name = tail(need(data, 'PipelineName'))
    pipeline = find(place.pipelines, name, 'Pipeline')
    token = need_token(data)
    if 'PipelineExecutionDisplayName' in data:
        need(data, 'PipelineExecutionDisplayName', EXECUTION_NAME)
    values = check_parameters(pipeline, need_pairs(
        data, 'PipelineParameters', 'Name', 200))

    def act():
        arn = f'{pipeline["PipelineArn"]}/execution/{WORLD.next():012d}'
        now = time.time()
        place.executions[arn] = {
            'PipelineArn': pipeline['PipelineArn'],
            'PipelineExecutionArn': arn,
            'PipelineExecutionDisplayName':
                data.get('PipelineExecutionDisplayName'),
            'PipelineExecutionStatus': 'Executing', 'CreationTime': now,
            'LastModifiedTime': now, 'Parameters': values,
            'Steps': json.loads(pipeline['PipelineDefinition'])['Steps'],
            'Script': dict(WORLD.script), 'Seen': 0}
        return {'PipelineExecutionArn': arn}
    return replay(place, 'StartPipelineExecution', data, token, act)


def resolve(value, execution):
    if isinstance(value, dict) and list(value) == ['Get']:
        name = value['Get'].removeprefix('Parameters.')
        return execution['Parameters'].get(name)
    if isinstance(value, dict):
        return {k: resolve(v, execution) for k, v in value.items()}
    if isinstance(value, list):
        return [resolve(v, execution) for v in value]
    return value


def flat_steps(steps):
    for step in steps:
        yield step
        inner = step.get('Arguments', {})
        if step.get('Type') == 'Condition':
            yield from flat_steps(inner.get('IfSteps', []))


def register_models(place, execution):
    for step in flat_steps(execution['Steps']):
        if step.get('Type') != 'RegisterModel':
            continue
        asked = resolve(step.get('Arguments', {}), execution)
        values = execution['Parameters']
        group = asked.get('ModelPackageGroupName') or values.get(
            'ModelPackageGroupName')
        approval = asked.get('ModelApprovalStatus') or values.get(
            'ModelApprovalStatus') or 'PendingManualApproval'
        if tail(group or '') not in place.groups:
            raise invalid(f'model package group {group} does not exist')
        execution.setdefault('Models', {})[step['Name']] = new_package(
            place, tail(group), {
                **asked, 'ModelApprovalStatus': approval})


def finish(place, execution, status):
    execution['PipelineExecutionStatus'] = status
    execution['LastModifiedTime'] = time.time()
    if status == 'Failed':
        execution['FailureReason'] = (
            execution['Script'].get('reason') or 'a step failed')
    if status == 'Succeeded':
        register_models(place, execution)


def advance(place, execution):
    """One describe takes an execution one step further."""
    if execution['PipelineExecutionStatus'] == 'Stopping':
        finish(place, execution, 'Stopped')
    if execution['PipelineExecutionStatus'] != 'Executing':
        return
    most = execution['Script'].get('describes')
    execution['Seen'] += 1
    if most is not None and execution['Seen'] > most:
        finish(place, execution, execution['Script'].get('end', 'Succeeded'))


def describe_execution(place, data, who):
    execution = find(place.executions, need(data, 'PipelineExecutionArn'),
                     'Execution')
    answer = {k: v for k, v in execution.items() if k not in (
        'Parameters', 'Steps', 'Script', 'Seen', 'Models')}
    advance(place, execution)
    return answer


def stop_execution(place, data, who):
    execution = find(place.executions, need(data, 'PipelineExecutionArn'),
                     'Execution')
    token = need_token(data)

    def act():
        if execution['PipelineExecutionStatus'] in FINAL:
            raise Fault('ConflictException', 'the execution has ended')
        execution['PipelineExecutionStatus'] = 'Stopping'
        return {'PipelineExecutionArn': execution['PipelineExecutionArn']}
    return replay(place, 'StopPipelineExecution', data, token, act)


def page(data, rows, member):
    size = data.get('MaxResults', 100)
    start = int(data.get('NextToken') or 0)
    answer = {member: rows[start:start + size]}
    if start + size < len(rows):
        answer['NextToken'] = str(start + size)
    return answer


def newest_first(data, rows):
    return rows[::-1] if data.get('SortOrder') == 'Descending' else rows


def list_executions(place, data, who):
    pipeline = find(place.pipelines, tail(need(data, 'PipelineName')),
                    'Pipeline')
    rows = [{'PipelineExecutionArn': e['PipelineExecutionArn'],
             'StartTime': e['CreationTime'],
             'PipelineExecutionStatus': e['PipelineExecutionStatus'],
             'PipelineExecutionDisplayName':
                 e['PipelineExecutionDisplayName']}
            for e in place.executions.values()
            if e['PipelineArn'] == pipeline['PipelineArn']]
    return page(data, newest_first(data, rows), 'PipelineExecutionSummaries')


def step_row(place, execution, step, status):
    row = {'StepName': step['Name'], 'StepStatus': status,
           'StartTime': execution['CreationTime']}
    if status in FINAL:
        row['EndTime'] = execution['LastModifiedTime']
    kind = step.get('Type')
    if kind == 'Condition':
        row['Metadata'] = {'Condition': {'Outcome': 'True'}}
    elif kind == 'RegisterModel':
        arn = execution.get('Models', {}).get(step['Name'])
        if arn:
            row['Metadata'] = {'RegisterModel': {'Arn': arn}}
    elif kind in ('Training', 'Processing', 'Transform'):
        job = f'{kind.lower()}-job/{step["Name"].lower()}'
        row['Metadata'] = {f'{kind}Job': {'Arn': place.arn(job)}}
    return row


def list_steps(place, data, who):
    execution = find(place.executions, need(data, 'PipelineExecutionArn'),
                     'Execution')
    status = execution['PipelineExecutionStatus']
    steps = list(flat_steps(execution['Steps']))
    if status not in FINAL:
        # Steps that were not reached yet are absent.
        steps = steps[:execution['Seen'] + 1]
    rows = [step_row(place, execution, step, 'Succeeded')
            for step in steps[:-1]]
    rows += [step_row(place, execution, step, status) for step in steps[-1:]]
    return page(data, newest_first(data, rows), 'PipelineExecutionSteps')


def known_arn(place, arn):
    if arn not in place.tags:
        raise Fault('ResourceNotFound', f'{arn} does not exist')
    return place.tags[arn]


def add_tags(place, data, who):
    tags = known_arn(place, need(data, 'ResourceArn'))
    tags.update(need_pairs(data, 'Tags', 'Key', 50))
    return {'Tags': [{'Key': k, 'Value': v} for k, v in tags.items()]}


def list_tags(place, data, who):
    tags = known_arn(place, need(data, 'ResourceArn'))
    if data.get('MaxResults', 50) < 50:
        raise invalid('MaxResults must be at least 50')
    return page(data, [{'Key': k, 'Value': v} for k, v in tags.items()],
                'Tags')


def create_group(place, data, who):
    name = need(data, 'ModelPackageGroupName', ENTITY)
    if name in place.groups:
        raise invalid(f'Model Package Group {name} already exists')
    arn = place.arn(f'model-package-group/{name}')
    place.tags[arn] = need_pairs(data, 'Tags', 'Key', 50)
    place.groups[name] = {
        'ModelPackageGroupName': name, 'ModelPackageGroupArn': arn,
        'ModelPackageGroupDescription':
            data.get('ModelPackageGroupDescription'),
        'CreationTime': time.time(), 'ModelPackageGroupStatus': 'Completed'}
    return {'ModelPackageGroupArn': arn}


def describe_group(place, data, who):
    name = tail(need(data, 'ModelPackageGroupName'))
    if name not in place.groups:
        raise invalid(f'ModelPackageGroup {name} does not exist')
    return place.groups[name]


def list_groups(place, data, who):
    rows = [g for name, g in place.groups.items()
            if data.get('NameContains', '') in name]
    return page(data, newest_first(data, rows),
                'ModelPackageGroupSummaryList')


PACKAGE_PARTS = (
    'ModelPackageDescription', 'ModelApprovalStatus', 'MetadataProperties',
    'CustomerMetadataProperties', 'ModelLifeCycle', 'InferenceSpecification',
    'ModelMetrics', 'DriftCheckBaselines', 'AdditionalInferenceSpecifications',
    'ModelCard', 'SecurityConfig', 'SourceAlgorithmSpecification',
    'ValidationSpecification', 'Domain', 'Task', 'SamplePayloadUrl',
    'SourceUri', 'SkipModelValidation', 'ApprovalDescription')


def new_package(place, group, data):
    version = 1 + max([p['ModelPackageVersion']
                       for p in place.packages.values()
                       if p['ModelPackageGroupName'] == group], default=0)
    arn = place.arn(f'model-package/{group}/{version}')
    package = {'ModelPackageArn': arn, 'ModelPackageName': arn,
               'ModelPackageGroupName': group, 'ModelPackageVersion': version,
               'ModelPackageStatus': 'Completed', 'CreationTime': time.time(),
               'ModelApprovalStatus': 'PendingManualApproval'}
    package.update({k: data[k] for k in PACKAGE_PARTS if k in data})
    place.packages[arn] = package
    return arn


def create_package(place, data, who):
    group = tail(need(data, 'ModelPackageGroupName'))
    token = need(data, 'ClientToken', re.compile('[a-zA-Z0-9-]+'), 1, 36)
    if group not in place.groups:
        raise invalid(f'ModelPackageGroup {group} does not exist')
    if 'Tags' in data:
        raise invalid('a versioned package takes no tags')
    return replay(place, 'CreateModelPackage', data, token, lambda: {
        'ModelPackageArn': new_package(place, group, data)})


def find_package(place, arn):
    if arn not in place.packages:
        raise invalid(f'ModelPackage {arn} does not exist')
    return place.packages[arn]


def describe_package(place, data, who):
    return find_package(place, need(data, 'ModelPackageName'))


def list_packages(place, data, who):
    group = tail(data.get('ModelPackageGroupName', ''))
    approval = data.get('ModelApprovalStatus')
    rows = [{k: v for k, v in p.items() if k not in (
        'InferenceSpecification', 'CustomerMetadataProperties')}
            for p in place.packages.values()
            if p['ModelPackageGroupName'] == group and
            approval in (None, p['ModelApprovalStatus'])]
    return page(data, newest_first(data, rows), 'ModelPackageSummaryList')


def update_package(place, data, who):
    package = find_package(place, need(data, 'ModelPackageArn'))
    for key in PACKAGE_PARTS:
        if key == 'CustomerMetadataProperties' and key in data:
            package.setdefault(key, {}).update(data[key])
        elif key in data:
            package[key] = data[key]
    package['LastModifiedTime'] = time.time()
    package['LastModifiedBy'] = {'IamIdentity': {'Arn': who['arn']}}
    return {'ModelPackageArn': package['ModelPackageArn']}


OPERATIONS = {
    'CreatePipeline': create_pipeline,
    'UpdatePipeline': update_pipeline,
    'DescribePipeline': describe_pipeline,
    'StartPipelineExecution': start_execution,
    'StopPipelineExecution': stop_execution,
    'DescribePipelineExecution': describe_execution,
    'ListPipelineExecutions': list_executions,
    'ListPipelineExecutionSteps': list_steps,
    'AddTags': add_tags,
    'ListTags': list_tags,
    'CreateModelPackageGroup': create_group,
    'DescribeModelPackageGroup': describe_group,
    'ListModelPackageGroups': list_groups,
    'CreateModelPackage': create_package,
    'DescribeModelPackage': describe_package,
    'ListModelPackages': list_packages,
    'UpdateModelPackage': update_package,
}


# --- ECR ---

def set_image(order):
    """What the control API says about a tag."""
    rows = WORLD.registries.setdefault(order['account'], {}).setdefault(
        order['repository'], {'pull': [], 'tags': {}})
    rows['pull'] = order.get('pull', rows['pull'])
    rows['tags'][order['tag']] = (order['digest'], order.get('type', INDEX))
    if order['digest'] is None:
        del rows['tags'][order['tag']]


def check_image_request(data):
    known = {'registryId', 'repositoryName', 'imageIds', 'acceptedMediaTypes'}
    ids, types = data.get('imageIds'), data.get('acceptedMediaTypes', [])
    if set(data) - known or not isinstance(ids, list) or not (
            1 <= len(ids) <= 100) or not isinstance(types, list):
        raise Fault('InvalidParameterException', f'the request is {data}')
    for value, pattern in [
            (data.get('registryId', '0' * 12), re.compile(r'\d{12}', re.A)),
            (data.get('repositoryName'), REPOSITORY),
            *[(i.get('imageTag'), TAG) for i in ids]]:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Fault('InvalidParameterException', f'{value!r} is not legal')


def find_repository(data, who):
    account = data.get('registryId', who['account'])
    name = data['repositoryName']
    rows = WORLD.registries.get(account, {}).get(name)
    if account != who['account'] and (
            rows is None or not {'*', who['account']} & set(rows['pull'])):
        raise Fault('AccessDeniedException',
                    f'{who["arn"]} is not authorized to perform: '
                    f'ecr:BatchGetImage on {account}/{name}')
    if rows is None:
        raise Fault('RepositoryNotFoundException',
                    f"The repository with name '{name}' does not exist in "
                    f"the registry with id '{account}'")
    return account, rows['tags']


def batch_get_image(data, who):
    check_image_request(data)
    account, tags = find_repository(data, who)
    answer = {'images': [], 'failures': []}
    for image in data['imageIds']:
        if image['imageTag'] not in tags:
            answer['failures'].append({
                'imageId': image, 'failureCode': 'ImageNotFound',
                'failureReason': 'Requested image not found'})
            continue
        digest, kind = tags[image['imageTag']]
        if kind not in data.get('acceptedMediaTypes', []):
            # It is converted, and then is something else.
            digest = 'sha256:' + hashlib.sha256(digest.encode()).hexdigest()
        answer['images'].append({
            'registryId': account, 'repositoryName': data['repositoryName'],
            'imageId': {**image, 'imageDigest': digest},
            'imageManifest': '{}', 'imageManifestMediaType': kind})
    return answer


# --- S3 ---

def find_bucket(name, who, owner=None):
    bucket = WORLD.buckets.get(name)
    if bucket is None:
        raise Fault('NoSuchBucket', name, 404)
    if bucket['account'] != who['account'] or owner not in (
            None, bucket['account']):
        raise Fault('AccessDenied', 'the bucket is of another account', 403)
    return bucket['objects']


def put_object(bucket, objects, key, headers, body):
    versions = objects.get(key)
    if headers.get('If-None-Match') == '*' and versions:
        raise Fault('PreconditionFailed', key, 412)
    if 'If-Match' in headers:
        if not versions:
            raise Fault('NoSuchKey', key, 404)
        if versions[-1]['etag'] != headers['If-Match']:
            raise Fault('PreconditionFailed', key, 412)
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    if headers.get('x-amz-checksum-sha256', checksum) != checksum:
        raise Fault('BadDigest', 'the checksum does not fit the body')
    row = {'body': body, 'etag': f'"{hashlib.md5(body).hexdigest()}"',
           'checksum': checksum, 'modified': time.time(),
           'version': f'v{WORLD.next()}' if bucket['versioned'] else None}
    if not bucket['versioned']:
        objects[key] = []
    objects.setdefault(key, []).append(row)
    return row


def get_object(objects, key, query):
    wanted = query.get('versionId')
    for row in reversed(objects.get(key, [])):
        if wanted in (None, row['version']):
            return row
    raise Fault('NoSuchKey', key, 404)


def object_headers(row):
    headers = {'ETag': row['etag'], 'x-amz-checksum-sha256': row['checksum']}
    if row['version']:
        headers['x-amz-version-id'] = row['version']
    return headers


def list_objects(objects, query):
    keys = sorted(k for k in objects if k.startswith(query.get('prefix', '')))
    start = int(query.get('continuation-token', 0))
    size = min(int(query.get('max-keys', 1000)), 1000)
    rows = []
    for key in keys[start:start + size]:
        row = objects[key][-1]
        when = time.strftime('%Y-%m-%dT%H:%M:%S.000Z',
                             time.gmtime(row['modified']))
        rows.append(f'<Contents><Key>{encode(key, "-_.~/")}</Key>'
                    f'<LastModified>{when}</LastModified>'
                    f'<ETag>{escape(row["etag"])}</ETag>'
                    f'<Size>{len(row["body"])}</Size></Contents>')
    more = start + size < len(keys)
    if more:
        rows.append(f'<NextContinuationToken>{start + size}'
                    '</NextContinuationToken>')
    return ('<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
            f'><IsTruncated>{str(more).lower()}</IsTruncated>'
            f'{"".join(rows)}</ListBucketResult>').encode()


# --- HTTP ---

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_version, sys_version = 'sluice-fake-aws', ''

    def log_message(self, *args):
        pass

    def answer(self, status, body=b'', kind='application/json', headers=None):
        self.send_response(status)
        self.send_header('x-amzn-RequestId', f'fake-{len(WORLD.calls)}')
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def answer_json(self, data):
        # An absent member is left out, never null.
        if isinstance(data, dict):
            data = {k: v for k, v in data.items() if v is not None}
        self.answer(200, json.dumps(data, default=str).encode(),
                    'application/x-amz-json-1.1')

    def answer_fault(self, fault, xml):
        if not xml:
            body = json.dumps({'__type': fault.code,
                               'message': fault.message}).encode()
            self.answer(fault.status, body, 'application/x-amz-json-1.1')
            return
        inner = (f'<Code>{fault.code}</Code>'
                 f'<Message>{escape(fault.message)}</Message>')
        text = (f'<ErrorResponse><Error>{inner}</Error></ErrorResponse>'
                if self.service == 'sts' else f'<Error>{inner}</Error>')
        self.answer(fault.status, text.encode(), 'application/xml')

    def handle_any(self):
        length = int(self.headers.get('Content-Length', 0))
        body = self.rfile.read(length)
        self.service = 's3'
        try:
            if self.path.startswith('/_control/'):
                self.control(self.path[len('/_control/'):], body)
            else:
                self.serve(body)
        except Drop:
            self.close_connection = True
        except Fault as fault:
            self.answer_fault(fault, self.service not in (
                'sagemaker', 'ecr'))

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

    def serve(self, body):
        match = re.search(r'/([a-z0-9]+)/aws4_request,',
                          self.headers.get('Authorization', ''))
        if match:
            self.service = match.group(1)
        with WORLD.lock:
            who, region, _ = verify(self.command, self.path, self.headers,
                                    body)
        operation = self.operation_name(body)
        after = self.inject(operation)
        with WORLD.lock:
            send = self.carry_out(who, region, operation, body)
            WORLD.calls.append({
                'operation': operation, 'account': who['account'],
                'token': self.token_of(body)})
        if after:
            raise Drop
        send()

    def operation_name(self, body):
        if self.service == 'sagemaker':
            return self.headers.get('X-Amz-Target', '').removeprefix(
                'SageMaker.')
        if self.service == 'ecr':
            return self.headers.get('X-Amz-Target', '').removeprefix(
                'AmazonEC2ContainerRegistry_V20150921.')
        if self.service == 'sts':
            return dict(urllib.parse.parse_qsl(body.decode())).get('Action')
        if self.command == 'GET' and 'list-type=2' in self.path:
            return 'ListObjectsV2'
        return {'PUT': 'PutObject', 'GET': 'GetObject',
                'HEAD': 'HeadObject'}.get(self.command, self.command)

    def token_of(self, body):
        if self.service != 'sagemaker':
            return None
        data = json.loads(body or b'{}')
        return data.get('ClientRequestToken') or data.get('ClientToken')

    def inject(self, operation):
        """Carry out an ordered fault; True: drop after the operation."""
        with WORLD.lock:
            fault = next((f for f in WORLD.faults if f['times'] > 0 and
                          f['operation'] in ('*', operation)), None)
            if fault is None:
                return False
            fault['times'] -= 1
        kind = fault['kind']
        if kind == 'drop-after':
            return True
        if kind == 'drop-before':
            raise Drop
        if kind == 'slow':
            time.sleep(fault.get('seconds', 0.5))
            return False
        if kind == 'page':
            self.answer(502, b'<html><h1>Bad Gateway</h1></html>',
                        'text/html')
            raise Drop
        raise {
            'throttle': Fault('SlowDown' if self.service == 's3' else
                              'ThrottlingException', 'Rate exceeded',
                              503 if self.service == 's3' else 400),
            'error': Fault('InternalFailure', 'ordered', 500),
            'expired': Fault('ExpiredTokenException', 'ordered', 403),
            'denied': Fault('AccessDeniedException', 'ordered', 403),
        }[kind]

    def carry_out(self, who, region, operation, body):
        if self.service == 'sts':
            action, inner = sts(who, body)
            text = (f'<{action}Response xmlns="https://sts.amazonaws.com/doc/'
                    f'2011-06-15/"><{action}Result>{inner}</{action}Result>'
                    f'</{action}Response>').encode()
            return lambda: self.answer(200, text, 'text/xml')
        if self.service == 'sagemaker':
            return self.sagemaker(who, region, operation, body)
        if self.service == 'ecr':
            return self.ecr(who, operation, body)
        return self.s3(who, operation, body)

    def read_json(self, operation, known, body):
        if operation not in known or self.command != 'POST' or (
                self.headers.get('Content-Type') !=
                'application/x-amz-json-1.1'):
            raise Fault('UnknownOperationException', operation)
        try:
            data = json.loads(body)
        except ValueError:
            raise Fault('SerializationException', 'not JSON')
        if None in data.values():
            raise Fault('SerializationException', 'a member is null')
        return data

    def ecr(self, who, operation, body):
        data = self.read_json(operation, ['BatchGetImage'], body)
        answer = batch_get_image(data, who)
        return lambda: self.answer_json(answer)

    def sagemaker(self, who, region, operation, body):
        data = self.read_json(operation, OPERATIONS, body)
        place = WORLD.place(who['account'], region)
        answer = dict(OPERATIONS[operation](place, data, who))
        return lambda: self.answer_json(answer)

    def s3(self, who, operation, body):
        path, _, text = self.path.partition('?')
        query = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
        name, _, key = urllib.parse.unquote(path[1:]).partition('/')
        objects = find_bucket(name, who,
                              self.headers.get('x-amz-expected-bucket-owner'))
        if operation == 'ListObjectsV2':
            listing = list_objects(objects, query)
            return lambda: self.answer(200, listing, 'application/xml')
        if operation == 'PutObject':
            row = put_object(WORLD.buckets[name], objects, key, self.headers,
                             body)
            return lambda: self.answer(200, b'', headers=object_headers(row))
        if operation not in ('GetObject', 'HeadObject'):
            raise Fault('MethodNotAllowed', operation, 405)
        row = get_object(objects, key, query)
        return lambda: self.answer(200, row['body'],
                                   'application/octet-stream',
                                   object_headers(row))

    def control(self, what, body):
        data = json.loads(body or b'null')
        with WORLD.lock:
            if what == 'reset':
                WORLD.reset()
            elif what == 'buckets':
                if not BUCKET.fullmatch(data['name']):
                    raise invalid('bucket name')
                WORLD.buckets[data['name']] = {
                    'account': data['account'], 'objects': {},
                    'versioned': data.get('versioned', True)}
            elif what == 'images':
                set_image(data)
            elif what == 'script':
                WORLD.script.update(data)
            elif what == 'faults':
                WORLD.faults = [{'times': 1, **fault} for fault in data]
            elif what == 'calls':
                return self.answer_json(WORLD.calls)
            elif what == 'state':
                return self.answer_json(self.state())
            else:
                return self.answer(404)
        return self.answer_json({})

    def state(self):
        return {
            'sagemaker': {account: place.plain() for (account, _), place
                          in WORLD.places.items()},
            's3': {name: {key: [v['body'].decode('utf-8', 'replace')[:65536]
                                for v in versions]
                          for key, versions in bucket['objects'].items()}
                   for name, bucket in WORLD.buckets.items()}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--port', type=int, default=0)
    options = parser.parse_args()
    http.server.ThreadingHTTPServer.daemon_threads = True
    server = http.server.ThreadingHTTPServer(('127.0.0.1', options.port),
                                             Handler)
    print(f'http://127.0.0.1:{server.server_address[1]}', flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0


if __name__ == '__main__':
    sys.exit(main())
