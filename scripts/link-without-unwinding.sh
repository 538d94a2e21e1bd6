#!/usr/bin/env bash
# Links as ld.lld does, with objects of Swift that have no tables to unwind the stack: Swift does not unwind, and a
# debugger follows the frame pointers. Packages in C and C++ keep theirs. scripts/release-binary.sh passes this script to
# the compiler in place of the linker.
set -euo pipefail

tools=$(dirname "$(readlink -f "$(command -v swift)")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Copies an object or an archive.
without_tables() {
    "$tools/llvm-objcopy" --remove-section .eh_frame --remove-section .rela.eh_frame "$1" "$2"
}

# The objects stand in response files.
arguments=()
for argument in "$@"; do
    if [[ $argument = @* ]]; then
        mapfile -t -O "${#arguments[@]}" arguments < <(xargs -n 1 <"${argument#@}")
    else
        arguments+=("$argument")
    fi
done

number=0
for place in "${!arguments[@]}"; do
    [[ ${arguments[place]} = *.swift.o ]] || continue
    stripped=$work/$((number += 1)).o
    without_tables "${arguments[place]}" "$stripped"
    arguments[place]=$stripped
done
# The runtime and Foundation.
for archive in "$tools"/../lib/swift_static/linux/*.a; do
    without_tables "$archive" "$work/${archive##*/}"
done
printf '"%s"\n' "-L$work" "${arguments[@]}" >"$work/arguments"
"$tools/ld.lld" "@$work/arguments"
