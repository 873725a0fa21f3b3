"""Compute environments, job queues, scheduling policies and consumable resources of AWS Batch, by boto3."""

import pytest
from conftest import refused

INSTANCES = {
    "type": "EC2",
    "minvCpus": 0,
    "maxvCpus": 64,
    "instanceTypes": ["m5.large"],
    "subnets": ["subnet-1"],
    "securityGroupIds": ["sg-1"],
    "instanceRole": "arn:aws:iam::123456789012:instance-profile/batch",
}
FARGATE = {"type": "FARGATE", "maxvCpus": 16, "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}


@pytest.fixture
def batch(aws):
    return aws.client("batch")


def environment(aws, name, **more):
    batch = aws.client("batch")
    arn = batch.create_compute_environment(computeEnvironmentName=name, type="UNMANAGED", **more)
    aws.advance(30)
    return arn["computeEnvironmentArn"]


def order(*names):
    return [{"order": index + 1, "computeEnvironment": name} for index, name in enumerate(names)]


def described(batch, name):
    return batch.describe_compute_environments(computeEnvironments=[name])["computeEnvironments"][0]


class TestComputeEnvironments:
    def test_is_creating_then_valid_and_has_an_ecs_cluster(self, aws, batch):
        answer = batch.create_compute_environment(computeEnvironmentName="unmanaged", type="UNMANAGED")
        assert answer["computeEnvironmentArn"] == (
            "arn:aws:batch:us-east-1:123456789012:compute-environment/unmanaged"
        )
        aws.advance(30)
        environment = described(batch, "unmanaged")
        assert (environment["status"], environment["state"], environment["type"]) == ("VALID", "ENABLED", "UNMANAGED")
        assert ":cluster/" in environment["ecsClusterArn"]
        assert environment["ecsClusterArn"] in aws.client("ecs").list_clusters()["clusterArns"]

    def test_a_name_is_given_once(self, aws, batch):
        environment(aws, "once")
        with refused("ClientException", "exist"):
            batch.create_compute_environment(computeEnvironmentName="once", type="UNMANAGED")

    def test_unknown_names_are_left_out_of_descriptions(self, batch):
        assert batch.describe_compute_environments(computeEnvironments=["nobody"])["computeEnvironments"] == []

    @pytest.mark.parametrize("name", ["with space", "x" * 129, "dots.are.out"])
    def test_names_have_a_pattern(self, batch, name):
        with refused("ClientException", status=400):
            batch.create_compute_environment(computeEnvironmentName=name, type="UNMANAGED")

    def test_managed_needs_compute_resources(self, batch):
        with refused("ClientException", "computeResources"):
            batch.create_compute_environment(computeEnvironmentName="bare", type="MANAGED")

    def test_an_unknown_type_is_refused(self, batch):
        with refused("ClientException"):
            batch.create_compute_environment(computeEnvironmentName="strange", type="HALF_MANAGED")

    def test_managed_shows_what_it_was_given(self, aws, batch):
        batch.create_compute_environment(
            computeEnvironmentName="managed", type="MANAGED", computeResources=INSTANCES, tags={"team": "a"}
        )
        aws.advance(30)
        environment = described(batch, "managed")
        assert environment["status"] == "VALID"
        assert environment["computeResources"]["maxvCpus"] == 64
        assert environment["computeResources"]["instanceTypes"] == ["m5.large"]
        assert environment["tags"] == {"team": "a"}

    def test_fargate_takes_no_instance_types(self, batch):
        with refused("ClientException", "instanceTypes"):
            batch.create_compute_environment(
                computeEnvironmentName="wrong",
                type="MANAGED",
                computeResources={**FARGATE, "instanceTypes": ["m5.large"]},
            )

    def test_is_deleted_only_when_disabled_and_in_no_queue(self, aws, batch):
        environment(aws, "leaving")
        batch.create_job_queue(jobQueueName="holding", priority=1, computeEnvironmentOrder=order("leaving"))
        aws.advance(30)
        with refused("ClientException", "disabled"):
            batch.delete_compute_environment(computeEnvironment="leaving")
        batch.update_compute_environment(computeEnvironment="leaving", state="DISABLED")
        aws.advance(30)
        with refused("ClientException"):
            batch.delete_compute_environment(computeEnvironment="leaving")
        batch.update_job_queue(jobQueue="holding", state="DISABLED")
        aws.advance(30)
        batch.delete_job_queue(jobQueue="holding")
        aws.advance(60)
        batch.delete_compute_environment(computeEnvironment="leaving")
        aws.advance(60)
        assert batch.describe_compute_environments(computeEnvironments=["leaving"])["computeEnvironments"] == []

    def test_maxvcpus_is_updated(self, aws, batch):
        batch.create_compute_environment(computeEnvironmentName="growing", type="MANAGED", computeResources=INSTANCES)
        aws.advance(30)
        batch.update_compute_environment(computeEnvironment="growing", computeResources={"maxvCpus": 128})
        aws.advance(30)
        assert described(batch, "growing")["computeResources"]["maxvCpus"] == 128

    def test_descriptions_come_in_pages(self, aws, batch):
        for index in range(3):
            environment(aws, f"page-{index}")
        pages = batch.get_paginator("describe_compute_environments").paginate(PaginationConfig={"PageSize": 2})
        names = [found["computeEnvironmentName"] for page in pages for found in page["computeEnvironments"]]
        assert {"page-0", "page-1", "page-2"} <= set(names)
        assert len(names) == len(set(names))

    def test_fair_share_weights_need_a_valid_policy(self, aws, batch):
        with refused("ClientException"):
            batch.create_job_queue(
                jobQueueName="unfair",
                priority=1,
                schedulingPolicyArn="arn:aws:batch:us-east-1:123456789012:scheduling-policy/none",
                computeEnvironmentOrder=[],
            )


class TestJobQueues:
    @pytest.fixture(scope="class", autouse=True)
    def environments(self, aws):
        for index in range(4):
            environment(aws, f"for-queues-{index}")

    def test_is_valid_soon_and_lists_its_environments_in_order(self, aws, batch):
        batch.create_job_queue(
            jobQueueName="ordered",
            priority=7,
            computeEnvironmentOrder=[
                {"order": 2, "computeEnvironment": "for-queues-1"},
                {"order": 1, "computeEnvironment": "for-queues-0"},
            ],
        )
        aws.advance(30)
        queue = batch.describe_job_queues(jobQueues=["ordered"])["jobQueues"][0]
        assert (queue["status"], queue["state"], queue["priority"]) == ("VALID", "ENABLED", 7)
        assert [entry["computeEnvironment"].split("/")[1] for entry in queue["computeEnvironmentOrder"]] == [
            "for-queues-0",
            "for-queues-1",
        ]

    def test_has_at_most_three_environments(self, batch):
        with refused("ClientException"):
            batch.create_job_queue(
                jobQueueName="many",
                priority=1,
                computeEnvironmentOrder=order(*[f"for-queues-{index}" for index in range(4)]),
            )

    def test_needs_environments_that_exist(self, batch):
        with refused("ClientException", "nowhere"):
            batch.create_job_queue(jobQueueName="lost", priority=1, computeEnvironmentOrder=order("nowhere"))

    def test_mixes_no_fargate_with_instances(self, aws, batch):
        batch.create_compute_environment(computeEnvironmentName="fargate", type="MANAGED", computeResources=FARGATE)
        aws.advance(30)
        with refused("ClientException", "fargate"):
            batch.create_job_queue(
                jobQueueName="mixed", priority=1, computeEnvironmentOrder=order("fargate", "for-queues-0")
            )

    def test_is_updated(self, aws, batch):
        batch.create_job_queue(jobQueueName="changing", priority=1, computeEnvironmentOrder=order("for-queues-0"))
        aws.advance(30)
        batch.update_job_queue(jobQueue="changing", priority=9, computeEnvironmentOrder=order("for-queues-2"))
        aws.advance(30)
        queue = batch.describe_job_queues(jobQueues=["changing"])["jobQueues"][0]
        assert queue["priority"] == 9
        assert queue["computeEnvironmentOrder"][0]["computeEnvironment"].endswith("/for-queues-2")

    def test_is_deleted_only_when_disabled(self, aws, batch):
        batch.create_job_queue(jobQueueName="going", priority=1, computeEnvironmentOrder=order("for-queues-0"))
        aws.advance(30)
        with refused("ClientException", "disabled"):
            batch.delete_job_queue(jobQueue="going")

    def test_state_time_limit_actions_are_kept_and_checked(self, aws, batch):
        action = {
            "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            "state": "RUNNABLE",
            "maxTimeSeconds": 600,
            "action": "CANCEL",
        }
        batch.create_job_queue(
            jobQueueName="limited",
            priority=1,
            computeEnvironmentOrder=order("for-queues-0"),
            jobStateTimeLimitActions=[action],
        )
        aws.advance(30)
        queue = batch.describe_job_queues(jobQueues=["limited"])["jobQueues"][0]
        assert queue["jobStateTimeLimitActions"] == [action]
        with refused("ClientException", "maxTimeSeconds"):
            batch.update_job_queue(jobQueue="limited", jobStateTimeLimitActions=[{**action, "maxTimeSeconds": 60}])


class TestSchedulingPolicies:
    def test_life_of_a_policy(self, aws, batch):
        arn = batch.create_scheduling_policy(
            name="fair",
            fairsharePolicy={"shareDecaySeconds": 3600, "shareDistribution": [{"shareIdentifier": "A*", "weightFactor": 1}]},
        )["arn"]
        assert arn in [policy["arn"] for policy in batch.list_scheduling_policies()["schedulingPolicies"]]
        batch.update_scheduling_policy(arn=arn, fairsharePolicy={"shareDecaySeconds": 60})
        policy = batch.describe_scheduling_policies(arns=[arn])["schedulingPolicies"][0]
        assert policy["fairsharePolicy"]["shareDecaySeconds"] == 60

        environment(aws, "shared")
        batch.create_job_queue(
            jobQueueName="fair", priority=1, schedulingPolicyArn=arn, computeEnvironmentOrder=order("shared")
        )
        aws.advance(30)
        with refused("ClientException"):
            batch.delete_scheduling_policy(arn=arn)
        with refused("ClientException", "shareIdentifier"):
            register(batch, "for-fair")
            batch.submit_job(jobName="without-share", jobQueue="fair", jobDefinition="for-fair")


def register(batch, name):
    batch.register_job_definition(
        jobDefinitionName=name,
        type="container",
        containerProperties={
            "image": "image",
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}],
        },
    )


