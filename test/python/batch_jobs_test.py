"""Job definitions and jobs of AWS Batch, by boto3."""

import json

import pytest
from conftest import refused

DEFINITION = {
    "image": "public.ecr.aws/docker/library/busybox:latest",
    "command": ["work", "Ref::input"],
    "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "1024"}],
    "environment": [{"name": "COLOUR", "value": "red"}],
}


@pytest.fixture
def batch(aws):
    return aws.client("batch")


@pytest.fixture(scope="module", autouse=True)
def cluster(aws):
    """A queue that runs jobs on managed instances, and one that nothing ever runs."""
    batch = aws.client("batch")
    batch.create_compute_environment(
        computeEnvironmentName="running",
        type="MANAGED",
        computeResources={
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 256,
            "instanceTypes": ["m5.4xlarge"],
            "subnets": ["subnet-1"],
            "securityGroupIds": ["sg-1"],
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/batch",
        },
    )
    batch.create_compute_environment(computeEnvironmentName="empty", type="UNMANAGED")
    aws.advance(30)
    for queue, environment in [("running", "running"), ("waiting", "empty")]:
        batch.create_job_queue(
            jobQueueName=queue,
            priority=1,
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment}],
        )
    aws.advance(30)
    batch.register_job_definition(
        jobDefinitionName="job", type="container", containerProperties=DEFINITION, parameters={"input": "default"}
    )


def submit(batch, queue="running", definition="job", plays=None, **more):
    """@param plays the attempts of the job, as LOCAL_JOB tells them"""
    if plays is not None:
        overrides = more.setdefault("containerOverrides", {})
        overrides["environment"] = [{"name": "LOCAL_JOB", "value": json.dumps({"attempts": plays})}]
    return batch.submit_job(jobName="job", jobQueue=queue, jobDefinition=definition, **more)["jobId"]


def job(batch, job_id):
    return batch.describe_jobs(jobs=[job_id])["jobs"][0]


def status(batch, job_id):
    return job(batch, job_id)["status"]


