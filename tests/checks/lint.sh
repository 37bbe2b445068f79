#!/usr/bin/env bash
# The linters over all files that git tracks or would. `lint.sh` checks, `lint.sh --fix` formats.
#
#   lint.sh [--fix] clang-format|shellcheck|ruff|mypy
set -eu
cd "$(dirname "$0")/../.."
venv=build/venv/bin
config=tests/pyproject.toml
fix=no
if [ "$1" = --fix ]; then
    fix=yes
    shift
fi

sources() {
    git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while read -r name; do
        [ ! -f "$name" ] || echo "$name"
    done
}

case $1 in
clang-format)
    mapfile -t files < <(sources '*.c' '*.h')
    if [ $fix = yes ]; then
        clang-format -i "${files[@]}"
    else
        clang-format --dry-run --Werror "${files[@]}"
    fi
    ;;
shellcheck)
    mapfile -t files < <(sources '*.sh' .ci/run)
    shellcheck "${files[@]}"
    ;;
ruff)
    mapfile -t files < <(sources '*.py')
    if [ $fix = yes ]; then
        "$venv/ruff" check --no-cache --config "$config" --fix "${files[@]}"
        "$venv/ruff" format --no-cache --config "$config" "${files[@]}"
    else
        "$venv/ruff" check --no-cache --config "$config" "${files[@]}"
        "$venv/ruff" format --no-cache --config "$config" --check "${files[@]}"
    fi
    ;;
mypy)
    mapfile -t files < <(sources '*.py')
    "$venv/mypy" --config-file "$config" --cache-dir build/mypy "${files[@]}"
    ;;
*)
    echo "lint.sh: unknown linter '$1'" >&2
    exit 2
    ;;
esac
