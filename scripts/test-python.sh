#!/usr/bin/env bash
# Runs the suites that need Python, in a virtual environment of their own that is kept until its requirements change.
# Arguments go to pytest: npm run test:python -- -k cfn_lint
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=test/python/requirements.txt
environment=.cache/python-$(sha256sum "$requirements" | cut -c1-12)
if [ ! -e "$environment/complete" ]; then
  rm -rf .cache/python-*
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  touch "$environment/complete"
fi

export PYTHONDONTWRITEBYTECODE=1
npm run --silent build:assets
exec "$environment/bin/pytest" -rs -p no:cacheprovider test/python "$@"
