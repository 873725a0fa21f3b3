"""The templates of the reference app and of the examples agree with CloudFormation's resource specification."""

import functools
import json
import os
import subprocess
from pathlib import Path

import pytest
from cfnlint.api import lint_all
from cfnlint.template import Template

ROOT = Path(__file__).parents[2]
APPS = [ROOT / "bin" / "batch.ts", *sorted((ROOT / "examples").glob("*.ts"))]

# cfn-lint lists what can be had of all resources anew for each Fn::GetAtt: most of its time, in a large template.
Template.get_valid_getatts = functools.cache(Template.get_valid_getatts)


def templates(app: Path, folder: Path) -> dict[str, dict]:
    subprocess.run(
        ["node", "--import", "tsx", str(app)],
        cwd=ROOT,
        # The CDK's own validation is half the time of a synthesis; test/examples synthesizes with it.
        env={**os.environ, "CDK_OUTDIR": str(folder), "CDK_VALIDATION": "false"},
        check=True,
        timeout=300,
    )
    return {path.name: json.loads(path.read_text()) for path in sorted(folder.rglob("*.template.json"))}


def errors(template: dict) -> list[str]:
    return [
        f"{match.rule.id} at {'/'.join(map(str, match.path or []))}: {match.message}"
        for match in lint_all(json.dumps(template))
        if match.rule.id.startswith("E")
    ]


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.stem)
def test_no_template_has_errors(app, tmp_path):
    found = {name: errors(template) for name, template in templates(app, tmp_path).items()}
    assert found
    assert {name: all_of for name, all_of in found.items() if all_of} == {}


def test_an_error_would_be_seen():
    group = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {"MinSize": "0"}}
    assert any("'MaxSize' is a required property" in error for error in errors({"Resources": {"Group": group}}))
