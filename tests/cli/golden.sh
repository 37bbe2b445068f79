#!/usr/bin/env bash
# The tool reads the golden stores as their dumps say.
cd "$(dirname "$0")/../.." || exit 1
exec python3 -B tests/cli/golden.py "${BUILD:-build/release}/oat" tests/golden
