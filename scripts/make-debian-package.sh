#!/usr/bin/env bash
# Makes dist/cellar_<version>_<architecture>.deb, and prints its path.
#
# Usage: make-debian-package.sh [FOLDER [OUTPUT_FOLDER]]
# FOLDER is what scripts/release-binary.sh has printed; by default it is called.
# DEBIAN_VERSION overrides the version (scripts/debian-version.sh); DEBFULLNAME and DEBEMAIL name the maintainer.
# DEBUG_BUILD=1, for tests, accepts a program that needs libraries that the package does not depend on, and compresses
# little.
# The same commit gives the same bytes: the time of every file is SOURCE_DATE_EPOCH, or that of the commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:-$(scripts/release-binary.sh)}
output=${2:-dist}
program=$folder/cellar
version=${DEBIAN_VERSION:-$(scripts/debian-version.sh "$("$program" --version | sed -nE '1s/^cellar ([0-9.]+).*/\1/p')")}
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-The Cellar maintainers} <${DEBEMAIL:-maintainers@cellar.invalid}>"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
umask 022

# What the program needs, as packages; whatever else it needs would not be there.
depends() {
    local glibc library packages=()
    glibc=$(readelf --wide --version-info "$program" | grep -oE 'GLIBC_[0-9.]+' | cut -d_ -f2 | sort -V | tail -n 1)
    packages+=("libc6 (>= $glibc)")
    for library in $(readelf --wide --dynamic "$program" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'); do
        case $library in
            libc.so.6 | libm.so.6 | libdl.so.2 | libpthread.so.0 | librt.so.1 | ld-linux*) ;;
            libgcc_s.so.1) packages+=(libgcc-s1) ;;
            libstdc++.so.6) packages+=(libstdc++6) ;;
            *)
                [ -z "${DEBUG_BUILD:-}" ] || continue
                echo "make-debian-package: $program needs $library, which the package does not depend on." >&2
                return 1
                ;;
        esac
    done
    (IFS=,; echo "${packages[*]}" | sed 's/,/, /g')
}

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
source=packaging/debian
documents=$root/usr/share/doc/cellar
install -D -m 755 "$program" "$root/usr/bin/cellar"
install -D -m 755 $source/cellarctl "$root/usr/sbin/cellarctl"
install -d "$root/lib/systemd/system"
install -m 644 $source/cellar.service $source/cellar-sweep.service $source/cellar-sweep.timer "$root/lib/systemd/system/"
install -D -m 644 $source/port-443.conf "$documents/examples/port-443.conf"
install -m 644 $source/README.Debian $source/copyright "$documents/"
install -D -m 644 $source/lintian-overrides "$root/usr/share/lintian/overrides/cellar"
for page in cellar.1 cellarctl.8; do
    install -d "$root/usr/share/man/man${page##*.}"
    gzip -9n <$source/$page >"$root/usr/share/man/man${page##*.}/$page.gz"
done
gzip -9n <CHANGELOG.md >"$documents/NEWS.md.gz"
gzip -9n >"$documents/changelog.gz" <<END
cellar ($version) unstable; urgency=medium

  * /usr/share/doc/cellar/NEWS.md.gz says what has changed.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END
cp -R "$folder/licenses" "$documents/licenses"
chmod -R u=rwX,go=rX "$documents"

install -d "$root/DEBIAN"
install -m 755 $source/postinst $source/prerm $source/postrm "$root/DEBIAN/"
dependencies=$(depends)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s|@MAINTAINER@|$maintainer|" \
    -e "s/@DEPENDS@/$dependencies/" \
    -e "s/@SIZE@/$(find "$root" -path "$root/DEBIAN" -prune -o -type f -printf '%s\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')/" \
    $source/control >"$root/DEBIAN/control"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) \
    >"$root/DEBIAN/md5sums"
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$output"
package=$output/cellar_${version}_$architecture.deb
# With threads, what xz writes may depend on the memory of the machine.
compression=(-Zxz --threads-max=1)
[ -z "${DEBUG_BUILD:-}" ] || compression=(-Zgzip -z1)
dpkg-deb --root-owner-group "${compression[@]}" --build "$root" "$package" >/dev/null
echo "$package"
