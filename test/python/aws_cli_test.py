"""The AWS CLI, unmodified, with nothing but AWS_ENDPOINT_URL."""

import json

import pytest


@pytest.fixture(scope="module")
def cli(aws):
    def run(*arguments: str) -> dict:
        ended = aws.cli(*arguments)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout) if ended.stdout.strip() else {}

    return run


def test_who_calls(cli):
    assert cli("sts", "get-caller-identity")["Account"] == "123456789012"


def test_a_job_from_nothing_to_its_end(aws, cli):
    cli("batch", "create-compute-environment", "--compute-environment-name", "fargate", "--type", "MANAGED",
        "--compute-resources", "type=FARGATE,maxvCpus=16,subnets=subnet-1,securityGroupIds=sg-1")
    aws.advance(30)
    cli("batch", "create-job-queue", "--job-queue-name", "queue", "--priority", "1",
        "--compute-environment-order", "order=1,computeEnvironment=fargate")
    aws.advance(30)
    container = {
        "image": "image",
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "resourceRequirements": [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}],
    }
    cli("batch", "register-job-definition", "--job-definition-name", "job", "--type", "container",
        "--platform-capabilities", "FARGATE", "--container-properties", json.dumps(container))
    job = cli("batch", "submit-job", "--job-name", "job", "--job-queue", "queue", "--job-definition", "job")["jobId"]
    aws.advance(60)
    listed = cli("batch", "list-jobs", "--job-queue", "queue")["jobSummaryList"]
    assert [summary["jobId"] for summary in listed] == [job]
    aws.advance(300)
    assert cli("batch", "describe-jobs", "--jobs", job)["jobs"][0]["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "command, key",
    [
        (["ecs", "list-clusters"], "clusterArns"),
        (["autoscaling", "describe-auto-scaling-groups"], "AutoScalingGroups"),
        (["ec2", "describe-instances"], "Reservations"),
        (["events", "list-rules"], "Rules"),
        (["scheduler", "list-schedules"], "Schedules"),
        (["lambda", "list-functions"], "Functions"),
        (["logs", "describe-log-groups"], "logGroups"),
        (["cloudwatch", "describe-alarms"], "MetricAlarms"),
        (["ssm", "describe-parameters"], "Parameters"),
        (["dynamodb", "list-tables"], "TableNames"),
        (["sns", "list-topics"], "Topics"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_service_answers(cli, command, key):
    assert isinstance(cli(*command)[key], list)


def test_queues_by_their_url(aws, cli):
    # For SQS alone, version 1 of the CLI passes over AWS_ENDPOINT_URL.
    sqs = ("sqs", "--endpoint-url", aws.url)
    url = cli(*sqs, "create-queue", "--queue-name", "cli")["QueueUrl"]
    cli(*sqs, "send-message", "--queue-url", url, "--message-body", "hello")
    assert cli(*sqs, "receive-message", "--queue-url", url)["Messages"][0]["Body"] == "hello"


def test_refusals_are_named(aws):
    ended = aws.cli("batch", "describe-jobs", "--jobs", *[str(index) for index in range(101)])
    assert ended.returncode != 0
    assert "(ClientException)" in ended.stderr
    ended = aws.cli("ec2", "describe-instances", "--instance-ids", "i-00000000000000000")
    assert "(InvalidInstanceID.NotFound)" in ended.stderr
