#!/usr/bin/env bash
# Installs the Debian packages that are missing, and does nothing, not even as root, if none is.
# Usage: install-packages.sh build|test|bench|dist|debian|image|slapd|postgres|proxies|openssl|ceph
set -euo pipefail

build=(ca-certificates curl libarchive-dev libb2-dev libcmark-gfm-dev libcmark-gfm-extensions-dev libcrypt-dev libldap-dev libpq-dev libsqlite3-dev libzstd-dev make pkg-config zlib1g-dev)
# A directory for tests, and the tools that ask it and make its certificates (scripts/servers).
slapd=(ldap-utils openssl slapd)
# A database for tests, its library, and a pooler before it.
postgres=(libpq5 openssl pgbouncer postgresql util-linux)
# What deploy/proxies is for, and the tool that makes their certificates.
proxies=(caddy haproxy nginx-light openssl)
# An object store for tests.
ceph=(ceph-mon ceph-osd radosgw)
# A browser for the pages, and letters for its pictures of Japanese ones.
browser=(chromium fonts-noto-cjk)
test=(binutils "${browser[@]}" python3 python3-venv)
dist=(binutils git python3 xz-utils)
# What makes an image without an engine, and what is in it.
image=(buildah ca-certificates git libldap-2.5-0 libpq5)
# Clean systems in which the Debian package and the wheel are tried.
debian=(binutils curl debootstrap lintian systemd-container util-linux)
bench=(nghttp2-client nginx-light openssl unzip varnish wrk)

case ${1:-} in
    build) wanted=("${build[@]}") ;;
    test) wanted=("${build[@]}" "${test[@]}" "${slapd[@]}" "${postgres[@]}" "${proxies[@]}" "${ceph[@]}") ;;
    bench) wanted=("${build[@]}" "${test[@]}" "${bench[@]}" "${postgres[@]}" "${ceph[@]}") ;;
    dist) wanted=("${build[@]}" "${dist[@]}") ;;
    image) wanted=("${image[@]}") ;;
    debian) wanted=("${debian[@]}") ;;
    slapd) wanted=("${slapd[@]}") ;;
    postgres) wanted=("${postgres[@]}") ;;
    proxies) wanted=("${proxies[@]}") ;;
    ceph) wanted=("${ceph[@]}") ;;
    openssl) wanted=(openssl) ;;
    *)
        echo "usage: $0 build|test|bench|dist|debian|image|slapd|postgres|proxies|openssl|ceph" >&2
        exit 2
        ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian: make sure that you have what these packages bring: ${wanted[*]}" >&2
    exit 0
fi

missing=()
for package in "${wanted[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "Installing with apt-get: ${missing[*]}" >&2
if [ "$(id -u)" = 0 ]; then
    as_root=()
elif command -v sudo >/dev/null; then
    as_root=(sudo)
else
    echo "Neither root nor sudo is available. As root, run: apt-get update && apt-get install ${missing[*]}" >&2
    exit 1
fi
"${as_root[@]}" apt-get update -q
if [[ " ${missing[*]} " == *" slapd "* ]]; then
    # Without a configuration Debian's package starts no server of its own: tests bring theirs.
    echo "slapd slapd/no_configuration boolean true" | "${as_root[@]}" debconf-set-selections
fi
# Debian starts what is a service at once, and whenever the machine starts. Tests start the programs themselves, so that
# nothing takes the ports of the machine; a service that was there before is left alone.
services=()
for package in "${missing[@]}"; do
    case $package in
        caddy | haproxy | pgbouncer | postgresql) brought=$package ;;
        nginx-light) brought=nginx ;;
        varnish) brought="varnish varnishncsa" ;;
        *) brought= ;;
    esac
    for service in $brought; do
        [ -e "/lib/systemd/system/$service.service" ] || services+=("$service")
    done
done
policy=/usr/sbin/policy-rc.d
if [ ${#services[@]} -gt 0 ] && [ ! -e $policy ]; then
    trap '"${as_root[@]}" rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin $policy
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
if [ ${#services[@]} -gt 0 ] && command -v systemctl >/dev/null; then
    "${as_root[@]}" systemctl disable "${services[@]}"
fi
