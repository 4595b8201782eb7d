# SPDX-License-Identifier: Apache-2.0
"""Ask each account what it got, with boto3, and judge it.

    look.py FACTS PROJECT BRANCH-NAME

Prints what is there, and a line "ok WHAT" or "no WHAT" for each expectation.
"""
import re
import sys

from loopback import Loopback

DIGEST = re.compile(r'@sha256:[0-9a-f]{64}$')


def judge(holds, what):
    print('ok' if holds else 'no', what)


def pipelines(sagemaker):
    """Names of pipelines, each with the display names of its executions."""
    return {pipeline['PipelineName']: [
        execution['PipelineExecutionDisplayName'] for execution in
        sagemaker.list_pipeline_executions(
            PipelineName=pipeline['PipelineName'])
        ['PipelineExecutionSummaries']]
        for pipeline in sagemaker.list_pipelines()['PipelineSummaries']}


def packages(sagemaker):
    """Names of model groups, each with its packages, described."""
    groups = sagemaker.list_model_package_groups()
    return {group['ModelPackageGroupName']: [
        sagemaker.describe_model_package(
            ModelPackageName=package['ModelPackageArn'])
        for package in sagemaker.list_model_packages(
            ModelPackageGroupName=group['ModelPackageGroupName'])
        ['ModelPackageSummaryList']]
        for group in groups['ModelPackageGroupSummaryList']}


def keys(s3, bucket):
    pages = s3.get_paginator('list_objects_v2').paginate(Bucket=bucket)
    return [item['Key'] for page in pages for item in page.get('Contents', [])]


def builds_of(stored):
    """Roots of builds, mlops/NAME/BUILD, each with the keys below it."""
    builds = {}
    for key in stored:
        parts = key.split('/', 3)
        if parts[0] == 'mlops' and parts[2] != '.sluice':
            builds.setdefault('/'.join(parts[:3]), []).append(parts[3])
    return builds


def promotions_of(stored):
    """The manifests of promotions."""
    return [key for key in stored if '/.sluice/promotions/' in key
            and key.endswith('/manifest.json')]


def print_account(name, environment, runs, models, stored):
    print(f"{name}, account {environment['account']}")
    for pipeline, executions in runs.items():
        print(f'    pipeline     {pipeline}: {len(executions)} execution(s)')
    for group, members in models.items():
        for package in members:
            version = package['ModelPackageVersion']
            print(f'    model        {group}/{version}: '
                  f'{package["ModelApprovalStatus"]}')
    for root, keys_below in builds_of(stored).items():
        print(f"    s3           s3://{environment['bucket']}/{root}/")
        for part in sorted({'/'.join(k.split('/')[:2]) for k in keys_below}):
            print(f'                     {part}')
    for key in promotions_of(stored):
        print(f"    promotion    s3://{environment['bucket']}/{key}")


def images(members):
    """The images of model packages."""
    return [container['Image'] for package in members
            for container in package['InferenceSpecification']['Containers']]


def has_layout(stored, name):
    """Whether one build lies under its name as the data layout wants it."""
    builds = {root: below for root, below in builds_of(stored).items()
              if root.startswith(f'mlops/{name}/')}
    wanted = {'manifest.json', 'code/source.tar.gz',
              'code/algorithms/training/neighbours/__main__.py',
              'ml-pipeline-outputs/train/model.tar.gz'}
    return len(builds) == 1 and all(
        wanted <= set(below) for below in builds.values())


def main():
    aws = Loopback(sys.argv[1])
    project, branch = sys.argv[2:]
    seen = {}
    for name, environment in aws.environments.items():
        sagemaker, s3 = aws.clients(name)
        found = (pipelines(sagemaker), packages(sagemaker),
                 keys(s3, aws.bucket(name)))
        print_account(name, environment, *found)
        seen[name] = found

    runs, models, stored = seen['dev']
    judge(list(runs) == [branch] and len(runs[branch]) == 1,
          'dev ran the pipeline of the branch, once')
    judge(list(models) == [branch] and len(models[branch]) == 1,
          'dev has the model in the group of the branch')
    judge(has_layout(stored, branch),
          'dev has snapshot, manifest and outputs of the branch in S3')

    runs, models, stored = seen['staging']
    judge(list(runs) == [project] and len(runs[project]) == 1,
          'staging ran the main pipeline, once')
    judge([p['ModelApprovalStatus'] for p in models.get(project, [])]
          == ['Approved'], 'staging has one model, and it is approved')
    judge(has_layout(stored, project),
          'staging has snapshot, manifest and outputs of main in S3')
    source = [p['ModelPackageArn'] for p in models.get(project, [])]
    trained = images(models.get(project, []))
    judge(trained and all(DIGEST.search(image) for image in trained),
          'the staging model names its image by digest')

    runs, models, stored = seen['prod']
    judge(not runs, 'prod ran no pipeline: a tag promotes, it does not train')
    promoted = models.get(project, [])
    judge(len(promoted) == 1, 'prod has one model')
    judge(len(promoted) == 1
          and promoted[0]['CustomerMetadataProperties'].get(
              'sluice:source-package') in source,
          'the prod model names the staging model that it is')
    judge(len(promotions_of(stored)) == 1,
          'prod has the manifest of the promotion in S3')
    judge(images(promoted) == trained,
          'the prod model has the image that the staging model was trained for')
    urls = [container['ModelDataUrl'] for package in promoted
            for container in package['InferenceSpecification']['Containers']]
    judge(len(urls) == 1
          and urls[0].removeprefix(f"s3://{aws.bucket('prod')}/") in stored,
          "the prod model's artifact is a copy in prod's own bucket")


main()
