"""Amazon EC2, Amazon EC2 Auto Scaling and Amazon ECS, and an unmanaged environment that they make up, by boto3."""

import base64

import pytest
from conftest import refused

REGISTERED_SECONDS = 120


@pytest.fixture(scope="module")
def ec2(aws):
    return aws.client("ec2")


@pytest.fixture(scope="module")
def groups(aws):
    return aws.client("autoscaling")


@pytest.fixture(scope="module")
def ecs(aws):
    return aws.client("ecs")


@pytest.fixture(scope="module")
def network(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a")["Subnet"]


@pytest.fixture(scope="module")
def cluster(aws):
    """The ECS cluster of an unmanaged environment with a queue."""
    batch = aws.client("batch")
    batch.create_compute_environment(computeEnvironmentName="unmanaged", type="UNMANAGED")
    aws.advance(30)
    batch.create_job_queue(
        jobQueueName="queue", priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "unmanaged"}]
    )
    aws.advance(30)
    return batch.describe_compute_environments()["computeEnvironments"][0]["ecsClusterArn"]


@pytest.fixture(scope="module")
def template(ec2, cluster):
    user_data = f"#!/bin/bash\necho ECS_CLUSTER={cluster.split('/')[1]} >> /etc/ecs/ecs.config\n"
    return ec2.create_launch_template(
        LaunchTemplateName="hosts",
        LaunchTemplateData={
            "InstanceType": "m5.xlarge",
            "ImageId": "ami-12345678",
            "UserData": base64.b64encode(user_data.encode()).decode(),
        },
    )["LaunchTemplate"]


@pytest.fixture
def group(aws, groups, template, network, request):
    name = request.node.name
    groups.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=3,
        VPCZoneIdentifier=network["SubnetId"],
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"},
        NewInstancesProtectedFromScaleIn=True,
    )
    yield name
    groups.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
    aws.advance(600)


def described(groups, name):
    return groups.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]


def instances(groups, name):
    return described(groups, name)["Instances"]


class TestEc2:
    def test_launch_template_versions(self, ec2, template):
        template_id = template["LaunchTemplateId"]
        version = ec2.create_launch_template_version(
            LaunchTemplateId=template_id, SourceVersion="1", LaunchTemplateData={"InstanceType": "m5.2xlarge"}
        )["LaunchTemplateVersion"]
        assert version["VersionNumber"] == 2
        assert version["LaunchTemplateData"]["InstanceType"] == "m5.2xlarge"
        assert version["LaunchTemplateData"]["ImageId"] == "ami-12345678"
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=["$Latest", "$Default"])
        assert {found["VersionNumber"] for found in versions["LaunchTemplateVersions"]} == {1, 2}

    def test_a_template_name_is_given_once(self, ec2, template):
        with refused("InvalidLaunchTemplateName.AlreadyExistsException"):
            ec2.create_launch_template(LaunchTemplateName="hosts", LaunchTemplateData={"InstanceType": "m5.large"})

    def test_unknown_templates_are_refused(self, ec2):
        with refused("InvalidLaunchTemplateId.NotFound"):
            ec2.describe_launch_templates(LaunchTemplateIds=["lt-00000000000000000"])

    def test_instance_types_are_known(self, ec2):
        described = ec2.describe_instance_types(InstanceTypes=["g5.2xlarge"])["InstanceTypes"][0]
        assert described["VCpuInfo"]["DefaultVCpus"] == 8
        assert described["MemoryInfo"]["SizeInMiB"] == 32768
        assert described["GpuInfo"]["Gpus"][0]["Count"] == 1
        with refused("InvalidInstanceType"):
            ec2.describe_instance_types(InstanceTypes=["m99.huge"])

    def test_run_describe_terminate(self, aws, ec2, network):
        launched = ec2.run_instances(
            ImageId="ami-12345678", InstanceType="m5.large", MinCount=2, MaxCount=2, SubnetId=network["SubnetId"]
        )["Instances"]
        ids = [instance["InstanceId"] for instance in launched]
        assert {instance["State"]["Name"] for instance in launched} == {"pending"}
        aws.advance(60)
        running = ec2.describe_instances(
            InstanceIds=ids, Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
        )
        assert sum(len(reservation["Instances"]) for reservation in running["Reservations"]) == 2
        ended = ec2.terminate_instances(InstanceIds=ids)["TerminatingInstances"]
        assert {instance["CurrentState"]["Name"] for instance in ended} == {"shutting-down"}
        aws.advance(60)
        instance = ec2.describe_instances(InstanceIds=ids[:1])["Reservations"][0]["Instances"][0]
        assert instance["State"]["Name"] == "terminated"

    def test_unknown_instances_are_refused(self, ec2):
        with refused("InvalidInstanceID.NotFound"):
            ec2.describe_instances(InstanceIds=["i-00000000000000000"])

    def test_tags(self, ec2, network):
        ec2.create_tags(Resources=[network["SubnetId"]], Tags=[{"Key": "tier", "Value": "private"}])
        found = ec2.describe_subnets(Filters=[{"Name": "tag:tier", "Values": ["private"]}])["Subnets"]
        assert [subnet["SubnetId"] for subnet in found] == [network["SubnetId"]]

    def test_zones(self, ec2):
        zones = ec2.describe_availability_zones()["AvailabilityZones"]
        assert "us-east-1a" in [zone["ZoneName"] for zone in zones]


