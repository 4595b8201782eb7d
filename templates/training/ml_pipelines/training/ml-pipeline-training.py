#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the definition of the training pipeline.

    ml-pipeline-training.py            print it
    ml-pipeline-training.py --write    replace pipeline.json beside this file
    ml-pipeline-training.py --check    fail if pipeline.json is out of date

The definition is committed, so that a reviewer sees what will run and a
server can judge it without running code. Whatever differs between branches
and environments is a parameter; sluice gives the values when it starts an
execution. Only defaults that hold everywhere come from input.json.
"""
import argparse
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
DEFINITION = HERE / 'pipeline.json'
PROCESSING = '/opt/ml/processing'
TRAINING = '/opt/ml/input/data'


def get(name):
    """A reference to a parameter or to what a step leaves."""
    return {'Get': name}


def under(parameter, *parts):
    """An S3 URI below the one that a parameter holds."""
    return {'Std:Join': {'On': '/',
                         'Values': [get(f'Parameters.{parameter}'), *parts]}}


def processing_input(name, uri, folder=None):
    return {'InputName': name,
            'S3Input': {'S3Uri': uri,
                        'LocalPath': f'{PROCESSING}/input/{folder or name}',
                        'S3DataType': 'S3Prefix', 'S3InputMode': 'File'}}


def processing_output(name, uri):
    return {'OutputName': name,
            'S3Output': {'S3Uri': uri, 'LocalPath': f'{PROCESSING}/{name}',
                         'S3UploadMode': 'EndOfJob'}}


def channel(name, uri):
    return {'ChannelName': name, 'InputMode': 'File',
            'DataSource': {'S3DataSource': {
                'S3Uri': uri, 'S3DataType': 'S3Prefix',
                'S3DataDistributionType': 'FullyReplicated'}}}


def processing_job(inputs, outputs):
    """The arguments of a processing step that runs a job folder."""
    return {
        'AppSpecification': {
            'ImageUri': get('Parameters.ImageUri'),
            'ContainerEntrypoint': [
                'python3', f'{PROCESSING}/input/code/__main__.py']},
        'ProcessingInputs': inputs,
        'ProcessingOutputConfig': {'Outputs': outputs},
        'ProcessingResources': {'ClusterConfig': {
            'InstanceCount': 1, 'VolumeSizeInGB': 5,
            'InstanceType': get('Parameters.InstanceType')}},
        'StoppingCondition': {'MaxRuntimeInSeconds': 1800},
        'RoleArn': get('Parameters.RoleArn')}


def split_step():
    return {
        'Name': 'Split', 'Type': 'Processing',
        'Arguments': processing_job(
            [processing_input('code', under(
                'CodeUri', 'algorithms/preprocessing/split')),
             processing_input('table', get('Parameters.InputUri'))],
            [processing_output('train', under('OutputUri', 'split/train')),
             processing_output('test', under('OutputUri', 'split/test'))])}


def train_step():
    train = get("Steps.Split.ProcessingOutputConfig"
                ".Outputs['train'].S3Output.S3Uri")
    return {
        'Name': 'Train', 'Type': 'Training',
        'Arguments': {
            'AlgorithmSpecification': {
                'TrainingImage': get('Parameters.ImageUri'),
                'TrainingInputMode': 'File',
                'ContainerEntrypoint': [
                    'python3', f'{TRAINING}/code/__main__.py']},
            'InputDataConfig': [
                channel('code', under(
                    'CodeUri', 'algorithms/training/neighbours')),
                channel('train', train)],
            'OutputDataConfig': {
                'S3OutputPath': under('OutputUri', 'train')},
            'ResourceConfig': {
                'InstanceCount': 1, 'VolumeSizeInGB': 5,
                'InstanceType': get('Parameters.InstanceType')},
            'StoppingCondition': {'MaxRuntimeInSeconds': 1800},
            'RoleArn': get('Parameters.RoleArn')}}


def evaluate_step():
    test = get("Steps.Split.ProcessingOutputConfig"
               ".Outputs['test'].S3Output.S3Uri")
    model = get('Steps.Train.ModelArtifacts.S3ModelArtifacts')
    return {
        'Name': 'Evaluate', 'Type': 'Processing',
        'Arguments': processing_job(
            [processing_input('code', under(
                'CodeUri', 'algorithms/postprocessing/evaluate')),
             processing_input('model', model),
             processing_input('test', test)],
            [processing_output('evaluation', under(
                'OutputUri', 'evaluate/evaluation'))]),
        'PropertyFiles': [{'PropertyFileName': 'Evaluation',
                           'OutputName': 'evaluation',
                           'FilePath': 'evaluation.json'}]}


def register_step():
    """Group and approval are parameters: the branch decides, not the code."""
    return {
        'Name': 'Register', 'Type': 'RegisterModel',
        'Arguments': {
            'ModelPackageGroupName': get('Parameters.ModelPackageGroupName'),
            'ModelApprovalStatus': get('Parameters.ModelApprovalStatus'),
            'InferenceSpecification': {
                'Containers': [{
                    'Image': get('Parameters.ImageUri'),
                    'ModelDataUrl': get(
                        'Steps.Train.ModelArtifacts.S3ModelArtifacts')}],
                'SupportedContentTypes': ['text/csv'],
                'SupportedResponseMIMETypes': ['text/csv'],
                'SupportedRealtimeInferenceInstanceTypes': ['ml.m5.large'],
                'SupportedTransformInstanceTypes': ['ml.m5.large']},
            'ModelMetrics': {'ModelQuality': {'Statistics': {
                'ContentType': 'application/json',
                'S3Uri': under('OutputUri',
                               'evaluate/evaluation/evaluation.json')}}},
            'CustomerMetadataProperties': {
                'sluice:build-id': get('Parameters.BuildId'),
                'sluice:commit': get('Parameters.CommitId')}}}


def condition_step():
    accuracy = {'Std:JsonGet': {
        'PropertyFile': get('Steps.Evaluate.PropertyFiles.Evaluation'),
        'Path': 'metrics.accuracy'}}
    failed = {
        'Name': 'TooInaccurate', 'Type': 'Fail',
        'Arguments': {'ErrorMessage': {'Std:Join': {'On': ' ', 'Values': [
            'The accuracy is below', get('Parameters.MinimumAccuracy')]}}}}
    return {
        'Name': 'IsAccurate', 'Type': 'Condition',
        'DependsOn': ['Evaluate'],
        'Arguments': {
            'Conditions': [{'Type': 'GreaterThanOrEqualTo',
                            'LeftValue': accuracy,
                            'RightValue': get('Parameters.MinimumAccuracy')}],
            'IfSteps': [register_step()],
            'ElseSteps': [failed]}}


def parameters(defaults):
    """What sluice fills in, then what input.json has a default for."""
    filled = ('CodeUri', 'InputUri', 'OutputUri', 'BuildId', 'CommitId',
              'RoleArn', 'ModelPackageGroupName', 'ModelApprovalStatus')
    types = {str: 'String', int: 'Integer', float: 'Float'}
    return ([{'Name': name, 'Type': 'String'} for name in filled]
            + [{'Name': name, 'Type': types[type(value)],
                'DefaultValue': value} for name, value in defaults.items()])


def definition():
    defaults = json.loads((HERE / 'input.json').read_text(encoding='utf-8'))
    return {'Version': '2020-12-01', 'Metadata': {},
            'Parameters': parameters(defaults),
            'Steps': [split_step(), train_step(), evaluate_step(),
                      condition_step()]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument('--write', action='store_true')
    mode.add_argument('--check', action='store_true')
    options = parser.parse_args()

    text = json.dumps(definition(), indent=2) + '\n'
    if options.write:
        DEFINITION.write_text(text, encoding='utf-8')
    elif not options.check:
        sys.stdout.write(text)
    elif DEFINITION.read_text(encoding='utf-8') != text:
        sys.exit('pipeline.json is out of date: run '
                 'ml-pipeline-training.py --write and commit it')


if __name__ == '__main__':
    main()
