#!/usr/bin/env bash
# Proves that what `make install` leaves is enough: programs that know pkg-config alone build against
# it, shared and static, and run. The one for liboat is README.md's. The build tree is enough too.
#
#   check_install.sh SCRATCH BUILD
set -eu
cd "$(dirname "$0")/../.."
tree=$PWD scratch=$PWD/$1 build=$(realpath "$2")
rm -rf "$scratch"
mkdir -p "$scratch"
make --silent install PREFIX=/opt/oat DESTDIR="$scratch/root" BUILD="$2"

export PKG_CONFIG_PATH=$scratch/root/opt/oat/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$scratch/root
export LD_LIBRARY_PATH=$scratch/root/opt/oat/lib
passed=0 failed=0

# judge CLAIM COMMAND...: in the scratch directory
judge() {
    local claim=$1
    shift
    if (cd "$scratch" && "$@"); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$claim: failed"
    fi
}

shared() {
    # shellcheck disable=SC2046 # pkg-config prints several options
    "${CC:-gcc}" -Wall -Werror -o shared "$2" $(pkg-config --cflags --libs "$1") && ./shared
}

static() {
    # shellcheck disable=SC2046
    "${CC:-gcc}" -o static "$2" -Wl,-Bstatic $(pkg-config --cflags --libs "$1") -Wl,-Bdynamic \
        $(pkg-config --static --libs "$1" | tr ' ' '\n' | grep -vx -e "-l${1#lib}") && ./static
}

built() {
    "${CC:-gcc}" -Wall -Werror -I"$tree/include" -o built "$2" -L"$build" "-l${1#lib}" &&
        LD_LIBRARY_PATH=$build ./built
}

awk '/^```/ { on = $0 == "```c"; next } on' README.md >"$scratch/agent.c"
cat >"$scratch/reader.c" <<'C'
#include <oat/reader.h>
int main(void)
{
    oat_store *store;
    return oat_store_open("nowhere", &store) != OAT_NOTFOUND;
}
C
cat >"$scratch/extra.c" <<'C'
#include <oat/extra.h>
#include <oat/oat.h>
int main(void)
{
    oat_config config;
    oat_config_init(&config);
    config.redactor = oat_pcre2_redactor();
    return !config.redactor;
}
C
judge "README's program, shared" shared liboat agent.c
judge "README's program, static" static liboat agent.c
judge "README's program, build tree" built liboat agent.c
judge "patterns, shared" shared liboat-extra extra.c
judge "a reader, build tree" built liboat-reader reader.c
judge "a reader, shared" shared liboat-reader reader.c
judge "a reader, static" static liboat-reader reader.c
if [ -x "$scratch/root/opt/oat/bin/oat" ]; then
    judge "oat lists what README's program wrote" bash -c "'$scratch/root/opt/oat/bin/oat' ls | grep -q 'weather agent'"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
