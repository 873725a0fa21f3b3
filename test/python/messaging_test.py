"""Amazon SQS, SNS and EventBridge with its Scheduler, by boto3."""

import json

import pytest
from conftest import refused

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"


@pytest.fixture(scope="module")
def sqs(aws):
    return aws.client("sqs")


@pytest.fixture(scope="module")
def events(aws):
    return aws.client("events")


@pytest.fixture
def queue(sqs, request):
    """The URL of a queue of the test's own."""
    name = request.node.name.replace("[", "-").replace("]", "")[-60:]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def arn_of(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(sqs, url, **more):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **more).get("Messages", [])


def bodies(sqs, url):
    return [message["Body"] for message in receive(sqs, url)]


class TestSqs:
    def test_messages_are_received_and_deleted(self, sqs, queue):
        sent = sqs.send_message(QueueUrl=queue, MessageBody="hello", MessageAttributes={
            "colour": {"DataType": "String", "StringValue": "red"}
        })
        (message,) = receive(sqs, queue, MessageAttributeNames=["All"], AttributeNames=["All"])
        assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "hello")
        assert message["MessageAttributes"]["colour"]["StringValue"] == "red"
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def test_received_messages_come_back_after_the_visibility_timeout(self, aws, sqs, queue):
        sqs.send_message(QueueUrl=queue, MessageBody="again")
        assert bodies(sqs, queue) == ["again"]
        assert bodies(sqs, queue) == []
        aws.advance(31)
        (message,) = receive(sqs, queue)
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        assert bodies(sqs, queue) == ["again"]

    def test_delayed_messages_come_later(self, aws, sqs, queue):
        sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=60)
        assert bodies(sqs, queue) == []
        aws.advance(60)
        assert bodies(sqs, queue) == ["later"]

    def test_dead_letters(self, aws, sqs, queue):
        dead = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        policy = {"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 2}
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(policy)})
        sqs.send_message(QueueUrl=queue, MessageBody="bad")
        for _ in range(2):
            assert bodies(sqs, queue) == ["bad"]
            aws.advance(31)
        assert bodies(sqs, queue) == []
        assert bodies(sqs, dead) == ["bad"]

    def test_batches_report_each_entry(self, sqs, queue):
        entries = [{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2"}]
        answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
        assert [entry["Id"] for entry in answer["Successful"]] == ["a", "b"]
        assert sorted(bodies(sqs, queue)) == ["1", "2"]
        with refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"):
            sqs.send_message_batch(QueueUrl=queue, Entries=[entries[0], entries[0]])
        with refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest"):
            sqs.send_message_batch(
                QueueUrl=queue, Entries=[{"Id": str(index), "MessageBody": "x"} for index in range(11)]
            )

    def test_fifo_queues_keep_order_and_drop_duplicates(self, sqs):
        url = sqs.create_queue(QueueName="ordered.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        for body, token in [("1", "a"), ("2", "b"), ("1 again", "a")]:
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="group", MessageDeduplicationId=token)
        assert bodies(sqs, url) == ["1", "2"]
        with refused("MissingParameter"):
            sqs.send_message(QueueUrl=url, MessageBody="without a group")

    def test_attributes_count_messages(self, sqs, queue):
        sqs.send_message(QueueUrl=queue, MessageBody="counted")
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        assert attributes["ApproximateNumberOfMessages"] == "1"
        assert attributes["VisibilityTimeout"] == "30"
        sqs.purge_queue(QueueUrl=queue)

    def test_unknown_queues_are_refused_under_their_old_name(self, sqs):
        with refused("AWS.SimpleQueueService.NonExistentQueue"):
            sqs.get_queue_url(QueueName="nobody")

    def test_a_name_is_not_given_twice_with_other_attributes(self, sqs, queue):
        name = queue.split("/")[-1]
        assert sqs.create_queue(QueueName=name)["QueueUrl"] == queue
        with refused("QueueAlreadyExists"):
            sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "60"})

    def test_wrong_attributes_are_refused(self, sqs, queue):
        with refused("InvalidAttributeValue"):
            sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "43201"})
        with refused("InvalidAttributeName"):
            sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Colour": "red"})


