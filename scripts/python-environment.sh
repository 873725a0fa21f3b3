#!/usr/bin/env bash
# Prints the directory of the virtual environment of a suite, test/NAME/requirements.txt; it is made where it is missing, and
# kept until the requirements change.
set -euo pipefail
cd "$(dirname "$0")/.."

name=$1
requirements=test/$name/requirements.txt
environment=$PWD/.cache/$name-$(sha256sum "$requirements" | cut -c1-12)
if [ ! -e "$environment/complete" ]; then
  rm -rf ".cache/$name"-*
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  touch "$environment/complete"
fi
echo "$environment"
