#!/usr/bin/env bash
# Makes, once for each, the Python environments of old clients, and prints their folders, one a line.
# Usage: old-client-environment.sh FILE..., each FILE a full list of pins (Tests/Clients/old-clients).
#
# Like the environment of the other client tests (clients-environment.sh, whose uv does the work) they lie outside the
# clone and are named after the hash of their pins. Others wait while one is made.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
clients=$("$here/scripts/clients-environment.sh")
python=$clients/bin/python
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
folder=${XDG_CACHE_HOME:-$HOME/.cache}/cellar-tests/old-clients
mkdir -p "$folder"

for pins in "$@"; do
    name=$(basename "$pins" .txt)
    environment=$folder/$name-python$version-$(sha256sum <"$pins" | cut -c1-12)
    (
        flock 9
        if [ ! -e "$environment/.complete" ]; then
            echo "Making the Python environment of $name in $environment" >&2
            rm -rf "$environment"
            "$clients/bin/uv" venv --quiet --python "$python" "$environment"
            # Wheels only: nobody needs a compiler. The pins are whole: nothing is resolved.
            "$clients/bin/uv" pip install --quiet --no-deps --only-binary :all: \
                --python "$environment/bin/python" --requirements "$pins"
            touch "$environment/.complete"
        fi
    ) 9>"$environment.lock" >&2
    echo "$environment"
done