class TestConsumableResources:
    def test_life_of_a_resource(self, batch):
        arn = batch.create_consumable_resource(
            consumableResourceName="licences", totalQuantity=3, resourceType="REPLENISHABLE"
        )["consumableResourceArn"]
        batch.update_consumable_resource(consumableResource="licences", operation="ADD", quantity=2)
        resource = batch.describe_consumable_resource(consumableResource=arn)
        assert (resource["totalQuantity"], resource["availableQuantity"], resource["inUseQuantity"]) == (5, 5, 0)
        batch.update_consumable_resource(consumableResource="licences", operation="REMOVE", quantity=4)
        assert batch.describe_consumable_resource(consumableResource="licences")["totalQuantity"] == 1
        listed = batch.list_consumable_resources()["consumableResources"]
        assert [found["consumableResourceName"] for found in listed] == ["licences"]
        batch.delete_consumable_resource(consumableResource="licences")
        assert batch.list_consumable_resources()["consumableResources"] == []

    def test_a_repeated_client_token_changes_nothing(self, batch):
        batch.create_consumable_resource(consumableResourceName="tokens", totalQuantity=1, resourceType="REPLENISHABLE")
        for _ in range(2):
            batch.update_consumable_resource(
                consumableResource="tokens", operation="ADD", quantity=5, clientToken="the-same"
            )
        assert batch.describe_consumable_resource(consumableResource="tokens")["totalQuantity"] == 6

    def test_an_unknown_one_is_refused(self, batch):
        with refused("ClientException"):
            batch.describe_consumable_resource(consumableResource="nobody")


class TestTags:
    def test_of_a_queue_are_listed_added_and_removed(self, aws, batch):
        environment(aws, "tagged")
        arn = batch.create_job_queue(
            jobQueueName="tagged", priority=1, computeEnvironmentOrder=order("tagged"), tags={"a": "1"}
        )["jobQueueArn"]
        batch.tag_resource(resourceArn=arn, tags={"b": "2"})
        batch.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert batch.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
