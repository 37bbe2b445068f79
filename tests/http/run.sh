#!/usr/bin/env bash
# Starts oat-httpd over a store that examples/demo_data writes, and asks it things: what users ask, and
# what nobody should. Ends in "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build/release}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
OAT_DATA_DIR=$scratch/store "$build/examples/demo_data" --traces 120 >"$scratch/demo.log"
python3 -B tests/http/check_daemon.py "$build" "$scratch"
