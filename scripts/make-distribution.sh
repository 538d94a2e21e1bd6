#!/usr/bin/env bash
# Builds dist/cellar-<version>-linux-<architecture>.tar.gz: one binary with the Swift runtime in it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Its own folder: switching the runtime's linkage in .build would build everything again each time.
scratch=.build/dist
swift build -c release --static-swift-stdlib --scratch-path "$scratch" --product cellar
binary=$(swift build -c release --static-swift-stdlib --scratch-path "$scratch" --show-bin-path)/cellar

version=$(git describe --tags --always --dirty)
name=cellar-$version-linux-$(uname -m)
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
mkdir -p dist "$staging/$name"
install -m 755 "$binary" "$staging/$name/cellar"
# Half of it is for debuggers; the names that a crash report shows stay.
strip --strip-debug "$staging/$name/cellar"
install -m 644 LICENSE README.md "$staging/$name/"
tar --create --gzip --owner=0 --group=0 --directory "$staging" --file "dist/$name.tar.gz" "$name"
(cd dist && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "dist/$name.tar.gz"