class TestAutoScaling:
    def test_desired_capacity_launches_and_instances_come_into_service(self, aws, groups, group):
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
        aws.advance(REGISTERED_SECONDS)
        found = instances(groups, group)
        assert [instance["LifecycleState"] for instance in found] == ["InService", "InService"]
        assert all(instance["ProtectedFromScaleIn"] for instance in found)
        assert found[0]["InstanceType"] == "m5.xlarge"

    def test_desired_capacity_stays_within_the_bounds(self, groups, group):
        with refused("ValidationError"):
            groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=4)

    def test_terminate_with_decrement(self, aws, groups, group):
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
        aws.advance(REGISTERED_SECONDS)
        first = instances(groups, group)[0]["InstanceId"]
        activity = groups.terminate_instance_in_auto_scaling_group(
            InstanceId=first, ShouldDecrementDesiredCapacity=True
        )["Activity"]
        assert first in activity["Description"]
        aws.advance(300)
        left = described(groups, group)
        assert left["DesiredCapacity"] == 1
        assert first not in [instance["InstanceId"] for instance in left["Instances"]]

    def test_terminate_with_decrement_fails_at_the_minimum(self, aws, groups, group):
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(REGISTERED_SECONDS)
        groups.update_auto_scaling_group(AutoScalingGroupName=group, MinSize=1)
        with refused("ValidationError"):
            groups.terminate_instance_in_auto_scaling_group(
                InstanceId=instances(groups, group)[0]["InstanceId"], ShouldDecrementDesiredCapacity=True
            )

    def test_without_decrement_a_new_instance_takes_the_place(self, aws, groups, group):
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(REGISTERED_SECONDS)
        first = instances(groups, group)[0]["InstanceId"]
        groups.terminate_instance_in_auto_scaling_group(InstanceId=first, ShouldDecrementDesiredCapacity=False)
        aws.advance(600)
        assert [instance["InstanceId"] == first for instance in instances(groups, group)] == [False]

    def test_protection_is_taken_away_and_given(self, aws, groups, group):
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(REGISTERED_SECONDS)
        ids = [instance["InstanceId"] for instance in instances(groups, group)]
        groups.set_instance_protection(AutoScalingGroupName=group, InstanceIds=ids, ProtectedFromScaleIn=False)
        assert not instances(groups, group)[0]["ProtectedFromScaleIn"]
        with refused("ValidationError"):
            groups.set_instance_protection(
                AutoScalingGroupName=group, InstanceIds=["i-00000000000000000"], ProtectedFromScaleIn=True
            )

    def test_processes_are_suspended_and_resumed(self, aws, groups, group):
        groups.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])
        assert [entry["ProcessName"] for entry in described(groups, group)["SuspendedProcesses"]] == ["Launch"]
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(REGISTERED_SECONDS)
        assert instances(groups, group) == []
        groups.resume_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])
        aws.advance(REGISTERED_SECONDS)
        assert len(instances(groups, group)) == 1

    def test_activities_tell_what_happened(self, aws, groups, group):
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(REGISTERED_SECONDS)
        activities = groups.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
        assert activities[0]["StatusCode"] == "Successful"
        assert activities[0]["Description"].startswith("Launching a new EC2 instance")

    def test_failed_launches_are_activities_too(self, aws, groups, group):
        aws.faults({"launch": {group: "InsufficientInstanceCapacity"}})
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(REGISTERED_SECONDS)
        aws.faults({})
        failed = groups.describe_scaling_activities(AutoScalingGroupName=group)["Activities"][-1]
        assert failed["StatusCode"] == "Failed"
        assert "capacity" in failed["StatusMessage"]

    def test_instances_that_never_register_are_in_service_and_in_no_cluster(self, aws, groups, group, ecs, cluster):
        aws.faults({"neverRegister": [group]})
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(600)
        aws.faults({})
        assert [instance["LifecycleState"] for instance in instances(groups, group)] == ["InService"]
        assert ecs.list_container_instances(cluster=cluster)["containerInstanceArns"] == []

    def test_reclaimed_spot_instances_go_after_a_warning_and_are_replaced(self, aws, groups, group, template):
        groups.update_auto_scaling_group(
            AutoScalingGroupName=group,
            MixedInstancesPolicy={
                "LaunchTemplate": {
                    "LaunchTemplateSpecification": {"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"},
                    "Overrides": [{"InstanceType": "m5.xlarge"}],
                },
                "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 0},
            },
        )
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(REGISTERED_SECONDS)
        (spot,) = [instance["InstanceId"] for instance in instances(groups, group)]
        aws.faults({"reclaim": [spot]})
        aws.faults({})
        warnings = [event for event in aws.state()["events"] if "Interruption Warning" in event["detail-type"]]
        assert [warning["detail"]["instance-id"] for warning in warnings] == [spot]
        aws.advance(600)
        assert spot not in [instance["InstanceId"] for instance in instances(groups, group)]
        assert len(instances(groups, group)) == 1

    def test_a_group_is_named_once(self, groups, group, template):
        with refused("AlreadyExists"):
            groups.create_auto_scaling_group(
                AutoScalingGroupName=group,
                MinSize=0,
                MaxSize=1,
                AvailabilityZones=["us-east-1a"],
                LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"},
            )

    def test_a_group_with_instances_is_deleted_only_by_force(self, aws, groups, group):
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(REGISTERED_SECONDS)
        with refused("ResourceInUse"):
            groups.delete_auto_scaling_group(AutoScalingGroupName=group)

    def test_unknown_groups_are_refused_or_left_out(self, groups):
        assert groups.describe_auto_scaling_groups(AutoScalingGroupNames=["nobody"])["AutoScalingGroups"] == []
        with refused("ValidationError"):
            groups.set_desired_capacity(AutoScalingGroupName="nobody", DesiredCapacity=1)


