"""`npm run local`: its arguments, its control calls, and functions of an assembly that it has deployed."""

import json
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from assembly import TEMPLATE, write_assembly
from conftest import ROOT, LocalAws, refused


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    assembly = write_assembly(tmp_path_factory.mktemp("assembly") / "cdk.out")
    local = LocalAws("--clock", "virtual", "--assembly", str(assembly))
    yield local
    local.stop()


@pytest.fixture
def functions(aws):
    return aws.client("lambda")


def invoke(functions, **event):
    answer = functions.invoke(FunctionName="echo", Payload=json.dumps(event))
    return answer, json.loads(answer["Payload"].read())


class TestFunctions:
    def test_outputs_of_the_stack_are_printed(self, aws):
        assert aws.outputs["EchoArn"] == "arn:aws:lambda:us-east-1:123456789012:function:echo"
        assert aws.outputs["QueueUrl"] == f"{aws.url}/123456789012/work"

    def test_are_invoked_and_answer(self, functions):
        answer, result = invoke(functions, a=1)
        assert (answer["StatusCode"], "FunctionError" in answer) == (200, False)
        assert (result["saw"], result["greeting"]) == ({"a": 1}, "hello")

    def test_errors_are_told(self, functions):
        answer, result = invoke(functions, fail=True)
        assert answer["FunctionError"] == "Unhandled"
        assert (result["errorType"], result["errorMessage"]) == ("TypeError", "asked to fail")

    def test_sleep_on_the_clock_that_is_moved(self, aws, functions):
        answers = []
        caller = threading.Thread(target=lambda: answers.append(invoke(functions, sleepSeconds=10)[1]))
        caller.start()
        deadline = time.monotonic() + 30
        while not answers and time.monotonic() < deadline:
            aws.advance(10)
        caller.join(timeout=30)
        assert answers[0]["saw"] == {"sleepSeconds": 10}

    def test_asynchronous_failures_are_tried_three_times(self, aws, functions):
        functions.invoke(FunctionName="echo", InvocationType="Event", Payload=json.dumps({"fail": True, "mark": "async"}))
        aws.advance(600)
        lines = aws.client("logs").filter_log_events(logGroupName="/aws/lambda/echo", filterPattern='"async"')["events"]
        assert len([line for line in lines if line["message"].startswith("invoked")]) == 3

    def test_queues_are_read_by_the_mapping(self, aws):
        sqs = aws.client("sqs")
        sqs.send_message(QueueUrl=aws.outputs["QueueUrl"], MessageBody="from the queue")
        aws.advance(30)
        logs = aws.client("logs")
        found = logs.filter_log_events(logGroupName="/aws/lambda/echo", filterPattern='"from the queue"')["events"]
        assert len(found) == 1
        attributes = sqs.get_queue_attributes(QueueUrl=aws.outputs["QueueUrl"], AttributeNames=["All"])["Attributes"]
        assert attributes["ApproximateNumberOfMessages"] == attributes["ApproximateNumberOfMessagesNotVisible"] == "0"

    def test_are_described(self, functions):
        configuration = functions.get_function_configuration(FunctionName="echo")
        assert (configuration["Timeout"], configuration["Environment"]["Variables"]) == (30, {"GREETING": "hello"})
        (mapping,) = functions.list_event_source_mappings(FunctionName="echo")["EventSourceMappings"]
        assert mapping["State"] == "Enabled"
        with refused("ResourceNotFoundException", status=404):
            functions.get_function(FunctionName="nobody")

    def test_without_concurrency_they_are_throttled(self, functions):
        functions.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=0)
        with refused("TooManyRequestsException", status=429):
            functions.invoke(FunctionName="echo")
        functions.delete_function_concurrency(FunctionName="echo")


