"""The numbers of two parts are added up, and one part fails when it is run for the first time."""

import os

from metaflow import FlowSpec, batch, current, environment, retry, step

# What a container has of its role and of its image.
VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "METAFLOW_SKIP_INSTALL_DEPENDENCIES")


class TotalFlow(FlowSpec):
    @step
    def start(self):
        self.parts = range(2)
        self.next(self.part, foreach="parts")

    @retry(times=2, minutes_between_retries=0)
    @environment(vars={name: os.environ.get(name, "") for name in VARIABLES})
    @batch(cpu=1, memory=2048)
    @step
    def part(self):
        if self.input == 1 and current.retry_count == 0:
            raise ValueError("not at the first attempt")
        self.sum = sum(range(self.input, 101, 2))
        self.next(self.total)

    @step
    def total(self, parts):
        print("the total is", sum(part.sum for part in parts))
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    TotalFlow()
