"""Amazon CloudWatch, CloudWatch Logs, DynamoDB, Systems Manager parameters and STS, by boto3."""

import datetime
import json

import pytest
from conftest import refused


def now_of(aws):
    return datetime.datetime.fromisoformat(aws.state()["now"].replace("Z", "+00:00"))


class TestCloudWatch:
    @pytest.fixture
    def cloudwatch(self, aws):
        return aws.client("cloudwatch")

    def put(self, cloudwatch, name, *values):
        dimensions = [{"Name": "Pool", "Value": "a"}]
        data = [{"MetricName": name, "Value": value, "Unit": "Count", "Dimensions": dimensions} for value in values]
        cloudwatch.put_metric_data(Namespace="Test", MetricData=data)

    def test_statistics_of_what_was_put(self, aws, cloudwatch):
        start = now_of(aws)
        self.put(cloudwatch, "Jobs", 1, 2, 6)
        aws.advance(60)
        (point,) = cloudwatch.get_metric_statistics(
            Namespace="Test",
            MetricName="Jobs",
            Dimensions=[{"Name": "Pool", "Value": "a"}],
            StartTime=start - datetime.timedelta(minutes=1),
            EndTime=start + datetime.timedelta(minutes=5),
            Period=60,
            Statistics=["Sum", "Average", "Maximum", "Minimum", "SampleCount"],
        )["Datapoints"]
        numbers = [point[name] for name in ("Sum", "Average", "Maximum", "Minimum", "SampleCount")]
        assert numbers == [9, 3, 6, 1, 3]

    def test_metric_data_with_math(self, aws, cloudwatch):
        start = now_of(aws)
        self.put(cloudwatch, "Waiting", 4)
        aws.advance(60)
        metric = {"Namespace": "Test", "MetricName": "Waiting", "Dimensions": [{"Name": "Pool", "Value": "a"}]}
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "w", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}],
            StartTime=start - datetime.timedelta(minutes=1),
            EndTime=start + datetime.timedelta(minutes=5),
        )
        assert answer["MetricDataResults"][0]["Values"] == [4]

    def test_metrics_are_listed(self, cloudwatch):
        self.put(cloudwatch, "Listed", 1)
        (metric,) = cloudwatch.list_metrics(Namespace="Test", MetricName="Listed")["Metrics"]
        assert metric["Dimensions"] == [{"Name": "Pool", "Value": "a"}]

    def test_alarms_go_off_and_back(self, aws, cloudwatch):
        cloudwatch.put_metric_alarm(
            AlarmName="too-many",
            Namespace="Test",
            MetricName="Errors",
            Dimensions=[{"Name": "Pool", "Value": "a"}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )

        def state():
            return cloudwatch.describe_alarms(AlarmNames=["too-many"])["MetricAlarms"][0]["StateValue"]

        aws.advance(180)
        assert state() == "OK"
        self.put(cloudwatch, "Errors", 1)
        aws.advance(61)
        assert state() == "ALARM"
        aws.advance(600)
        assert state() == "OK"

    def test_namespaces_of_aws_are_refused(self, cloudwatch):
        with refused("InvalidParameterValue"):
            cloudwatch.put_metric_data(Namespace="AWS/Batch", MetricData=[{"MetricName": "a", "Value": 1}])


class TestLogs:
    @pytest.fixture
    def logs(self, aws):
        return aws.client("logs")

    def put(self, aws, logs, group, *messages):
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="stream")
        time = int(now_of(aws).timestamp() * 1000)
        logs.put_log_events(
            logGroupName=group,
            logStreamName="stream",
            logEvents=[{"timestamp": time, "message": message} for message in messages],
        )

    def test_events_are_read_back(self, aws, logs):
        self.put(aws, logs, "read", "one", "two")
        events = logs.get_log_events(logGroupName="read", logStreamName="stream", startFromHead=True)["events"]
        assert [event["message"] for event in events] == ["one", "two"]

    def test_events_are_filtered(self, aws, logs):
        self.put(aws, logs, "filtered", "an ERROR here", json.dumps({"level": "ERROR"}), "all well")
        found = logs.filter_log_events(logGroupName="filtered", filterPattern="ERROR")["events"]
        assert len(found) == 2
        found = logs.filter_log_events(logGroupName="filtered", filterPattern='{ $.level = "ERROR" }')["events"]
        assert [json.loads(event["message"]) for event in found] == [{"level": "ERROR"}]

    def test_embedded_metrics_become_metrics(self, aws, logs):
        document = {
            "_aws": {
                "Timestamp": int(now_of(aws).timestamp() * 1000),
                "CloudWatchMetrics": [
                    {"Namespace": "Embedded", "Dimensions": [["Pool"]], "Metrics": [{"Name": "Idle", "Unit": "Count"}]}
                ],
            },
            "Pool": "a",
            "Idle": 3,
        }
        self.put(aws, logs, "embedded", json.dumps(document))
        assert len(aws.client("cloudwatch").list_metrics(Namespace="Embedded", MetricName="Idle")["Metrics"]) == 1

    def test_retention(self, logs):
        logs.create_log_group(logGroupName="kept")
        logs.put_retention_policy(logGroupName="kept", retentionInDays=7)
        (group,) = logs.describe_log_groups(logGroupNamePrefix="kept")["logGroups"]
        assert group["retentionInDays"] == 7
        with refused("InvalidParameterException"):
            logs.put_retention_policy(logGroupName="kept", retentionInDays=8)

    def test_what_is_there_and_what_is_not(self, logs):
        logs.create_log_group(logGroupName="there")
        with refused("ResourceAlreadyExistsException"):
            logs.create_log_group(logGroupName="there")
        with refused("ResourceNotFoundException"):
            logs.get_log_events(logGroupName="nowhere", logStreamName="stream")


