# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# aws: the strict stand-in for AWS behind the small site, and a project that
# trains there. Sourced after lib.sh and site.sh.

python=${SL_PYTHON:-python3}

# start_aws: the stand-in, its buckets, and credentials for it.
start_aws() {
	PYTHONDONTWRITEBYTECODE=1 "$python" \
		"${SL_SRCDIR:?}/tests/fake/sluice_fake_aws.py" \
		>"${trash:?}/aws.url" 2>"$trash/aws.log" &
	aws_pid=$!
	pids="$pids $aws_pid"
	wait_for 20 test -s "$trash/aws.url" || return 1
	aws_endpoint=$(head -n 1 "$trash/aws.url")
	export AWS_ACCESS_KEY_ID=AKIAFAKE AWS_SECRET_ACCESS_KEY=fake-secret
	make_buckets
}

make_buckets() {
	control buckets '{"name": "acme-dev", "account": "111111111111", "versioned": true}' &&
		control buckets '{"name": "acme-staging", "account": "222222222222", "versioned": true}' &&
		control buckets '{"name": "acme-prod", "account": "333333333333", "versioned": true}'
}

# control WHAT JSON: tell the stand-in.
control() {
	"$python" -c 'import sys, urllib.request as u
u.urlopen(u.Request(sys.argv[1] + "/_control/" + sys.argv[2],
    sys.argv[3].encode(), {"Content-Type": "application/json"})).read()' \
		"$aws_endpoint" "$1" "$2"
}

# calls OPERATION: how often it was carried out.
calls() {
	"$python" -c 'import json, sys, urllib.request as u
calls = json.load(u.urlopen(sys.argv[1] + "/_control/calls"))
print(sum(c["operation"] == sys.argv[2] for c in calls))' "$aws_endpoint" "$1"
}

# state EXPRESSION: a Python expression over the stand-in's state `s`.
state() {
	"$python" -c 'import json, sys, urllib.request as u
s = json.load(u.urlopen(sys.argv[1] + "/_control/state"))
print(eval(sys.argv[2]))' "$aws_endpoint" "$1"
}

# write_project DIR: a project with code, definition and committed input.
write_project() {
	write_file "$1" README.md 'A project'
	write_file "$1" code/train.py 'print("training")'
	write_file "$1" .sluice.yaml "sluice: 1
project: {id: churn}
pipelines:
  training:
    definition: pipeline.json
    inputs-paths: [code]"
	cat >"$1/pipeline.json" <<-'END'
	{"Version": "2020-12-01",
	 "Parameters": [
	  {"Name": "CodeUri", "Type": "String"},
	  {"Name": "OutputUri", "Type": "String"},
	  {"Name": "Epochs", "Type": "Integer", "DefaultValue": 3},
	  {"Name": "ModelPackageGroupName", "Type": "String"},
	  {"Name": "ModelApprovalStatus", "Type": "String",
	   "DefaultValue": "PendingManualApproval"}],
	 "Steps": [
	  {"Name": "Train", "Type": "Training", "Arguments": {
	   "AlgorithmSpecification": {"TrainingImage": "image:1", "TrainingInputMode": "File"},
	   "RoleArn": "arn:aws:iam::111111111111:role/pipelines",
	   "OutputDataConfig": {"S3OutputPath": {"Get": "Parameters.OutputUri"}},
	   "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
	   "StoppingCondition": {"MaxRuntimeInSeconds": 3600}}},
	  {"Name": "Register", "Type": "RegisterModel", "Arguments": {
	   "ModelPackageGroupName": {"Get": "Parameters.ModelPackageGroupName"},
	   "ModelApprovalStatus": {"Get": "Parameters.ModelApprovalStatus"},
	   "InferenceSpecification": {
	    "Containers": [{"Image": "image:1",
	     "ModelDataUrl": {"Get": "Parameters.OutputUri"}}],
	    "SupportedContentTypes": ["text/csv"],
	    "SupportedResponseMIMETypes": ["text/csv"]}}}]}
	END
}

# executions ACCOUNT: how many there are.
executions() {
	state "len(s['sagemaker'].get('$1', {}).get('executions', {}))"
}

# put_object ACCOUNT URI TEXT: as a pipeline's step would.
put_object() {
	"$python" - "$aws_endpoint" "$@" <<-'END'
	import sys
	import boto3
	url, account, uri, text = sys.argv[1:]
	keys = boto3.client('sts', endpoint_url=url, region_name='eu-west-1').assume_role(
	    RoleArn=f'arn:aws:iam::{account}:role/step', RoleSessionName='step')['Credentials']
	bucket, key = uri.removeprefix('s3://').split('/', 1)
	boto3.client('s3', endpoint_url=url, region_name='eu-west-1',
	             aws_access_key_id=keys['AccessKeyId'],
	             aws_secret_access_key=keys['SecretAccessKey'],
	             aws_session_token=keys['SessionToken'],
	             config=boto3.session.Config(s3={'addressing_style': 'path'})
	             ).put_object(Bucket=bucket, Key=key, Body=text.encode())
	END
}

# decide_elsewhere ARN STATUS [ACCOUNT]: as somebody does in the console, of
# staging where no other account is named.
decide_elsewhere() {
	"$python" - "$aws_endpoint" "$1" "$2" "${3:-222222222222}" <<-'END'
	import sys
	import boto3
	url, arn, status, account = sys.argv[1:]
	keys = boto3.client('sts', endpoint_url=url, region_name='eu-west-1').assume_role(
	    RoleArn=f'arn:aws:iam::{account}:role/other', RoleSessionName='other')['Credentials']
	boto3.client('sagemaker', endpoint_url=url, region_name='eu-west-1',
	             aws_access_key_id=keys['AccessKeyId'],
	             aws_secret_access_key=keys['SecretAccessKey'],
	             aws_session_token=keys['SessionToken']).update_model_package(
	    ModelPackageArn=arn, ModelApprovalStatus=status)
	END
}

# drain: let the worker go on until nothing is due for long.
drain() {
	sluice worker --drain --poll 100ms --site "${site:?}/site.yaml"
}

job_state() {
	database "SELECT state FROM jobs WHERE ref = '$1' ORDER BY id DESC LIMIT 1"
}
