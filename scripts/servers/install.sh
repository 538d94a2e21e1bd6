#!/usr/bin/env bash
# Installs, once, what the test servers of these names need.
# Usage: install.sh NAME...      NAME: slapd, ci_issuer, oidc_provider, swift_s3, ceph_rgw, nginx, caddy, haproxy
#
# Debian packages come from apt-get (as root, or by sudo); Python ones live, like those of the client tests, in an
# environment outside the clone that is named after the hash of the pinned versions. Others wait while it is made.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"

python_environment() {
    local environment python=${PYTHON:-python3}
    environment=$(servers_environment)
    mkdir -p "$(dirname "$environment")"
    exec 9>"$environment.lock"
    flock 9
    if [ ! -e "$environment/.complete" ]; then
        echo "Making the Python environment of the test servers in $environment" >&2
        rm -rf "$environment"
        "$python" -m venv "$environment" >&2
        # Wheels only: nobody needs a compiler. The pins are whole: nothing is resolved.
        "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
            --requirement "$here/requirements.txt" >&2
        touch "$environment/.complete"
    fi
    exec 9>&-
}

names="slapd, ci_issuer, oidc_provider, postgres, pgbouncer, swift_s3, ceph_rgw, nginx, caddy, haproxy"
[ $# -gt 0 ] || fail "usage: $0 NAME...   ($names)"
for name in "$@"; do
    case $name in
        slapd) "$here/../install-packages.sh" slapd ;;
        postgres | pgbouncer) "$here/../install-packages.sh" postgres ;;
        ceph_rgw) "$here/../install-packages.sh" ceph ;;
        swift_s3) python_environment ;;
        nginx | caddy | haproxy) "$here/../install-packages.sh" proxies ;;
        ci_issuer | oidc_provider)
            "$here/../install-packages.sh" openssl
            python_environment
            ;;
        *) fail "there is no test server named $name ($names)" ;;
    esac
done