class TestDynamoDb:
    @pytest.fixture(scope="class")
    def table(self, aws):
        dynamodb = aws.client("dynamodb")
        dynamodb.create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "due", "AttributeType": "N"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-due",
                    "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        aws.advance(30)
        return dynamodb

    def test_is_active(self, table):
        description = table.describe_table(TableName="table")["Table"]
        assert description["TableStatus"] == "ACTIVE"
        assert description["TableArn"] == "arn:aws:dynamodb:us-east-1:123456789012:table/table"

    def test_conditional_writes(self, table):
        put = {"TableName": "table", "Item": {"id": {"S": "once"}, "n": {"N": "1"}}}
        table.put_item(**put, ConditionExpression="attribute_not_exists(id)")
        with refused("ConditionalCheckFailedException"):
            table.put_item(**put, ConditionExpression="attribute_not_exists(id)")
        updated = table.update_item(
            TableName="table",
            Key={"id": {"S": "once"}},
            UpdateExpression="SET n = n + :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="ALL_NEW",
        )["Attributes"]
        assert updated == {"id": {"S": "once"}, "n": {"N": "2"}}

    def test_queries_on_an_index(self, table):
        for name in ("a", "b"):
            table.put_item(TableName="table", Item={"id": {"S": name}, "due": {"N": "7"}})
        found = table.query(
            TableName="table",
            IndexName="by-due",
            KeyConditionExpression="due = :due",
            ExpressionAttributeValues={":due": {"N": "7"}},
        )
        assert sorted(item["id"]["S"] for item in found["Items"]) == ["a", "b"]

    def test_time_to_live_deletes(self, aws, table):
        table.update_time_to_live(
            TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
        )
        assert table.describe_time_to_live(TableName="table")["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
        expires = str(int(now_of(aws).timestamp()) + 3600)
        table.put_item(TableName="table", Item={"id": {"S": "mortal"}, "expires": {"N": expires}})
        aws.advance(4 * 86_400)
        assert "Item" not in table.get_item(TableName="table", Key={"id": {"S": "mortal"}})

    def test_unknown_tables_are_refused(self, table):
        with refused("ResourceNotFoundException"):
            table.get_item(TableName="nowhere", Key={"id": {"S": "a"}})


class TestSsm:
    @pytest.fixture
    def ssm(self, aws):
        return aws.client("ssm")

    def test_parameters_have_versions(self, ssm):
        ssm.put_parameter(Name="/app/name", Value="one", Type="String")
        with refused("ParameterAlreadyExists"):
            ssm.put_parameter(Name="/app/name", Value="two", Type="String")
        assert ssm.put_parameter(Name="/app/name", Value="two", Type="String", Overwrite=True)["Version"] == 2
        assert ssm.get_parameter(Name="/app/name")["Parameter"]["Value"] == "two"

    def test_by_path_and_unknown(self, ssm):
        ssm.put_parameter(Name="/tree/a", Value="1", Type="String")
        ssm.put_parameter(Name="/tree/b/c", Value="2", Type="String")
        found = ssm.get_parameters_by_path(Path="/tree", Recursive=True)["Parameters"]
        assert [parameter["Name"] for parameter in found] == ["/tree/a", "/tree/b/c"]
        answer = ssm.get_parameters(Names=["/tree/a", "/tree/z"])
        assert answer["InvalidParameters"] == ["/tree/z"]
        with refused("ParameterNotFound"):
            ssm.get_parameter(Name="/nothing")


class TestSts:
    def test_who_calls(self, aws):
        identity = aws.client("sts").get_caller_identity()
        assert (identity["Account"], identity["Arn"]) == ("123456789012", "arn:aws:iam::123456789012:user/tester")

    def test_roles_are_assumed(self, aws):
        answer = aws.client("sts").assume_role(
            RoleArn="arn:aws:iam::123456789012:role/any", RoleSessionName="session"
        )
        assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/any/session"
        assert answer["Credentials"]["SessionToken"]
