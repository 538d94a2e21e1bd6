#!/usr/bin/env bash
# Starts Caddy with deploy/proxies/Caddyfile before a Cellar on 127.0.0.1, and prints what it is reached by,
# as KEY=VALUE lines.
# Usage: start_caddy.sh WORKDIR PORT CELLAR_PORT
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
enter_proxy caddy Caddyfile "$@"
substitute "auto_https disable_redirects" "auto_https disable_redirects
	default_bind 127.0.0.1"
substitute "packages.example.com {" "https://127.0.0.1:$port {"
substitute /etc/ssl/cellar/certificate.pem "$PWD/server.pem"
substitute /etc/ssl/cellar/key.pem "$PWD/server.key"
printf '%s\n' "$configuration" >Caddyfile

# Caddy's own files, and the socket of its administration, which has a port otherwise.
export HOME=$PWD XDG_CONFIG_HOME=$PWD/config XDG_DATA_HOME=$PWD/data CADDY_ADMIN=unix/$PWD/admin.sock
run_proxy caddy caddy run --config Caddyfile --adapter caddyfile
