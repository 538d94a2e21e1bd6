#!/usr/bin/env bash
# Makes, once, the Python environment that the client tests and the benchmarks run in, and prints its folder.
#
# The folder lies outside the clone and is named after the hash of the pinned versions, so a changed pin makes a new one.
# Others wait while it is made.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
requirements=$here/Tests/Clients/requirements.txt
tools=$here/Tests/Clients/tools.txt

python=${PYTHON:-python3}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
hash=$(cat "$requirements" "$tools" | sha256sum | cut -c1-12)
environment=${XDG_CACHE_HOME:-$HOME/.cache}/cellar-tests/python$version-$hash

mkdir -p "$(dirname "$environment")"
exec 9>"$environment.lock"
flock 9
if [ ! -e "$environment/.complete" ]; then
    echo "Making the Python environment of the client tests in $environment" >&2
    rm -rf "$environment"
    mkdir -p "$environment"
    {
        "$python" -m venv "$environment"
        "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
        while read -r tool; do
            UV_TOOL_DIR=$environment/tools UV_TOOL_BIN_DIR=$environment/tools/bin \
                "$environment/bin/uv" tool install --quiet --python "$environment/bin/python" "$tool"
        done < <(grep -v '^#' "$tools")
    } >&2
    touch "$environment/.complete"
fi
exec 9>&-
echo "$environment"