class TestJobDefinitions:
    def test_revisions_count_from_one(self, batch):
        for revision in (1, 2):
            answer = batch.register_job_definition(
                jobDefinitionName="counted", type="container", containerProperties=DEFINITION
            )
            assert answer["revision"] == revision
            assert answer["jobDefinitionArn"].endswith(f":job-definition/counted:{revision}")

    def test_deregistered_revisions_are_inactive_and_take_no_jobs(self, batch):
        batch.register_job_definition(jobDefinitionName="retired", type="container", containerProperties=DEFINITION)
        batch.deregister_job_definition(jobDefinition="retired:1")
        found = batch.describe_job_definitions(jobDefinitionName="retired")["jobDefinitions"]
        assert [definition["status"] for definition in found] == ["INACTIVE"]
        assert batch.describe_job_definitions(jobDefinitionName="retired", status="ACTIVE")["jobDefinitions"] == []
        with refused("ClientException"):
            submit(batch, definition="retired")
        again = batch.register_job_definition(
            jobDefinitionName="retired", type="container", containerProperties=DEFINITION
        )
        assert again["revision"] == 2

    @pytest.mark.parametrize(
        "change",
        [
            {"resourceRequirements": [{"type": "VCPU", "value": "1"}]},
            {"resourceRequirements": [{"type": "MEMORY", "value": "1024"}]},
            {"resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "0"}]},
            {"resourceRequirements": [{"type": "VCPU", "value": "one"}, {"type": "MEMORY", "value": "1024"}]},
            {"environment": [{"name": "AWS_BATCH_JOB_ID", "value": "mine"}]},
        ],
    )
    def test_impossible_containers_are_refused(self, batch, change):
        with refused("ClientException", status=400):
            batch.register_job_definition(
                jobDefinitionName="impossible", type="container", containerProperties={**DEFINITION, **change}
            )

    def test_timeouts_are_at_least_a_minute(self, batch):
        with refused("ClientException", "60"):
            batch.register_job_definition(
                jobDefinitionName="hasty",
                type="container",
                containerProperties=DEFINITION,
                timeout={"attemptDurationSeconds": 59},
            )

    @pytest.mark.parametrize("strategy", [{"attempts": 11}, {"attempts": 0}, {"attempts": 2, "evaluateOnExit": [{"action": "RETRY", "onExitCode": "1"}] * 6}])
    def test_retry_strategies_are_bounded(self, batch, strategy):
        with refused("ClientException"):
            batch.register_job_definition(
                jobDefinitionName="stubborn", type="container", containerProperties=DEFINITION, retryStrategy=strategy
            )

    def test_fargate_sizes_are_checked(self, batch):
        container = {
            **DEFINITION,
            "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
            "resourceRequirements": [{"type": "VCPU", "value": "3"}, {"type": "MEMORY", "value": "777"}],
        }
        with refused("ClientException"):
            batch.register_job_definition(
                jobDefinitionName="odd",
                type="container",
                platformCapabilities=["FARGATE"],
                containerProperties=container,
            )


class TestSubmission:
    def test_runs_through_its_states_to_the_end(self, aws, batch):
        job_id = submit(batch, plays=[{"runSeconds": 120}])
        assert status(batch, job_id) in ("SUBMITTED", "RUNNABLE")
        aws.advance(5)
        assert status(batch, job_id) == "RUNNABLE"
        aws.advance(300)
        ended = job(batch, job_id)
        assert ended["status"] == "SUCCEEDED"
        assert ended["container"]["exitCode"] == 0
        assert ended["stoppedAt"] - ended["startedAt"] == 120_000
        assert ended["createdAt"] <= ended["startedAt"]
        assert ended["attempts"][0]["container"]["exitCode"] == 0

    def test_parameters_are_put_into_the_command(self, batch):
        default, given = submit(batch, "waiting"), submit(batch, "waiting", parameters={"input": "s3://bucket"})
        assert job(batch, default)["container"]["command"] == ["work", "default"]
        assert job(batch, given)["parameters"] == {"input": "s3://bucket"}
        assert job(batch, given)["container"]["command"] == ["work", "s3://bucket"]

    def test_overrides_win_over_the_definition(self, batch):
        job_id = submit(
            batch,
            "waiting",
            containerOverrides={
                "command": ["other"],
                "environment": [{"name": "COLOUR", "value": "blue"}, {"name": "SIZE", "value": "big"}],
                "resourceRequirements": [{"type": "MEMORY", "value": "2048"}],
            },
            timeout={"attemptDurationSeconds": 90},
            retryStrategy={"attempts": 3},
            tags={"team": "a"},
        )
        found = job(batch, job_id)
        container = found["container"]
        assert container["command"] == ["other"]
        assert {"name": "COLOUR", "value": "blue"} in container["environment"]
        assert {"name": "SIZE", "value": "big"} in container["environment"]
        requirements = {entry["type"]: entry["value"] for entry in container["resourceRequirements"]}
        assert requirements == {"VCPU": "1", "MEMORY": "2048"}
        assert found["timeout"] == {"attemptDurationSeconds": 90}
        assert found["retryStrategy"]["attempts"] == 3
        assert found["tags"] == {"team": "a"}

    @pytest.mark.parametrize("definition", ["job", "job:1", "arn:aws:batch:us-east-1:123456789012:job-definition/job:1"])
    def test_definitions_are_named_in_three_ways(self, batch, definition):
        job_id = submit(batch, "waiting", definition=definition)
        assert job(batch, job_id)["jobDefinition"].endswith(":job-definition/job:1")

    def test_what_does_not_exist_is_refused(self, batch):
        with refused("ClientException"):
            submit(batch, "nowhere")
        with refused("ClientException"):
            submit(batch, definition="nothing")
        with refused("ClientException"):
            submit(batch, definition="job:99")
        with refused("ClientException"):
            submit(batch, dependsOn=[{"jobId": "00000000-0000-0000-0000-000000000000"}])

    @pytest.mark.parametrize("name", ["-starts-wrong", "has space", "x" * 129, ""])
    def test_job_names_have_a_pattern(self, batch, name):
        with refused("ClientException"):
            batch.submit_job(jobName=name, jobQueue="waiting", jobDefinition="job")

    @pytest.mark.parametrize(
        "more",
        [
            {"arrayProperties": {"size": 1}},
            {"arrayProperties": {"size": 10_001}},
            {"retryStrategy": {"attempts": 11}},
            {"timeout": {"attemptDurationSeconds": 30}},
            {"dependsOn": [{"jobId": "a"}] * 21},
            {"containerOverrides": {"environment": [{"name": "BIG", "value": "x" * 31_000}]}},
        ],
        ids=["array of 1", "array of 10,001", "11 attempts", "timeout of 30 s", "21 dependencies", "payload of 31 KB"],
    )
    def test_limits_are_held(self, batch, more):
        with refused("ClientException"):
            submit(batch, "waiting", **more)

    def test_a_disabled_queue_takes_no_jobs(self, aws, batch):
        batch.create_job_queue(
            jobQueueName="closed",
            priority=1,
            state="DISABLED",
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "empty"}],
        )
        aws.advance(30)
        with refused("ClientException", "closed"):
            submit(batch, "closed")

    def test_what_boto3_would_not_send_is_refused_by_the_service_too(self, aws):
        careless = aws.client("batch", parameter_validation=False)
        with refused("ClientException", "jobQueue", status=400):
            careless.submit_job(jobName="a", jobDefinition="job")
        with refused("ClientException", "reason", status=400):
            careless.cancel_job(jobId="a")
        with refused("SerializationException", "jobName", status=400):
            careless.submit_job(jobName=1, jobQueue="waiting", jobDefinition="job")


