#!/usr/bin/env bash
# Makes, in a folder that must not exist, what the container image is made of. In root/: the program, its configuration,
# the libraries of this Debian that it opens, and their licences. In owned/: the empty folder of the data, which belongs
# to the image's user.
# Usage: make-image-root.sh FOLDER PROGRAM_FOLDER   the second is what scripts/release-binary.sh has printed
set -euo pipefail
folder=$(realpath --canonicalize-missing "$1")
root=$folder/root
program=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
umask 022
libraries=/usr/lib/$(uname -m)-linux-gnu

mkdir "$folder"
mkdir -p "$root"/{dev,proc,run,sys,usr/bin,usr/lib64,etc/cellar,etc/ssl/certs,var/lib/dpkg/status.d,"$libraries"}
ln -s usr/bin usr/lib usr/lib64 "$root/"
install -d -m 700 "$folder/owned/cellar"

install -m 755 "$program/cellar" "$root/usr/bin/"
install -m 644 deploy/container/cellar.toml "$root/etc/cellar/"
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
install -m 644 /usr/lib/os-release "$root/usr/lib/"
ln -s ../usr/lib/os-release "$root/etc/"
printf '%s\n' root:x:0:0:root:/:/sbin/nologin cellar:x:10001:10001:Cellar:/var/lib/cellar:/sbin/nologin >"$root/etc/passwd"
printf '%s\n' root:x:0: cellar:x:10001: >"$root/etc/group"
printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >"$root/etc/nsswitch.conf"

# What the program is linked with, and the libraries that it opens for a directory or for PostgreSQL.
packages=(ca-certificates)
while read -r library; do
    file=$(realpath "$library")
    case $library in
        # The program names its loader by this path.
        /lib64/* | /lib/ld-*) target=$root/usr$library ;;
        *) target=$root$libraries/$(basename "$library") ;;
    esac
    install -D -m 755 "$file" "$target"
    # dpkg knows some files by their paths of before /lib became a link.
    package=$({ dpkg-query --search "$file" || dpkg-query --search "${file#/usr}"; } 2>/dev/null | cut -d : -f 1) ||
        { echo "make-image-root: no Debian package has $file, which is linked with the program." >&2; exit 1; }
    packages+=("$package")
done < <(
    {
        ldd "$program/cellar" "$libraries/libldap-2.5.so.0" "$libraries/libpq.so.5"
        printf '=> %s\n' "$libraries/libldap-2.5.so.0" "$libraries/libpq.so.5"
    } | grep -oE '/[^ :]+\.so[^ :]*' | sort -u
)

install -D -m 644 "$program/LICENSE" "$root/usr/share/doc/cellar/copyright"
cp -r "$program/licenses" "$root/usr/share/doc/cellar/"
for package in $(printf '%s\n' "${packages[@]}" | sort -u); do
    # Where scanners of images look for packages.
    dpkg-query --status "$package" >"$root/var/lib/dpkg/status.d/$package"
    install -D -m 644 "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
done
mkdir "$root/usr/share/common-licenses"
{ grep -rhoE '/usr/share/common-licenses/[A-Za-z]+(-[0-9.]*[0-9])?' "$root/usr/share/doc" || true; } | sort -u | while read -r licence; do
    [ ! -e "$licence" ] || install -m 644 "$licence" "$root$licence"
done
chmod -R u=rwX,go=rX "$root/usr/share"
