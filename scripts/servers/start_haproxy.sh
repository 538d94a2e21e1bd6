#!/usr/bin/env bash
# Starts HAProxy with deploy/proxies/haproxy.cfg before a Cellar on 127.0.0.1, and prints what it is reached by, as
# KEY=VALUE lines.
# Usage: start_haproxy.sh WORKDIR PORT CELLAR_PORT
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
enter_proxy haproxy haproxy.cfg "$@"
substitute "bind :443" "bind 127.0.0.1:$port"
substitute /etc/haproxy/cellar.pem "$PWD/haproxy.pem"
cat server.pem server.key >haproxy.pem
# Only root may become somebody else, and the system's log is not for tests.
substitute "    user haproxy
    group haproxy
" ""
substitute "log /dev/log local0" "log stdout format raw local0"
printf '%s\n' "$configuration" >haproxy.cfg
run_proxy haproxy haproxy -db -f haproxy.cfg