class TestDependencies:
    def test_a_job_waits_for_another(self, aws, batch):
        first = submit(batch, plays=[{"runSeconds": 600}])
        second = submit(batch, dependsOn=[{"jobId": first}])
        aws.advance(300)
        assert (status(batch, first), status(batch, second)) == ("RUNNING", "PENDING")
        aws.advance(900)
        assert (status(batch, first), status(batch, second)) == ("SUCCEEDED", "SUCCEEDED")

    def test_a_failed_dependency_fails_the_dependents(self, aws, batch):
        first = submit(batch, plays=[{"exitCode": 1}])
        second = submit(batch, dependsOn=[{"jobId": first}])
        third = submit(batch, dependsOn=[{"jobId": second}])
        aws.advance(600)
        assert [status(batch, job_id) for job_id in (first, second, third)] == ["FAILED"] * 3
        assert job(batch, second)["attempts"] == []

    def test_n_to_n_pairs_children(self, aws, batch):
        size = {"arrayProperties": {"size": 3}}
        first = submit(batch, plays=[{"runSeconds": 300}], **size)
        second = submit(batch, dependsOn=[{"jobId": first, "type": "N_TO_N"}], **size)
        aws.advance(240)
        assert status(batch, f"{second}:0") == "PENDING"
        aws.advance(900)
        assert [status(batch, f"{second}:{index}") for index in range(3)] == ["SUCCEEDED"] * 3
        with refused("ClientException"):
            submit(batch, dependsOn=[{"jobId": first, "type": "N_TO_N"}], arrayProperties={"size": 4})

    def test_sequential_children_go_one_by_one(self, aws, batch):
        parent = submit(batch, plays=[{"runSeconds": 60}], arrayProperties={"size": 3}, dependsOn=[{"type": "SEQUENTIAL"}])
        aws.advance(1200)
        children = [job(batch, f"{parent}:{index}") for index in range(3)]
        assert [child["status"] for child in children] == ["SUCCEEDED"] * 3
        for before, after in zip(children, children[1:]):
            assert before["stoppedAt"] <= after["startedAt"]


