"""Starts `npm run local` and gives boto3 clients that talk to it."""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[2]
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


class LocalAws:
    """One local AWS in a process of its own."""

    def __init__(self, *arguments: str):
        self.process = subprocess.Popen(
            ["npm", "run", "--silent", "local", "--", "--port", "0", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.outputs: dict[str, str] = {}
        for line in self.process.stdout:
            if " = " in line:
                key, value = line.strip().split(" = ", 1)
                self.outputs[key] = value
            if "listens on" in line:
                self.url = line.split("listens on ")[1].split()[0]
                return
        raise RuntimeError(f"npm run local ended with {self.process.wait()}")

    def client(self, service: str, **config):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="tester",
            aws_secret_access_key="secret",
            # Refusals are looked at, not tried again.
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def cli(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs the AWS CLI of this virtual environment."""
        return subprocess.run(
            [Path(os.sys.executable).parent / "aws", *arguments],
            env={**CREDENTIALS, "PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": self.url, "HOME": "/nonexistent"},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def control(self, method: str, path: str, body: object = None) -> tuple[int, dict]:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_local/{path}", method=method, data=data)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def advance(self, seconds: float) -> None:
        status, answer = self.control("POST", "clock", {"advanceSeconds": seconds})
        assert status == 200, answer

    def faults(self, plan: dict) -> None:
        status, answer = self.control("POST", "faults", plan)
        assert status == 200, answer

    def state(self) -> dict:
        return self.control("GET", "state")[1]

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def aws():
    local = LocalAws("--clock", "virtual")
    yield local
    local.stop()


class refused:
    """`with refused("ClientException", "part of the message"):` expects the call inside to be refused so."""

    def __init__(self, code: str, message: str = "", status: int | None = None):
        self.expected = code
        self.message = message
        self.status = status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace) -> bool:
        assert kind is not None, f"not refused, {self.expected} was expected"
        if not issubclass(kind, ClientError):
            return False
        assert error.response["Error"]["Code"] == self.expected, error
        assert self.message.lower() in error.response["Error"]["Message"].lower(), error
        if self.status is not None:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == self.status
        return True
