#!/usr/bin/env bash
# Makes a clean Debian 12 root with nothing but the smallest system, and some packages if they are named, and prints its
# folder. Needs root. For tests: copy it, and use the copy.
#
# It is kept outside the clone for 30 days. DEBIAN_MIRROR is where it comes from. Others wait while it is made.
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "clean-root: only root can make the root of another system." >&2; exit 1; }
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
architecture=$(dpkg --print-architecture)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cellar-tests
name=debian-12-$architecture
for package in "$@"; do name+=+$package; done

mkdir -p "$cache"
exec 9>"$cache/$name.lock"
flock 9
if [ -z "$(find "$cache/$name" -maxdepth 0 -mtime -30 2>/dev/null)" ]; then
    # A run that was interrupted left a part of a root.
    rm -rf --one-file-system "$cache/$name" "$cache/$name.new"
    if [ $# = 0 ]; then
        debootstrap --variant=minbase bookworm "$cache/$name.new" "$mirror"
        printf 'deb %s bookworm main\ndeb %s bookworm-updates main\ndeb %s bookworm-security main\n' \
            "$mirror" "$mirror" "$security" >"$cache/$name.new/etc/apt/sources.list"
        install=(dist-upgrade)
    else
        cp -a "$("$0")" "$cache/$name.new"
        install=(install "$@")
    fi >&2
    unshare --mount --pid --fork --kill-child --mount-proc="$cache/$name.new/proc" \
        chroot "$cache/$name.new" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        sh -ec 'apt-get update -q; apt-get -q -y --no-install-recommends "$@"; apt-get clean' sh "${install[@]}" >&2
    touch "$cache/$name.new"
    mv "$cache/$name.new" "$cache/$name"
fi
exec 9>&-
echo "$cache/$name"
