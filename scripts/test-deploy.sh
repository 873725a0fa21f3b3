#!/usr/bin/env bash
# Deploys the reference app and the examples with the real CDK CLI. ministack, which takes the part of CloudFormation and
# Lambda, has a virtual environment of its own. Arguments go to jest.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=$(scripts/python-environment.sh deploy)
npm run --silent build:assets
export MINISTACK_PYTHON=$environment/bin/python PYTHONDONTWRITEBYTECODE=1
# The three files mostly wait.
exec npx jest --maxWorkers 3 --roots test/deploy --testPathIgnorePatterns /node_modules/ --bail "$@"
