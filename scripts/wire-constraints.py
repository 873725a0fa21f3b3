#!/usr/bin/env python3
"""Writes local/wire/constraints.json: which values AWS's services allow, from the models that botocore carries.

    python3 scripts/wire-constraints.py

The schemas of the JavaScript SDK know no lengths, ranges, patterns and enumerations; botocore's (Apache-2.0) do. Its
package is downloaded into a temporary folder by pip; nothing is installed. Kept is what the inputs of the operations
that the local AWS has may be: by namespace, the constraint of each shape, and by structure the constrained shapes of its
members. Left out are DynamoDB, which checks for itself; EC2 and SQS, which have a name for each mistake; and Batch, which
minds less than its model says (case, say) and more elsewhere.
"""

import gzip
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BOTOCORE = "botocore==1.44.5"
TARGET = ROOT / "local" / "wire" / "constraints.json"
# Allow what a request can carry at all.
ANYTHING = (".*", r"[\s\S]*", r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*")

# botocore's folder and the SDK's namespace, by the name that requests are signed for.
SERVICES = {
    "autoscaling": ("autoscaling", "com.amazonaws.autoscaling"),
    "ecs": ("ecs", "com.amazonaws.ecs"),
    "events": ("events", "com.amazonaws.eventbridge"),
    "lambda": ("lambda", "com.amazonaws.lambda"),
    "logs": ("logs", "com.amazonaws.cloudwatchlogs"),
    "monitoring": ("cloudwatch", "com.amazonaws.cloudwatch"),
    "scheduler": ("scheduler", "com.amazonaws.scheduler"),
    "sns": ("sns", "com.amazonaws.sns"),
    "ssm": ("ssm", "com.amazonaws.ssm"),
    "sts": ("sts", "com.amazonaws.sts"),
}


def download(folders: list[str]) -> dict[str, dict]:
    """@return the newest model of each service"""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, BOTOCORE],
            check=True,
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()

            def model(service: str) -> dict:
                found = [name for name in names if re.fullmatch(f"botocore/data/{service}/[^/]+/service-2.json.gz", name)]
                return json.loads(gzip.decompress(archive.read(max(found))))

            return {service: model(service) for service in folders}


def operations() -> dict[str, list[str]]:
    script = ROOT / "scripts" / "local-operations.ts"
    printed = subprocess.run(["npx", "tsx", script], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(printed.stdout)


class Constraints:
    """What is allowed in the structures of one service that its inputs reach."""

    def __init__(self, shapes: dict):
        self.model = shapes
        self.shapes: dict[str, dict] = {}
        self.structures: dict[str, dict] = {}

    def visit(self, name: str) -> None:
        if name in self.structures:
            return
        members = self.structures[name] = {}
        for member, reference in self.model[name].get("members", {}).items():
            shape = self.constrained(reference["shape"])
            if shape:
                members[member] = shape

    def constrained(self, name: str) -> str | None:
        """@return the name of the shape, unless anything of its type is allowed"""
        shape = self.model[name]
        if shape["type"] == "structure":
            self.visit(name)
            return None
        if name not in self.shapes:
            self.shapes[name] = self.constraint(shape)
        return name if self.shapes[name] else None

    def constraint(self, shape: dict) -> dict:
        of_number = shape["type"] in ("integer", "long", "float", "double")
        lowest, highest = ("minimum", "maximum") if of_number else ("minLength", "maxLength")
        found = {}
        if "min" in shape and (of_number or shape["min"] > 0):
            found[lowest] = shape["min"]
        if "max" in shape:
            found[highest] = shape["max"]
        if shape.get("pattern", ".*") not in ANYTHING:
            found["pattern"] = shape["pattern"]
        if "enum" in shape:
            found["enum"] = shape["enum"]
        parts = {"list": {"each": "member"}, "map": {"key": "key", "value": "value"}}.get(shape["type"], {})
        for part, reference in parts.items():
            inner = self.constrained(shape[reference]["shape"])
            if inner:
                found[part] = inner
        return found

    def result(self) -> dict[str, dict]:
        return {
            "shapes": {name: constraint for name, constraint in sorted(self.shapes.items()) if constraint},
            "structures": {name: members for name, members in sorted(self.structures.items()) if members},
        }


def lines(result: dict[str, dict]) -> str:
    """JSON with a line for each shape, so that a change shows what has changed."""

    def block(entries: dict, line) -> str:
        return "{\n" + ",\n".join(f"{json.dumps(name)}: {line(entry)}" for name, entry in entries.items()) + "\n}"

    return block(result, lambda parts: block(parts, lambda shapes: block(shapes, json.dumps))) + "\n"


def main() -> None:
    present = operations()
    models = download([folder for folder, _ in SERVICES.values()])
    result = {}
    for signing_name, (folder, namespace) in SERVICES.items():
        model = models[folder]
        constraints = Constraints(model["shapes"])
        for operation in present[signing_name]:
            constraints.visit(model["operations"][operation]["input"]["shape"])
        result[namespace] = constraints.result()
    TARGET.write_text(lines(result))
    print(f"{TARGET.relative_to(ROOT)}: {sum(len(parts['shapes']) for parts in result.values())} shapes")


if __name__ == "__main__":
    main()