class TestSns:
    def test_a_topic_reaches_its_queue(self, aws, sqs, queue):
        sns = aws.client("sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
        sns.publish(TopicArn=topic, Message="hello", Subject="greeting")
        aws.advance(1)
        document = json.loads(bodies(sqs, queue)[0])
        assert (document["Message"], document["Subject"], document["TopicArn"]) == ("hello", "greeting", topic)

    def test_unknown_topics_are_refused(self, aws):
        with refused("NotFound"):
            aws.client("sns").publish(TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:nobody", Message="hello")


class TestEventBridge:
    def rule(self, events, sqs, queue, pattern, **target):
        events.put_rule(Name="rule", EventPattern=json.dumps(pattern))
        answer = events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": arn_of(sqs, queue), **target}])
        assert answer["FailedEntryCount"] == 0

    @pytest.fixture(autouse=True)
    def clean(self, events):
        yield
        for rule in events.list_rules(NamePrefix="rule")["Rules"]:
            ids = [target["Id"] for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]]
            events.remove_targets(Rule=rule["Name"], Ids=ids)
            events.delete_rule(Name=rule["Name"])

    def put(self, events, **detail):
        entry = {"Source": "my.app", "DetailType": "Thing Happened", "Detail": json.dumps(detail)}
        return events.put_events(Entries=[entry])

    def test_matching_events_reach_the_target(self, aws, events, sqs, queue):
        self.rule(events, sqs, queue, {"source": ["my.app"], "detail": {"size": [{"numeric": [">", 5]}]}})
        assert self.put(events, size=3)["FailedEntryCount"] == 0
        self.put(events, size=7)
        aws.advance(5)
        (body,) = bodies(sqs, queue)
        event = json.loads(body)
        assert (event["source"], event["detail-type"], event["detail"]) == ("my.app", "Thing Happened", {"size": 7})
        assert event["account"] == ACCOUNT

    def test_input_transformers_shorten_events(self, aws, events, sqs, queue):
        transformer = {"InputPathsMap": {"size": "$.detail.size"}, "InputTemplate": '{"it is": <size>}'}
        self.rule(events, sqs, queue, {"source": ["my.app"]}, InputTransformer=transformer)
        self.put(events, size=7)
        aws.advance(5)
        assert [json.loads(body) for body in bodies(sqs, queue)] == [{"it is": 7}]

    def test_batch_publishes_job_state_changes(self, aws, events, sqs, queue):
        self.rule(events, sqs, queue, {"source": ["aws.batch"], "detail-type": ["Batch Job State Change"]})
        batch = aws.client("batch")
        batch.create_compute_environment(computeEnvironmentName="empty", type="UNMANAGED")
        aws.advance(30)
        batch.create_job_queue(
            jobQueueName="jobs", priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "empty"}]
        )
        aws.advance(30)
        batch.register_job_definition(
            jobDefinitionName="job",
            type="container",
            containerProperties={
                "image": "image",
                "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}],
            },
        )
        job_id = batch.submit_job(jobName="job", jobQueue="jobs", jobDefinition="job")["jobId"]
        aws.advance(5)
        details = [json.loads(body)["detail"] for body in bodies(sqs, queue)]
        assert ("RUNNABLE", job_id) in [(detail["status"], detail["jobId"]) for detail in details]

    def test_rates_fire(self, aws, events, sqs, queue):
        events.put_rule(Name="rule-minutely", ScheduleExpression="rate(1 minute)")
        events.put_targets(Rule="rule-minutely", Targets=[{"Id": "queue", "Arn": arn_of(sqs, queue), "Input": '"tick"'}])
        aws.advance(185)
        assert bodies(sqs, queue) == ['"tick"'] * 3

    def test_disabled_rules_do_not(self, aws, events, sqs, queue):
        self.rule(events, sqs, queue, {"source": ["my.app"]})
        events.disable_rule(Name="rule")
        self.put(events)
        aws.advance(5)
        assert bodies(sqs, queue) == []
        assert events.describe_rule(Name="rule")["State"] == "DISABLED"

    def test_events_of_aws_are_not_put(self, events):
        answer = events.put_events(Entries=[{"Source": "aws.batch", "DetailType": "a", "Detail": "{}"}])
        assert answer["FailedEntryCount"] == 1
        assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"

    def test_patterns_are_tried(self, events):
        event = {"id": "1", "source": "a", "detail-type": "b", "account": ACCOUNT, "time": "2026-01-01T00:00:00Z",
                 "region": "us-east-1", "resources": [], "detail": {"name": "prefix-1"}}
        pattern = {"detail": {"name": [{"prefix": "prefix-"}]}}
        assert events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"]
        with refused("InvalidEventPatternException"):
            events.put_rule(Name="rule-broken", EventPattern='{"source": "not a list"}')

    def test_wrong_rules_are_refused(self, events):
        with refused("ValidationException"):
            events.put_rule(Name="rule-neither")
        with refused("ValidationException"):
            events.put_rule(Name="rule-never", ScheduleExpression="rate(1 minutes)")
        with refused("ResourceNotFoundException"):
            events.describe_rule(Name="nobody")