class TestArrays:
    def test_the_parent_counts_its_children(self, aws, batch):
        parent = submit(batch, "waiting", arrayProperties={"size": 5})
        aws.advance(10)
        found = job(batch, parent)
        assert found["status"] == "PENDING"
        assert found["arrayProperties"]["size"] == 5
        assert found["arrayProperties"]["statusSummary"]["RUNNABLE"] == 5
        child = job(batch, f"{parent}:4")
        assert child["arrayProperties"]["index"] == 4
        children = batch.list_jobs(arrayJobId=parent, jobStatus="RUNNABLE")["jobSummaryList"]
        assert sorted(summary["jobId"] for summary in children) == [f"{parent}:{index}" for index in range(5)]
        batch.terminate_job(jobId=parent, reason="enough")

    def test_one_failed_child_fails_the_parent_after_all_have_ended(self, aws, batch):
        script = {"attempts": [{}], "byIndex": {"1": [{"exitCode": 3}]}}
        parent = submit(
            batch,
            arrayProperties={"size": 3},
            containerOverrides={"environment": [{"name": "LOCAL_JOB", "value": json.dumps(script)}]},
        )
        aws.advance(900)
        assert status(batch, parent) == "FAILED"
        assert [status(batch, f"{parent}:{index}") for index in range(3)] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
        assert job(batch, f"{parent}:1")["container"]["exitCode"] == 3


class TestAttempts:
    def test_failures_are_retried_under_the_same_id(self, aws, batch):
        job_id = submit(batch, plays=[{"exitCode": 1}, {"exitCode": 1}, {"exitCode": 0}], retryStrategy={"attempts": 3})
        aws.advance(1200)
        found = job(batch, job_id)
        assert found["status"] == "SUCCEEDED"
        assert [attempt["container"]["exitCode"] for attempt in found["attempts"]] == [1, 1, 0]

    def test_evaluate_on_exit_decides(self, aws, batch):
        rules = [{"onExitCode": "42", "action": "EXIT"}, {"onExitCode": "*", "action": "RETRY"}]
        strategy = {"attempts": 5, "evaluateOnExit": rules}
        stopped = submit(batch, plays=[{"exitCode": 7}, {"exitCode": 42}], retryStrategy=strategy)
        aws.advance(1200)
        found = job(batch, stopped)
        assert (found["status"], len(found["attempts"])) == ("FAILED", 2)

    def test_timeouts_end_an_attempt_and_are_not_retried(self, aws, batch):
        job_id = submit(
            batch,
            plays=[{"runSeconds": 600}],
            timeout={"attemptDurationSeconds": 60},
            retryStrategy={"attempts": 3},
        )
        aws.advance(900)
        found = job(batch, job_id)
        assert (found["status"], len(found["attempts"])) == ("FAILED", 1)
        assert found["statusReason"] == "Job attempt duration exceeded timeout"

    def test_too_much_memory_is_out_of_memory(self, aws, batch):
        job_id = submit(batch, plays=[{"peakMemoryMiB": 2000}])
        aws.advance(600)
        assert "OutOfMemoryError" in job(batch, job_id)["container"]["reason"]

    def test_a_terminated_host_is_named(self, aws, batch):
        job_id = submit(batch, plays=[{"hostTerminated": True}])
        aws.advance(600)
        found = job(batch, job_id)
        assert found["status"] == "FAILED"
        assert found["statusReason"].startswith("Host EC2 (instance i-")


class TestCancelAndTerminate:
    def test_cancel_ends_a_job_that_waits(self, aws, batch):
        job_id = submit(batch, "waiting")
        aws.advance(5)
        batch.cancel_job(jobId=job_id, reason="not needed")
        aws.advance(5)
        found = job(batch, job_id)
        assert (found["status"], found["statusReason"], found["isCancelled"]) == ("FAILED", "not needed", True)

    def test_cancel_succeeds_and_does_nothing_to_a_running_job(self, aws, batch):
        job_id = submit(batch, plays=[{"runSeconds": 600}])
        aws.advance(300)
        assert status(batch, job_id) == "RUNNING"
        batch.cancel_job(jobId=job_id, reason="too late")
        aws.advance(900)
        assert status(batch, job_id) == "SUCCEEDED"

    def test_terminate_ends_a_running_job(self, aws, batch):
        job_id = submit(batch, plays=[{"runSeconds": 600}])
        aws.advance(300)
        batch.terminate_job(jobId=job_id, reason="stop it")
        aws.advance(60)
        found = job(batch, job_id)
        assert (found["status"], found["statusReason"], found["isTerminated"]) == ("FAILED", "stop it", True)

    def test_bulk_calls_report_what_they_could_not_do(self, aws, batch):
        known = [submit(batch, "waiting") for _ in range(2)]
        answer = batch.cancel_jobs(jobs=[*known, "no-such-job"], reason="all of them")
        assert [error["job"] for error in answer["errors"]] == ["no-such-job"]
        aws.advance(5)
        assert [status(batch, job_id) for job_id in known] == ["FAILED", "FAILED"]
        with refused("ClientException"):
            batch.terminate_jobs(jobs=[f"job-{index}" for index in range(51)], reason="too many")


