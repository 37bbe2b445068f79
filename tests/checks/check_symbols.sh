#!/usr/bin/env bash
# Proves what the libraries export: names that begin with oat_ and nothing else; of the shared ones
# exactly what their public header declares.
#
#   check_symbols.sh BUILD
set -u
cd "$(dirname "$0")/../.." || exit
build=$1
passed=0 failed=0

# judge CLAIM: the lines on standard input are what contradicts it.
judge() {
    local wrong
    wrong=$(cat)
    if [ -z "$wrong" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s:\n' "$1"
        printf '    %s\n' "${wrong//$'\n'/$'\n    '}"
    fi
}

# The functions that headers declare with OAT_API.
declared() {
    cat "$@" | tr '\n' ' ' | grep -oE 'OAT_API [^;(]*\boat_[a-z0-9_]+ *\(' |
        grep -oE 'oat_[a-z0-9_]+ *\($' | tr -d ' (' | sort -u
}

exported() {
    nm -D --defined-only --format=posix "$1" | cut -d' ' -f1 | sort -u
}

check_static() {
    judge "$1: global symbols without the prefix oat_" \
        < <(nm -g --defined-only --format=posix "$1" | awk 'NF > 1 && $1 !~ /^oat_/ { print $1 }')
}

# check_shared FILE MAY MUST...: exports all that the MUST declare, and nothing that none declares.
check_shared() {
    local file=$1 may=$2
    shift 2
    judge "$file: exports without the prefix oat_" < <(exported "$file" | awk '!/^oat_/')
    judge "$file: exported, and not declared in a public header" \
        < <(comm -23 <(exported "$file") <(declared "$may" "$@"))
    judge "$file: declared in $*, and not exported" < <(comm -13 <(exported "$file") <(declared "$@"))
}

check_static "$build/liboat.a"
check_static "$build/liboat-reader.a"
check_static "$build/liboat-extra.a"
check_shared "$build/liboat.so" include/oat/oat.h include/oat/oat.h include/oat/config.h include/oat/media.h
check_shared "$build/liboat-reader.so" include/oat/oat.h include/oat/reader.h include/oat/lists.h
check_shared "$build/liboat-extra.so" include/oat/extra.h include/oat/extra.h include/oat/curl.h include/oat/exporter.h
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