class TestScheduler:
    @pytest.fixture
    def scheduler(self, aws):
        return aws.client("scheduler")

    def create(self, scheduler, name, expression, target, **more):
        return scheduler.create_schedule(
            Name=name,
            ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"RoleArn": ROLE, **target},
            **more,
        )

    def test_a_one_time_schedule_fires_once(self, aws, scheduler, sqs, queue):
        now = aws.state()["now"][:19]
        target = {"Arn": arn_of(sqs, queue), "Input": "once"}
        self.create(scheduler, "once", f"at({now[:11]}23:59:00)", target)
        aws.advance(86_400)
        assert bodies(sqs, queue) == ["once"]
        aws.advance(86_400)
        assert bodies(sqs, queue) == ["once"]  # the same message again, since it was not deleted

    def test_universal_targets_call_batch(self, aws, scheduler):
        batch = aws.client("batch")
        batch.create_consumable_resource(consumableResourceName="hourly", totalQuantity=1, resourceType="NON_REPLENISHABLE")
        arn = "arn:aws:scheduler:::aws-sdk:batch:updateConsumableResource"
        request = {"ConsumableResource": "hourly", "Operation": "SET", "Quantity": 9}
        self.create(scheduler, "hourly", "rate(1 hour)", {"Arn": arn, "Input": json.dumps(request)})
        aws.advance(3700)
        assert batch.describe_consumable_resource(consumableResource="hourly")["availableQuantity"] == 9
        scheduler.delete_schedule(Name="hourly")

    def test_a_target_that_fails_for_good_is_a_dead_letter(self, aws, scheduler, sqs, queue):
        target = {
            "Arn": "arn:aws:scheduler:::aws-sdk:batch:cancelJob",
            "Input": "{}",
            "DeadLetterConfig": {"Arn": arn_of(sqs, queue)},
            "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
        }
        self.create(scheduler, "failing", "rate(1 hour)", target)
        aws.advance(60)
        assert len(bodies(sqs, queue)) == 1
        scheduler.delete_schedule(Name="failing")

    def test_schedules_are_read_changed_and_removed(self, scheduler, sqs, queue):
        target = {"Arn": arn_of(sqs, queue), "Input": "x"}
        self.create(scheduler, "zoned", "cron(0 3 * * ? *)", target, ScheduleExpressionTimezone="Asia/Tokyo")
        found = scheduler.get_schedule(Name="zoned")
        assert (found["ScheduleExpressionTimezone"], found["State"]) == ("Asia/Tokyo", "ENABLED")
        scheduler.update_schedule(
            Name="zoned",
            ScheduleExpression="rate(5 minutes)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"RoleArn": ROLE, **target},
            State="DISABLED",
        )
        assert scheduler.get_schedule(Name="zoned")["State"] == "DISABLED"
        assert "zoned" in [schedule["Name"] for schedule in scheduler.list_schedules()["Schedules"]]
        scheduler.delete_schedule(Name="zoned")
        with refused("ResourceNotFoundException", status=404):
            scheduler.get_schedule(Name="zoned")

    def test_time_zones_move_the_hour(self, aws, scheduler, sqs, queue):
        target = {"Arn": arn_of(sqs, queue), "Input": "x"}
        self.create(scheduler, "tokyo", "cron(0 3 * * ? *)", target, ScheduleExpressionTimezone="Asia/Tokyo")
        (shown,) = [schedule for schedule in aws.state()["schedules"] if schedule["name"] == "tokyo"]
        assert shown["nextInvocation"].endswith("T18:00:00.000Z")
        scheduler.delete_schedule(Name="tokyo")

    def test_wrong_schedules_are_refused(self, scheduler, sqs, queue):
        target = {"Arn": arn_of(sqs, queue), "Input": "x"}
        with refused("ValidationException"):
            self.create(scheduler, "wrong", "every day", target)
        with refused("ValidationException"):
            self.create(scheduler, "wrong", "rate(1 hour)", target, ScheduleExpressionTimezone="Mars/Olympus")
        self.create(scheduler, "twice", "rate(1 hour)", target)
        with refused("ConflictException", status=409):
            self.create(scheduler, "twice", "rate(1 hour)", target)
        scheduler.delete_schedule(Name="twice")
