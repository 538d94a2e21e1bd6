#!/usr/bin/env bash
# Starts test servers on free ports; for each, FOLDER/NAME.env holds what it is reached by, as KEY=VALUE lines.
# Usage: start.sh FOLDER NAME...      NAME: slapd, ci_issuer, oidc_provider, postgres, pgbouncer, swift_s3, ceph_rgw
# To stop them all: stop.sh FOLDER/*/*.pid
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
[ $# -ge 2 ] || fail "usage: $0 FOLDER NAME...   (slapd, ci_issuer, oidc_provider, postgres, pgbouncer, swift_s3, ceph_rgw)"
folder=$1
shift
mkdir -p "$folder"
for name in "$@"; do
    mapfile -t ports < <(free_ports 2)
    if ! "$here/start_$name.sh" "$folder/$name" "${ports[@]}" >"$folder/$name.starting"; then
        "$here/stop.sh" "$folder"/*/*.pid
        rm -f "$folder"/*.env "$folder/$name.starting"
        fail "$name did not start"
    fi
    mv "$folder/$name.starting" "$folder/$name.env"
done
