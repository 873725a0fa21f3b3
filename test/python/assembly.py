"""A small cloud assembly, as the CDK would write it: functions that answer, and what invokes them."""

import json
from pathlib import Path

BUCKET = {"Fn::Sub": "assets-${AWS::AccountId}-${AWS::Region}"}
ROLE = "arn:aws:iam::123456789012:role/any"

HANDLER = """
exports.createHandler = ({ clock, env, log }) => async (event) => {
  log(`invoked with ${JSON.stringify(event)}`);
  if (event.fail) throw new TypeError('asked to fail');
  if (event.sleepSeconds) await clock.sleep(event.sleepSeconds * 1000);
  return { saw: event, at: clock.now().toISOString(), greeting: env.GREETING };
};
"""


def function(**properties: object) -> dict:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "echo",
            "Code": {"S3Bucket": BUCKET, "S3Key": "code.zip"},
            "Handler": "index.handler",
            "Runtime": "nodejs22.x",
            "Role": ROLE,
            **properties,
        },
    }


TEMPLATE = {
    "Resources": {
        "Echo": function(Timeout=30, Environment={"Variables": {"GREETING": "hello"}}),
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "work"}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"FunctionName": {"Ref": "Echo"}, "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}},
        },
    },
    "Outputs": {"EchoArn": {"Value": {"Fn::GetAtt": ["Echo", "Arn"]}}, "QueueUrl": {"Value": {"Ref": "Queue"}}},
}


def write_assembly(folder: Path, template: dict = TEMPLATE) -> Path:
    (folder / "asset.code").mkdir(parents=True)
    (folder / "asset.code" / "index.js").write_text(HANDLER)
    (folder / "App.template.json").write_text(json.dumps(template))
    destination = {"bucketName": "assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "code.zip"}
    asset = {"source": {"path": "asset.code", "packaging": "zip"}, "destinations": {"here": destination}}
    assets = {"version": "36.0.0", "files": {"code": asset}, "dockerImages": {}}
    (folder / "App.assets.json").write_text(json.dumps(assets))
    artifacts = {
        "App.assets": {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}},
        "App": {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": "App.template.json", "stackName": "App"},
            "dependencies": ["App.assets"],
        },
    }
    (folder / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}))
    return folder
