#!/usr/bin/env bash
# Proves that what `make install` leaves is enough: a program that knows pkg-config alone builds
# against it, shared and static, and runs.
#
#   check_install.sh SCRATCH [MAKE-VARIABLES...]
set -eu
cd "$(dirname "$0")/../.."
scratch=$PWD/$1
shift
rm -rf "$scratch"
mkdir -p "$scratch"
make --silent install PREFIX=/opt/oat DESTDIR="$scratch/root" "$@"

export PKG_CONFIG_PATH=$scratch/root/opt/oat/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$scratch/root
cat >"$scratch/program.c" <<'C'
#include <oat/oat.h>
#include <oat/reader.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
    puts(oat_version());
    return strcmp(oat_version(), OAT_VERSION) != 0;
}
C
passed=0
for library in liboat liboat-reader; do
    # shellcheck disable=SC2046 # pkg-config prints several options
    "${CC:-gcc}" -o "$scratch/shared" "$scratch/program.c" $(pkg-config --cflags --libs $library)
    LD_LIBRARY_PATH=$scratch/root/opt/oat/lib "$scratch/shared"
    # shellcheck disable=SC2046
    "${CC:-gcc}" -o "$scratch/static" "$scratch/program.c" -Wl,-Bstatic $(pkg-config --cflags --libs $library) \
        -Wl,-Bdynamic $(pkg-config --static --libs $library | sed "s/-l${library#lib}//")
    "$scratch/static"
    passed=$((passed + 2))
done
for tool in "$scratch"/root/opt/oat/bin/*; do
    [ -x "$tool" ] || continue
    "$tool" --version
    passed=$((passed + 1))
done
rm -rf "$scratch"
echo "$passed passed, 0 failed"
