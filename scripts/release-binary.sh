#!/usr/bin/env bash
# Builds the program as it is given away, and prints the folder with it and the licences of all its parts: dist/cellar.
# It needs nothing but glibc: all other libraries are linked in, and of them only what is used.
# Usage: release-binary.sh [PRODUCT]…   the products are built in the same way, into .build/dist/release
#
# CELLAR_BINARY=file takes a program that is built already. Its debug information goes to dist/cellar.debug, which a
# debugger finds by the build id.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# build SCRATCH PRODUCT…
build() {
    local scratch=$1 linked=$PWD/$1/linked runtime library archive product
    shift
    runtime=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")/lib/swift_static/linux
    rm -rf "$linked"
    mkdir -p "$linked"
    # Where the linker looks first there are static libraries only.
    for library in archive b2 cmark-gfm cmark-gfm-extensions crypt sqlite3 stdc++ z zstd; do
        archive=$(clang -print-file-name="lib$library.a")
        [ -e "$archive" ] || { echo "release-binary: lib$library.a is missing." >&2; return 1; }
        ln -s "$(realpath "$archive")" "$linked/"
    done
    for library in libarchive:archive libb2:b2 libzstd:zstd zlib:z; do
        printf 'Name: %s\nDescription: %s, linked statically\nVersion: 0\nLibs: -L%s -l%s\n' \
            "${library%:*}" "${library%:*}" "$linked" "${library#*:}" >"$linked/${library%:*}.pc"
    done
    # Foundation's ICU knows every language; the server needs none.
    scripts/reduce-icu-data.py "$runtime/lib_FoundationICU.a" "$linked/icu.dat"
    printf '.section .rodata\n.balign 16\n.globl cellar_icu_data\n.type cellar_icu_data, @object\ncellar_icu_data:\n.incbin "%s"\n%s\n' \
        "$linked/icu.dat" '.size cellar_icu_data, . - cellar_icu_data
.section .note.GNU-stack, "", @progbits' >"$linked/icu.s"
    clang -c "$linked/icu.s" -o "$linked/icu.o"
    local -x CELLAR_COMMIT CELLAR_SWIFT
    CELLAR_COMMIT=$(git rev-parse --short=8 HEAD 2>/dev/null) || CELLAR_COMMIT=
    CELLAR_SWIFT=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9.]+).*/\1/p')
    # One section for each function, so that the linker can drop those that nobody calls, and keep of equal ones one.
    for product in "$@"; do
        PKG_CONFIG_PATH=$linked swift build -c release --static-swift-stdlib --scratch-path "$scratch" \
            --explicit-target-dependency-import-check error --product "$product" \
            -Xswiftc -Xfrontend -Xswiftc -function-sections -Xcc -ffunction-sections -Xcc -fdata-sections \
            -Xswiftc -ld-path="$PWD/scripts/link-without-unwinding.sh" -Xlinker --icf=all \
            -Xlinker "$linked/icu.o" -Xlinker --defsym=icudt76_dat=cellar_icu_data >&2
    done
}

if [ -n "${CELLAR_BINARY:-}" ]; then
    binary=$CELLAR_BINARY
    checkouts=.build/checkouts
else
    # Its own folder: switching the runtime's linkage in .build would build everything again each time.
    scratch=.build/dist
    build $scratch cellar "$@"
    checkouts=$scratch/checkouts
    binary=$(swift build -c release --static-swift-stdlib --scratch-path "$scratch" --show-bin-path)/cellar
fi

folder=dist/cellar
rm -rf "$folder" "$folder.debug"
mkdir -p "$folder"
objcopy --only-keep-debug --compress-debug-sections "$binary" "$folder.debug"
chmod 644 "$folder.debug"
# Without the names of functions: the runtime prints no stack, and a debugger reads them from cellar.debug.
objcopy --strip-all --add-gnu-debuglink="$folder.debug" "$binary" "$folder/cellar"
chmod 755 "$folder/cellar"
install -m 644 LICENSE "$folder/"
scripts/collect-licenses.py "$checkouts" "$folder/licenses"
echo "$folder"
