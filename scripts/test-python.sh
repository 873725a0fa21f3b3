#!/usr/bin/env bash
# Runs the suites that need Python, in a virtual environment of their own.
# Arguments go to pytest: npm run test:python -- -k cfn_lint
set -euo pipefail
cd "$(dirname "$0")/.."

environment=$(scripts/python-environment.sh python)
export PYTHONDONTWRITEBYTECODE=1
npm run --silent build:assets
exec "$environment/bin/pytest" -rs -p no:cacheprovider test/python "$@"
