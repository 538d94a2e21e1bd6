#!/usr/bin/env bash
# Wheels of early uv_build versions have hex digests in RECORD; later ones have base64, as prescribed.
#
# Versions: uv_build 0.8.12 and 0.8.13. Python 3.11.
# Expected: the binary distribution format: the hashes in RECORD are "urlsafe-base64-nopad" of the digest.
# Seen: 0.8.12 writes 64 hex digits of the correct digest. Installers do not compare them, so such wheels are on PyPI.
#   An index that checks RECORD must accept both encodings.
# Output: 0.8.12: 64 characters, hex of the right digest; 0.8.13: 43 characters, base64 of the right digest
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
mkdir -p "$folder/project/src/thing"
echo 'version = "1.0"' >"$folder/project/src/thing/__init__.py"
cat >"$folder/project/pyproject.toml" <<'TOML'
[project]
name = "thing"
version = "1.0"

[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
TOML

for version in 0.8.12 0.8.13; do
    "$folder/venv/bin/python" -m pip install --quiet "uv_build==$version"
    mkdir "$folder/$version"
    (cd "$folder/project" && PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" -c \
        'import sys, uv_build; uv_build.build_wheel(sys.argv[1])' "$folder/$version") >/dev/null
done

python3 - "$folder" <<'PYTHON'
import base64, csv, hashlib, pathlib, sys, zipfile

found = {}
for version in ("0.8.12", "0.8.13"):
    [path] = (pathlib.Path(sys.argv[1]) / version).glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        rows = csv.reader(archive.read("thing-1.0.dist-info/RECORD").decode().splitlines())
        told = {row[0]: row[1].partition("=")[2] for row in rows}["thing/__init__.py"]
        digest = hashlib.sha256(archive.read("thing/__init__.py")).digest()
    spellings = {"hex": digest.hex(), "base64": base64.urlsafe_b64encode(digest).decode().rstrip("=")}
    found[version] = [name for name, spelling in spellings.items() if spelling == told]
    print(f"{version}: {len(told)} characters, {found[version]} of the right digest")
sys.exit(0 if found == {"0.8.12": ["hex"], "0.8.13": ["base64"]} else 1)
PYTHON
