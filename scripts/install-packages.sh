#!/usr/bin/env bash
# Installs the Debian packages that are missing, and does nothing, not even as root, if none is.
# Usage: install-packages.sh build|test|bench|dist|slapd|openssl
set -euo pipefail

build=(ca-certificates curl libarchive-dev libb2-dev libcrypt-dev libldap-dev libsqlite3-dev libzstd-dev make pkg-config zlib1g-dev)
# A directory for tests, and the tools that ask it and make its certificates (scripts/servers).
slapd=(ldap-utils openssl slapd)
test=(binutils python3 python3-venv)
dist=(binutils git python3 xz-utils)
bench=(nghttp2-client nginx-light openssl unzip varnish wrk)

case ${1:-} in
    build) wanted=("${build[@]}") ;;
    test) wanted=("${build[@]}" "${test[@]}" "${slapd[@]}") ;;
    bench) wanted=("${build[@]}" "${test[@]}" "${bench[@]}") ;;
    dist) wanted=("${build[@]}" "${dist[@]}") ;;
    slapd) wanted=("${slapd[@]}") ;;
    openssl) wanted=(openssl) ;;
    *)
        echo "usage: $0 build|test|bench|dist|slapd|openssl" >&2
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
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