class TestListing:
    def test_running_jobs_are_the_default(self, aws, batch):
        running = submit(batch, plays=[{"runSeconds": 600}])
        aws.advance(300)
        assert running in [summary["jobId"] for summary in batch.list_jobs(jobQueue="running")["jobSummaryList"]]
        batch.terminate_job(jobId=running, reason="seen")
        aws.advance(60)

    def test_pages_and_tokens(self, aws, batch):
        for _ in range(5):
            submit(batch, "waiting")
        aws.advance(5)
        first = batch.list_jobs(jobQueue="waiting", jobStatus="RUNNABLE", maxResults=2)
        assert len(first["jobSummaryList"]) == 2
        pages = batch.get_paginator("list_jobs").paginate(
            jobQueue="waiting", jobStatus="RUNNABLE", PaginationConfig={"PageSize": 2}
        )
        ids = [summary["jobId"] for page in pages for summary in page["jobSummaryList"]]
        assert len(ids) == len(set(ids)) >= 5

    def test_filters_by_name(self, aws, batch):
        batch.submit_job(jobName="findme-1", jobQueue="waiting", jobDefinition="job")
        aws.advance(5)
        found = batch.list_jobs(jobQueue="waiting", filters=[{"name": "JOB_NAME", "values": ["findme*"]}])
        assert [summary["jobName"] for summary in found["jobSummaryList"]] == ["findme-1"]
        with refused("ClientException"):
            batch.list_jobs(
                jobQueue="waiting",
                filters=[{"name": "JOB_NAME", "values": ["a"]}, {"name": "JOB_DEFINITION", "values": ["b"]}],
            )

    def test_wrong_questions_are_refused(self, batch):
        with refused("ClientException"):
            batch.list_jobs(jobQueue="nowhere")
        with refused("ClientException"):
            batch.list_jobs()
        with refused("ClientException"):
            batch.list_jobs(jobQueue="waiting", jobStatus="ASLEEP")

    def test_a_hundred_jobs_are_described_at_once_and_unknown_ones_left_out(self, batch):
        job_id = submit(batch, "waiting")
        assert len(batch.describe_jobs(jobs=[job_id, "unknown"])["jobs"]) == 1
        with refused("ClientException"):
            batch.describe_jobs(jobs=[str(index) for index in range(101)])

    def test_a_snapshot_shows_the_head_of_the_queue(self, aws, batch):
        front = batch.get_job_queue_snapshot(jobQueue="waiting")["frontOfQueue"]
        assert 1 <= len(front["jobs"]) <= 100
        assert ":job/" in front["jobs"][0]["jobArn"]
        assert front["jobs"][0]["earliestTimeAtPosition"] <= front["lastUpdatedAt"]


class TestConsumableResources:
    def test_a_job_waits_for_its_resource_and_gives_it_back(self, aws, batch):
        batch.create_consumable_resource(consumableResourceName="seat", totalQuantity=1, resourceType="REPLENISHABLE")
        seat = {"consumableResourceList": [{"consumableResource": "seat", "quantity": 1}]}
        first, second = (
            submit(batch, plays=[{"runSeconds": 300}], consumableResourcePropertiesOverride=seat) for _ in range(2)
        )
        aws.advance(240)
        assert sorted([status(batch, first), status(batch, second)]) == ["RUNNABLE", "RUNNING"]
        assert batch.describe_consumable_resource(consumableResource="seat")["inUseQuantity"] == 1
        using = batch.list_jobs_by_consumable_resource(consumableResource="seat")["jobs"]
        assert {summary["jobArn"].split("/")[1] for summary in using} >= {first}
        aws.advance(900)
        assert (status(batch, first), status(batch, second)) == ("SUCCEEDED", "SUCCEEDED")
        assert batch.describe_consumable_resource(consumableResource="seat")["inUseQuantity"] == 0
