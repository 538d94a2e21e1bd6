#!/usr/bin/env bash
# pytest-xdist no longer keeps the tests of a group on one worker if pytest is 9.2.
#
# Versions: pytest-xdist 3.8.0 with pytest 9.2.0, and with 9.0.2 for comparison. Python 3.11.
# Expected: with `--dist loadgroup`, tests marked with the same `xdist_group` run on one worker, as xdist documents.
# Seen: with pytest 9.2.0 both workers run tests of the group, without a warning. xdist writes the group into the
#   attribute `_nodeid` of each test, and pytest 9.2 takes the name from elsewhere. With 9.0.2 one worker runs them all.
#   Suites whose tests share a server by groups start it once for each worker.
# Output: 9.0.2: 1 worker(s); 9.2.0: 2 worker(s)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/tests"
cat >"$folder/tests/test_group.py" <<'PYTHON'
import os
import pathlib

import pytest


@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(8))
def test_of_the_group(number, worker_id):
    pathlib.Path(os.environ["WORKERS"], worker_id).touch()
PYTHON

seen=
for version in 9.0.2 9.2.0; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/python" -m pip install --quiet "pytest==$version" pytest-xdist==3.8.0
    mkdir "$folder/workers-$version"
    WORKERS=$folder/workers-$version "$folder/$version/bin/pytest" -q -n 2 --dist loadgroup -p no:cacheprovider \
        "$folder/tests" >"$folder/output" || { cat "$folder/output"; exit 1; }
    seen+="${seen:+; }$version: $(find "$folder/workers-$version" -type f | wc -l) worker(s)"
done
echo "$seen"
[ "$seen" = "9.0.2: 1 worker(s); 9.2.0: 2 worker(s)" ] || { echo "It has changed." >&2; exit 1; }
