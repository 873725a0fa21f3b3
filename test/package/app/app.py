"""app.js in Python."""

from aws_cdk import App, Duration, Size, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from cdk_batch_foreman import BatchCluster, ContainerJobDefinition, DeletionBehavior, InstancePoolProps

app = App(analytics_reporting=False)
stack = Stack(app, "Jobs")
cluster = BatchCluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc", max_azs=2))
instances = cluster.add_unmanaged_capacity(
    "Instances",
    pools=[
        InstancePoolProps(name="cpu", instance_types=[ec2.InstanceType("m5.xlarge")], max_instances=8, cost=0.192),
        InstancePoolProps(
            name="gpu", instance_types=[ec2.InstanceType("g5.2xlarge")], max_instances=2, cost=1.212, spot=True
        ),
    ],
    scale_in_after=Duration.minutes(5),
    deletion_behavior=DeletionBehavior.TERMINATE,
)
managed = cluster.add_managed_capacity("Managed", maxv_cpus=64, spot=True)
fargate = cluster.add_fargate_capacity("Fargate", maxv_cpus=16)
queue = cluster.add_queue("Queue", capacity=[instances], priority=10)
cluster.add_queue("Bulk", capacity=[managed])
cluster.add_queue("Short", capacity=[fargate])
ContainerJobDefinition(
    stack,
    "Train",
    image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1"),
    command=["echo", "Ref::message"],
    parameters={"message": "hello"},
    vcpus=4,
    memory=Size.gibibytes(8),
    gpus=1,
    queues=[queue],
)
app.synth()
