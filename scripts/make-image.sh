#!/usr/bin/env bash
# Makes dist/cellar-<version>-image-<architecture>.tar.gz, which `docker load` and `podman load` read, and prints its
# path. buildah takes the last stage of the Dockerfile; no engine and no registry is asked.
# Usage: make-image.sh [FOLDER]   a folder that scripts/release-binary.sh has printed; by default it is called
#
# The format is Docker's: OCI's has no health check. The same commit and the same packages give the same layer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:-$(scripts/release-binary.sh)}
scripts/install-packages.sh image
work=$(mktemp -d)
clean() {
    # Without root, what buildah keeps belongs to other users, which only buildah may be.
    [ "$(id -u)" = 0 ] || buildah unshare rm -rf "$work/storage"
    rm -rf "$work"
}
trap clean EXIT
version=$(git describe --tags --always --dirty)
archive=dist/cellar-$version-image-$(uname -m).tar
# vfs and chroot need nothing of the kernel: each layer is a whole copy, and nothing is run.
buildah=(buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run")

mkdir -p dist "$work/build"
scripts/make-image-root.sh "$work/build/image" "$folder"
sed -n '/^FROM scratch/,$p' deploy/container/Dockerfile >"$work/Dockerfile"
"${buildah[@]}" build --isolation chroot --format docker --timestamp "$(git log -1 --format=%ct)" --quiet \
    --build-context build="$work/build" --build-arg VERSION="$version" --build-arg REVISION="$(git rev-parse HEAD)" \
    --tag "localhost/cellar:$version" --file "$work/Dockerfile" "$work/build" >/dev/null
rm -f "$archive" "$archive.gz"
"${buildah[@]}" push --quiet --format v2s2 "localhost/cellar:$version" "docker-archive:$archive"
gzip --best --no-name "$archive"
echo "$archive.gz"
