#!/usr/bin/env python3
"""Writes lib/capacity/instance-shapes.json: what EC2's instance types offer, from the data that moto carries.

    python3 scripts/instance-shapes.py

moto (Apache-2.0) keeps the answers of EC2's DescribeInstanceTypes as data. Its package is downloaded into a temporary
folder by pip; nothing is installed. A type is [vCPUs, memory in MiB, GPUs, architecture]. Left out: macOS hosts, and
types with a fraction of a GPU, which ECS cannot hand to a container; those need `shape` on their pool.
"""

import gzip
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

MOTO = "moto==5.2.5"
DATA = "moto/ec2/resources/instance_types.json.gz"
TARGET = Path(__file__).parent.parent / "lib" / "capacity" / "instance-shapes.json"
ARCHITECTURES = {"x86_64", "arm64"}


def download() -> dict:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, MOTO],
            check=True,
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return json.loads(gzip.decompress(archive.read(DATA)))


def shape(description: dict) -> list | None:
    architectures = ARCHITECTURES.intersection(description["ProcessorInfo"]["SupportedArchitectures"])
    gpus = description.get("GpuInfo", {}).get("Gpus", [])
    if not architectures or any(gpu["Count"] == 0 for gpu in gpus):
        return None
    (architecture,) = architectures
    return [
        description["VCpuInfo"]["DefaultVCpus"],
        description["MemoryInfo"]["SizeInMiB"],
        sum(gpu["Count"] for gpu in gpus),
        architecture,
    ]


def by_family_and_size(name: str) -> tuple:
    family, _, size = name.partition(".")
    steps = {"nano": -6, "micro": -5, "small": -4, "medium": -3, "large": -2, "xlarge": 1}
    times = re.fullmatch(r"(\d+)xlarge", size)
    return (family, int(times[1]) if times else steps.get(size, 1000), name)


def main() -> None:
    shapes = {name: shape(description) for name, description in download().items()}
    lines = [
        f'  "{name}": {json.dumps(shapes[name])}'
        for name in sorted(shapes, key=by_family_and_size)
        if shapes[name] is not None
    ]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(lines)} of {len(shapes)} instance types")


if __name__ == "__main__":
    main()
