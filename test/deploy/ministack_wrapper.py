"""ministack, whose CloudFormation makes some types of resources where the deployed functions look for them.

Batch, Auto Scaling and EC2 resources must live in the local AWS, where jobs run and instances launch, and with them what is
in subnets: their creation, update and deletion are handed to the resource door (resource-door.ts) at the address in
RESOURCE_DOOR.
"""

import json
import os
import time
import urllib.error
import urllib.request

from ministack.app import main
from ministack.services import eventbridge, ssm
from ministack.services.cloudformation import stacks
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

DOOR = os.environ["RESOURCE_DOOR"]
# Longer than the door waits for any resource.
TIMEOUT_SECONDS = 300

IN_THE_LOCAL_AWS = (
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::Batch::ComputeEnvironment",
    "AWS::Batch::ConsumableResource",
    "AWS::Batch::JobDefinition",
    "AWS::Batch::JobQueue",
    "AWS::Batch::SchedulingPolicy",
    "AWS::EC2::EIP",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    # In the subnets of above.
    "AWS::EFS::AccessPoint",
    "AWS::EFS::FileSystem",
    "AWS::EFS::MountTarget",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBSubnetGroup",
    # Of a database of above.
    "AWS::SecretsManager::SecretTargetAttachment",
)

# Parameters that AWS publishes and ministack does not know.
MACHINE_IMAGES = {
    "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id": "ami-0c0ffee0000000001",
    "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id": "ami-0c0ffee0000000002",
}


def ask(**request):
    """Returns the physical id and the attributes that the resource has afterwards."""
    call = urllib.request.Request(DOOR, json.dumps(request).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(call, timeout=TIMEOUT_SECONDS) as answer:
            state = json.load(answer)
    except urllib.error.HTTPError as refusal:
        raise RuntimeError(refusal.read().decode()) from None
    return state["physicalId"], state["attributes"]


def handlers(resource_type):
    def create(logical_id, properties, stack_name):
        return ask(
            operation="create",
            type=resource_type,
            logicalId=logical_id,
            stackName=stack_name,
            properties=properties,
        )

    def update(physical_id, _former, properties, _stack_name):
        return ask(operation="update", physicalId=physical_id, properties=properties)

    def delete(physical_id, _properties):
        ask(operation="delete", physicalId=physical_id)

    return {"create": create, "update": update, "delete": delete}


def run_waiting_types_on_threads():
    """Lets ministack serve the functions while a resource takes its time."""
    known = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda resource_type: resource_type in IN_THE_LOCAL_AWS or known(resource_type)


def tell_scheduled_times():
    """Fills in the scheduled time of a schedule that is due each minute or more rarely, as Scheduler does."""
    invoke = eventbridge._invoke_target

    def invoke_at_its_time(target, event, *rest):
        if event.get("Source") == "aws.scheduler" and "Input" in target:
            due = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(event["Time"]))
            target = {**target, "Input": target["Input"].replace("<aws.scheduler.scheduled-time>", due)}
        return invoke(target, event, *rest)

    eventbridge._invoke_target = invoke_at_its_time


if __name__ == "__main__":
    _RESOURCE_HANDLERS.update({resource_type: handlers(resource_type) for resource_type in IN_THE_LOCAL_AWS})
    run_waiting_types_on_threads()
    tell_scheduled_times()
    ssm._PUBLIC_AMI_PARAMETERS.update(MACHINE_IMAGES)
    main()
