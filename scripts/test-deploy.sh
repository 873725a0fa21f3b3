#!/usr/bin/env bash
# Deploys the reference app with the real CDK CLI. ministack, which takes the part of CloudFormation and Lambda, gets a
# virtual environment of its own that is kept until its requirements change. Arguments go to jest.
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=test/deploy/requirements.txt
environment=.cache/deploy-$(sha256sum "$requirements" | cut -c1-12)
if [ ! -e "$environment/complete" ]; then
  rm -rf .cache/deploy-*
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  touch "$environment/complete"
fi

npm run --silent build:assets
export MINISTACK_PYTHON=$PWD/$environment/bin/python PYTHONDONTWRITEBYTECODE=1
exec npx jest --runInBand --roots test/deploy --testPathIgnorePatterns /node_modules/ --bail "$@"
