#!/usr/bin/env bash
# Makes dist/cellar_index-<version>-py3-none-manylinux_2_36_<architecture>.whl, and prints its path.
# Usage: make-wheel.sh [FOLDER]   a folder that scripts/release-binary.sh has printed; by default it is called
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:-$(scripts/release-binary.sh)}
rm -f dist/cellar_index-*.whl
scripts/make-wheel.py --manylinux "$folder" dist