class TestEcs:
    @pytest.fixture
    def host(self, aws, groups, group, ecs, cluster):
        """A container instance of the environment's cluster."""
        groups.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
        aws.advance(REGISTERED_SECONDS)
        (arn,) = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
        return arn

    def describe(self, ecs, cluster, arn):
        return ecs.describe_container_instances(cluster=cluster, containerInstances=[arn])["containerInstances"][0]

    def amounts(self, resources):
        return {entry["name"]: entry.get("integerValue") for entry in resources}

    def test_instances_register_with_what_they_have(self, ecs, cluster, host, groups, request):
        found = self.describe(ecs, cluster, host)
        assert (found["status"], found["agentConnected"], found["runningTasksCount"]) == ("ACTIVE", True, 0)
        registered = self.amounts(found["registeredResources"])
        assert registered["CPU"] == 4096
        assert 15_000 < registered["MEMORY"] < 16_384
        assert found["ec2InstanceId"] == instances(groups, request.node.name)[0]["InstanceId"]

    def test_a_job_takes_resources_and_gives_them_back(self, aws, ecs, cluster, host):
        batch = aws.client("batch")
        batch.register_job_definition(
            jobDefinitionName="job",
            type="container",
            containerProperties={
                "image": "image",
                "resourceRequirements": [{"type": "VCPU", "value": "3"}, {"type": "MEMORY", "value": "4096"}],
                "environment": [{"name": "LOCAL_JOB", "value": '{"attempts": [{"runSeconds": 300}]}'}],
            },
        )
        job_id = batch.submit_job(jobName="job", jobQueue="queue", jobDefinition="job")["jobId"]
        aws.advance(60)
        job = batch.describe_jobs(jobs=[job_id])["jobs"][0]
        assert (job["status"], job["container"]["containerInstanceArn"]) == ("RUNNING", host)
        busy = self.describe(ecs, cluster, host)
        assert busy["runningTasksCount"] == 1
        assert self.amounts(busy["remainingResources"])["CPU"] == 1024
        (task_arn,) = ecs.list_tasks(cluster=cluster)["taskArns"]
        task = ecs.describe_tasks(cluster=cluster, tasks=[task_arn])["tasks"][0]
        assert (task["lastStatus"], task["containerInstanceArn"]) == ("RUNNING", host)
        aws.advance(600)
        assert self.describe(ecs, cluster, host)["runningTasksCount"] == 0

    def test_draining_instances_take_no_more_jobs(self, aws, ecs, cluster, host):
        answer = ecs.update_container_instances_state(cluster=cluster, containerInstances=[host], status="DRAINING")
        assert answer["containerInstances"][0]["status"] == "DRAINING"
        assert ecs.list_container_instances(cluster=cluster, status="DRAINING")["containerInstanceArns"] == [host]
        batch = aws.client("batch")
        job_id = batch.submit_job(jobName="job", jobQueue="queue", jobDefinition="job")["jobId"]
        aws.advance(60)
        assert batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"] == "RUNNABLE"
        ecs.update_container_instances_state(cluster=cluster, containerInstances=[host], status="ACTIVE")
        aws.advance(60)
        assert batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"] == "RUNNING"
        batch.terminate_job(jobId=job_id, reason="seen")
        aws.advance(60)

    def test_a_lost_host_fails_its_job(self, aws, ec2, ecs, cluster, host):
        batch = aws.client("batch")
        job_id = batch.submit_job(jobName="job", jobQueue="queue", jobDefinition="job")["jobId"]
        aws.advance(60)
        instance_id = self.describe(ecs, cluster, host)["ec2InstanceId"]
        ec2.terminate_instances(InstanceIds=[instance_id])
        aws.advance(120)
        job = batch.describe_jobs(jobs=[job_id])["jobs"][0]
        assert (job["status"], job["statusReason"]) == ("FAILED", f"Host EC2 (instance {instance_id}) terminated.")

    def test_unknown_clusters_and_instances(self, ecs, cluster):
        with refused("ClusterNotFoundException"):
            ecs.list_container_instances(cluster="nowhere")
        answer = ecs.describe_container_instances(cluster=cluster, containerInstances=["0" * 32])
        assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
