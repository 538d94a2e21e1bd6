#!/usr/bin/env bash
# Makes dist/cellar_index-<version>-py3-none-manylinux_2_36_<architecture>.whl of the program in dist/cellar, which
# scripts/release-binary.sh makes, and prints its path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[ -e dist/cellar/cellar ] || scripts/release-binary.sh >&2
scripts/make-wheel.py --manylinux dist/cellar dist