class TestControl:
    def test_state(self, aws):
        state = aws.state()
        assert set(state) == {"now", "jobs", "instances", "schedules", "events", "metrics", "apiCalls"}
        assert state["apiCalls"]["lambda"]["CreateFunction"] == 1

    def test_the_clock_stands_still_until_it_is_moved(self, aws):
        before = aws.state()["now"]
        assert aws.state()["now"] == before
        status, answer = aws.control("POST", "clock", {"advanceSeconds": 3600})
        assert status == 200 and answer["now"] > before

    @pytest.mark.parametrize(
        "path, body",
        [
            ("clock", b"not json"),
            ("clock", {"advanceSeconds": -1}),
            ("clock", {"seconds": 1}),
            ("faults", {"throttle": {"batch:ListJobs": 2}}),
            ("faults", {"throttle": {"batch:ListJob": 0.5}}),
            ("faults", {"explode": True}),
            ("faults", {"reclaim": ["i-nobody"]}),
        ],
    )
    def test_bad_input_is_a_400_with_a_message(self, aws, path, body):
        status, answer = aws.control("POST", path, body)
        assert status == 400
        assert answer["message"]

    def test_unknown_paths_are_a_404(self, aws):
        assert aws.control("GET", "nothing")[0] == 404


class TestFaults:
    @pytest.fixture(autouse=True)
    def none_left(self, aws):
        yield
        aws.faults({})

    def test_throttling_is_tried_again_by_boto3(self, aws):
        aws.faults({"seed": 3, "throttle": {"batch:DescribeJobQueues": 0.5}})
        patient = aws.client("batch")
        outcomes = set()
        for _ in range(20):
            try:
                patient.describe_job_queues()
                outcomes.add("ok")
            except patient.exceptions.ClientError as error:
                outcomes.add(error.response["Error"]["Code"])
        assert outcomes == {"ok", "TooManyRequestsException"}

    def test_the_same_seed_gives_the_same_faults(self, aws):
        def outcomes():
            aws.faults({"seed": 9, "throttle": {"ecs:*": 0.5}})
            ecs = aws.client("ecs")
            result = ""
            for _ in range(20):
                try:
                    ecs.list_clusters()
                    result += "."
                except ecs.exceptions.ClientError:
                    result += "x"
            return result

        assert outcomes() == outcomes()

    def test_failures_have_the_services_own_name(self, aws):
        aws.faults({"fail": {"*": 1}})
        with refused("ServerException", status=500):
            aws.client("batch").describe_job_queues()
        with refused("InternalFailure", status=500):
            aws.client("autoscaling").describe_auto_scaling_groups()
        with refused("InternalError", status=500):
            aws.client("ec2").describe_instances()

    def test_a_lost_answer_has_been_done(self, aws):
        aws.faults({"loseAnswer": {"ssm:PutParameter": 1}})
        with refused("InternalServerError"):
            aws.client("ssm").put_parameter(Name="lost", Value="done", Type="String")
        assert aws.client("ssm").get_parameter(Name="lost")["Parameter"]["Value"] == "done"

    def test_lost_events_reach_nobody(self, aws):
        aws.faults({"events": {"lose": 1}})
        events = aws.client("events")
        events.put_rule(Name="rule", EventPattern='{"source": ["my.app"]}')
        events.put_targets(Rule="rule", Targets=[{"Id": "f", "Arn": aws.outputs["EchoArn"]}])
        events.put_events(Entries=[{"Source": "my.app", "DetailType": "lost", "Detail": "{}"}])
        aws.advance(60)
        lines = aws.client("logs").filter_log_events(logGroupName="/aws/lambda/echo", filterPattern='"my.app"')["events"]
        assert lines == []


class TestWire:
    def post(self, aws, path, headers, body):
        request = urllib.request.Request(aws.url + path, data=body, headers=headers, method="POST")
        try:
            return urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("x-amzn-errortype"), json.load(error)

    def scope(self, service):
        return {"Authorization": f"AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/{service}/aws4_request, Signature=0"}

    def test_unsigned_requests_are_refused(self, aws):
        status, kind, _ = self.post(aws, "/v1/describejobqueues", {}, b"{}")
        assert (status, kind) == (400, "MissingAuthenticationTokenException")

    def test_unknown_members_are_refused(self, aws):
        status, kind, body = self.post(aws, "/v1/describejobqueues", self.scope("batch"), b'{"colour": "red"}')
        assert (status, kind) == (400, "SerializationException")
        assert "colour" in body["message"]

    def test_what_is_not_built_says_so(self, aws):
        with refused("NotImplemented", "batch:ListServiceJobs", status=501):
            aws.client("batch").list_service_jobs(jobQueue="a")


