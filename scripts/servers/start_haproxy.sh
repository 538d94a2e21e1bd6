#!/usr/bin/env bash
# Starts HAProxy with deploy/proxies/haproxy.cfg before one or more Cellars on 127.0.0.1, and prints what it is reached
# by, as KEY=VALUE lines.
# Usage: start_haproxy.sh WORKDIR PORT CELLAR_PORT...
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
enter_proxy haproxy haproxy.cfg "$@"
substitute "bind :443" "bind 127.0.0.1:$port"
substitute /etc/haproxy/cellar.pem "$PWD/haproxy.pem"
cat server.pem server.key >haproxy.pem
# One line for each replica, as docs/replicas.md says.
line="    server cellar 127.0.0.1:$3 check inter 1s rise 1" lines=
for number in $(seq 3 $#); do
    lines+="${lines:+$'\n'}${line/cellar 127.0.0.1:$3/cellar$((number - 2)) 127.0.0.1:${!number}}"
done
[ $# -eq 3 ] || substitute "$line" "$lines"
# Only root may become somebody else, and the system's log is not for tests.
substitute "    user haproxy
    group haproxy
" ""
substitute "log /dev/log local0" "log stdout format raw local0"
printf '%s\n' "$configuration" >haproxy.cfg
run_proxy haproxy haproxy -db -f haproxy.cfg
