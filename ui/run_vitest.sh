#!/usr/bin/env bash
# Runs tests of the dashboard and ends in the line that all test runners here end in.
#
#   run_vitest.sh CONFIG
set -eu
cd "$(dirname "$0")"
report=../build/${1%.ts}.json
status=0
rm -f "$report"
npm run --silent icons
npx vitest run --config "$1" --reporter=default --reporter=json --outputFile.json="$report" || status=$?
[ -f "$report" ] || exit 1
node scripts/sum.mjs "$report"
exit "$status"