class TestArguments:
    def run(self, *arguments):
        return subprocess.run(
            ["npm", "run", "--silent", "local", "--", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
        )

    @pytest.mark.parametrize(
        "arguments, message",
        [
            (["--assembly", "/nonexistent"], "no cloud assembly"),
            (["--port", "http"], "whole number"),
            (["--clock", "sundial"], "Allowed choices are real, virtual"),
            (["--execute", "--clock", "virtual"], "--execute needs --clock real"),
            (["--colour"], "unknown option '--colour'"),
        ],
    )
    def test_wrong_ones_are_explained(self, arguments, message):
        ended = self.run(*arguments)
        assert ended.returncode != 0
        assert message in ended.stderr
        assert "    at " not in ended.stderr

    def test_a_port_in_use_is_named(self, aws):
        port = aws.url.rsplit(":", 1)[1]
        ended = self.run("--port", port)
        assert ended.returncode != 0
        assert f"Port {port} is in use" in ended.stderr

    def test_unknown_resource_types_are_refused_unless_declared_inert(self, tmp_path):
        template = {"Resources": {**TEMPLATE["Resources"], "Odd": {"Type": "AWS::Odd::Thing", "Properties": {}}}}
        assembly = str(write_assembly(tmp_path / "cdk.out", template))
        ended = self.run("--clock", "virtual", "--port", "0", "--assembly", assembly)
        assert ended.returncode != 0
        assert "AWS::Odd::Thing" in ended.stderr
        local = LocalAws("--clock", "virtual", "--assembly", assembly, "--inert", "AWS::Odd::Thing")
        local.stop()


def runs(pid: int) -> bool:
    try:
        # Where nobody reaps orphans it stays as a zombie.
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


class TestRealClock:
    def test_commands_are_executed_and_their_output_logged_and_none_outlives_the_local_aws(self, tmp_path):
        local = LocalAws("--clock", "real", "--execute")
        try:
            batch = local.client("batch")
            batch.create_compute_environment(
                computeEnvironmentName="fargate",
                type="MANAGED",
                computeResources={
                    "type": "FARGATE",
                    "maxvCpus": 4,
                    "subnets": ["subnet-1"],
                    "securityGroupIds": ["sg-1"],
                },
            )
            self.until(lambda: batch.describe_compute_environments()["computeEnvironments"][0]["status"] == "VALID")
            batch.create_job_queue(
                jobQueueName="queue", priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "fargate"}]
            )
            self.until(lambda: batch.describe_job_queues()["jobQueues"][0]["status"] == "VALID")
            batch.register_job_definition(
                jobDefinitionName="job",
                type="container",
                platformCapabilities=["FARGATE"],
                containerProperties={
                    "image": "ignored",
                    "command": ["sh", "-c", "echo job $AWS_BATCH_JOB_ATTEMPT said hello; exit 3"],
                    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
                    "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}],
                },
            )
            job_id = batch.submit_job(jobName="job", jobQueue="queue", jobDefinition="job")["jobId"]
            self.until(lambda: batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"] == "FAILED")
            container = batch.describe_jobs(jobs=[job_id])["jobs"][0]["container"]
            assert container["exitCode"] == 3
            logs = local.client("logs").get_log_events(
                logGroupName="/aws/batch/job", logStreamName=container["logStreamName"]
            )
            assert [event["message"] for event in logs["events"]] == ["job 1 said hello"]
            mark = tmp_path / "pid"
            command = ["sh", "-c", f"echo $$ > {mark}.new; mv {mark}.new {mark}; exec sleep 600"]
            overrides = {"command": command}
            batch.submit_job(jobName="long", jobQueue="queue", jobDefinition="job", containerOverrides=overrides)
            self.until(mark.exists)
            assert runs(int(mark.read_text()))
        finally:
            local.stop()
        self.until(lambda: not runs(int(mark.read_text())))

    def until(self, condition):
        deadline = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < deadline, "it did not come about within two minutes"
            time.sleep(0.5)
