#!/usr/bin/env bash
# What CI does, of what has changed since main only: format, lint, spelling, types, the architecture, and the tests that
# reach the changed files. Whole apps on the local AWS (test/stack, test/examples, test/cli) take longer: they run when they
# have been changed themselves, and are named otherwise. `npm run check -- BRANCH` compares with another branch.
set -u -o pipefail
cd "$(dirname "$0")/.."

main=${1:-$(git rev-parse --verify --quiet --abbrev-ref main || echo origin/main)}
base=$(git merge-base "$main" HEAD) || exit 1
mapfile -t changed < <(
  { git diff --name-only --diff-filter=d "$base" && git ls-files --others --exclude-standard; } | sort -u
)
if [ ${#changed[@]} -eq 0 ]; then
  echo "nothing has changed since $main"
  exit 0
fi
echo "${#changed[@]} files have changed since $main"

only() { printf '%s\n' "${changed[@]}" | grep -E "$1"; }
mapfile -t code < <(only '\.ts$' | grep -v '\.d\.ts$')
mapfile -t pages < <(only '\.md$' | grep -vE '^(API|README\.ja)\.md$')

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=0

# step NAME COMMAND…: silent when all is well
step() {
  local name=$1 start=$SECONDS
  shift
  if "$@" >"$logs/$name" 2>&1; then
    echo "ok      $name, $((SECONDS - start)) s"
  else
    cat "$logs/$name"
    echo "FAILED  $name, $((SECONDS - start)) s"
    return 1
  fi
}

# Types and lint take as long as the tests do, on a core of their own.
{
  status=0
  step types npm run --silent typecheck || status=1
  [ ${#code[@]} -eq 0 ] || step lint npx eslint --cache --cache-location .cache/eslint "${code[@]}" || status=1
  exit $status
} &
static=$!

step format npx prettier --check --ignore-unknown "${changed[@]}" || failed=1
[ ${#pages[@]} -eq 0 ] || step spelling npx cspell --no-progress --quiet "${pages[@]}" || failed=1
step bundles npm run --silent build:assets || failed=1
# Pages are read by the tests of the docs, which no import leads to.
[ ${#pages[@]} -eq 0 ] || step docs npx jest --roots test/docs || failed=1
mapfile -t related < <([ ${#code[@]} -eq 0 ] || npx jest --roots . --listTests --findRelatedTests "${code[@]}" | sed "s|^$PWD/||")
tests=(test/architecture.test.ts)
left=()
for test in "${related[@]}"; do
  case $test in
    test/docs/*) [ ${#pages[@]} -gt 0 ] || tests+=("$test") ;;
    test/stack/* | test/examples/* | test/cli/* | test/bin/*)
      if printf '%s\n' "${changed[@]}" | grep -qxF "$test"; then tests+=("$test"); else left+=("$test"); fi
      ;;
    *) tests+=("$test") ;;
  esac
done
step tests npx jest --silent --runTestsByPath "${tests[@]}" || failed=1
wait "$static" || failed=1

if [ ${#left[@]} -gt 0 ]; then
  echo "left to CI, ${#left[@]} suites: $(printf '%s\n' "${left[@]}" | xargs -n1 dirname | sort | uniq -c | awk '{print $2 " (" $1 ")"}' | paste -sd ' ')"
fi
echo "$([ $failed -eq 0 ] && echo 'all is well' || echo 'something FAILED'), $SECONDS s"
exit $failed
