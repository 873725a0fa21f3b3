#!/usr/bin/env bash
# Runs pipelines of real workflow engines on a queue of this library, on the local AWS. The engines, and ministack, which
# takes the part of S3, have a virtual environment of their own. Arguments go to jest.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=$(scripts/python-environment.sh engines)
# What every job of Snakemake installs before it starts.
if [ ! -d "$environment/wheels" ]; then
  "$environment/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$environment/wheels" \
    "$(grep '^snakemake-storage-plugin-s3==' test/engines/requirements.txt)"
fi

npm run --silent build:assets
export ENGINES_ENVIRONMENT=$environment PYTHONDONTWRITEBYTECODE=1
exec npx jest --roots test/engines --testPathIgnorePatterns /node_modules/ --maxWorkers 2 "$@"
