# SPDX-License-Identifier: Apache-2.0
"""Play the steps of a pipeline execution, which moto starts but never runs.

    play_steps.py FACTS ENVIRONMENT PIPELINE

Does what SageMaker would do for the newest execution of the pipeline, on this
machine: fetches the code and the data that the execution's parameters name
from S3, runs the job folders, puts what they leave where the definition says,
and registers the model as the definition's RegisterModel step says, if the
condition holds. Everything comes from the execution; nothing from git.
"""
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time

from loopback import Loopback


def newest_execution(sagemaker, pipeline, wait_s=60):
    """The ARN of the newest execution, once there is one."""
    for _ in range(wait_s * 2):
        try:
            found = sagemaker.list_pipeline_executions(
                PipelineName=pipeline, SortBy='CreationTime',
                SortOrder='Descending')['PipelineExecutionSummaries']
        except sagemaker.exceptions.ClientError:
            found = []  # the pipeline is not there yet
        if found:
            return found[0]['PipelineExecutionArn']
        time.sleep(0.5)
    sys.exit(f'no execution of {pipeline} began')


def parameters(sagemaker, execution, definition):
    """The defaults of the definition, and over them the values given."""
    values = {p['Name']: p.get('DefaultValue')
              for p in definition['Parameters']}
    given = sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=execution)['PipelineParameters']
    values.update((p['Name'], p['Value']) for p in given)
    return values


def resolve(value, known):
    """A value of the definition with Get and Std:Join carried out."""
    if isinstance(value, list):
        return [resolve(item, known) for item in value]
    if not isinstance(value, dict):
        return value
    if 'Get' in value:
        return known[value['Get']]
    if 'Std:Join' in value:
        join = value['Std:Join']
        return join['On'].join(map(str, resolve(join['Values'], known)))
    return {key: resolve(item, known) for key, item in value.items()}


def fetch(s3, uri, folder):
    """Everything at or below an S3 URI, into a folder."""
    bucket, prefix = uri.removeprefix('s3://').split('/', 1)
    pages = s3.get_paginator('list_objects_v2').paginate(
        Bucket=bucket, Prefix=prefix)
    for item in (item for page in pages for item in page.get('Contents', [])):
        name = item['Key'].removeprefix(prefix).lstrip('/')
        path = folder / (name or item['Key'].rsplit('/', 1)[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, item['Key'], str(path))


def put(s3, path, uri):
    bucket, key = uri.removeprefix('s3://').split('/', 1)
    s3.upload_file(str(path), bucket, key)


def run(job, *arguments):
    done = subprocess.run([sys.executable, '-I', str(job), *map(str, arguments)],
                          check=True, capture_output=True, text=True)
    sys.stdout.write(done.stdout)


def play_jobs(s3, known, work):
    """Split, train and evaluate; returns the accuracy."""
    out = known['Parameters.OutputUri']
    fetch(s3, known['Parameters.CodeUri'] + '/algorithms', work / 'code')
    fetch(s3, known['Parameters.InputUri'], work)

    run(work / 'code/preprocessing/split',
        '--table', work / 'zone.tab', '--train', work, '--test', work)
    for name in ('train', 'test'):
        put(s3, work / f'{name}.csv', f'{out}/split/{name}/{name}.csv')

    run(work / 'code/training/neighbours',
        '--train', work / 'train.csv', '--model', work)
    with tarfile.open(work / 'model.tar.gz', 'w:gz') as archive:
        archive.add(work / 'model.json', 'model.json')
    model = f'{out}/train/model.tar.gz'
    put(s3, work / 'model.tar.gz', model)
    known['Steps.Train.ModelArtifacts.S3ModelArtifacts'] = model

    run(work / 'code/postprocessing/evaluate',
        '--model', work / 'model.tar.gz', '--test', work / 'test.csv',
        '--evaluation', work)
    put(s3, work / 'evaluation.json',
        f'{out}/evaluate/evaluation/evaluation.json')
    evaluation = json.loads((work / 'evaluation.json').read_text())
    return evaluation['metrics']['accuracy']


def register_step(definition):
    """The first RegisterModel step, wherever it stands."""
    steps = list(definition['Steps'])
    for step in steps:
        if step['Type'] == 'RegisterModel':
            return step
        if step['Type'] == 'Condition':
            steps += step['Arguments'].get('IfSteps', [])
    sys.exit('the definition registers no model')


def main():
    aws = Loopback(sys.argv[1])
    environment, pipeline = sys.argv[2:]
    sagemaker, s3 = aws.clients(environment)
    execution = newest_execution(sagemaker, pipeline)
    definition = json.loads(
        sagemaker.describe_pipeline_definition_for_execution(
            PipelineExecutionArn=execution)['PipelineDefinition'])
    values = parameters(sagemaker, execution, definition)
    known = {f'Parameters.{name}': value for name, value in values.items()}

    with tempfile.TemporaryDirectory() as folder:
        accuracy = play_jobs(s3, known, pathlib.Path(folder))
    if accuracy < float(values['MinimumAccuracy']):
        sys.exit(f"accuracy {accuracy:.3f} is below the pipeline's minimum")
    package = sagemaker.create_model_package(
        **resolve(register_step(definition)['Arguments'], known))
    print(package['ModelPackageArn'])


main()
