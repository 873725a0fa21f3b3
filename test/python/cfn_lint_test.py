"""The template of the reference app agrees with CloudFormation's resource specification."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from cfnlint.api import lint_all

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("assembly")
    subprocess.run(
        ["npx", "tsx", "bin/batch.ts"],
        cwd=ROOT,
        env={**os.environ, "CDK_OUTDIR": str(folder)},
        check=True,
        timeout=300,
    )
    return json.loads((folder / "Batch.template.json").read_text())


def errors(template: dict) -> list[str]:
    return [
        f"{match.rule.id} at {'/'.join(map(str, match.path or []))}: {match.message}"
        for match in lint_all(json.dumps(template))
        if match.rule.id.startswith("E")
    ]


def test_reference_app_has_no_errors(template):
    assert errors(template) == []


def test_an_error_would_be_seen():
    group = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"MinSize": "0"}}
    assert any("'MaxSize' is a required property" in error for error in errors({"Resources": {"Group": group}}))
