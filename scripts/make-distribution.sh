#!/usr/bin/env bash
# Makes, in dist/, all that Cellar is given away as: an archive, a wheel, a Debian package and an image of a container.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=$(scripts/release-binary.sh)
version=$(git describe --tags --always --dirty)
name=cellar-$version-linux-$(uname -m)
rm -f dist/cellar-*.tar.*
# The filter for x86's jumps and calls saves a tenth.
filters=()
[ "$(uname -m)" != x86_64 ] || filters=(--x86 --lzma2=preset=9e)
# The same commit gives the same bytes.
tar --create --sort=name --mtime="@$(git log -1 --format=%ct)" --owner=0 --group=0 --numeric-owner \
    --directory "$folder" --transform "s,^\.,$name," . | xz -T0 -9e "${filters[@]}" >"dist/$name.tar.xz"
(cd dist && sha256sum "$name.tar.xz" >"$name.tar.xz.sha256")
echo "dist/$name.tar.xz"
scripts/make-wheel.sh "$folder"
rm -f dist/cellar_*.deb
scripts/make-debian-package.sh "$folder"
scripts/make-image.sh "$folder"
