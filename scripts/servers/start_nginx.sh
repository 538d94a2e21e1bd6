#!/usr/bin/env bash
# Starts nginx with deploy/proxies/nginx.conf before a Cellar on 127.0.0.1, and prints what it is reached by,
# as KEY=VALUE lines.
# Usage: start_nginx.sh WORKDIR PORT CELLAR_PORT
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
enter_proxy nginx nginx.conf "$@"
substitute "listen 443" "listen 127.0.0.1:$port"
substitute /etc/ssl/cellar/certificate.pem "$PWD/server.pem"
substitute /etc/ssl/cellar/key.pem "$PWD/server.key"
printf '%s\n' "$configuration" >cellar.conf

# What Debian's /etc/nginx/nginx.conf is to cellar.conf, with everything in this folder.
user=
[ "$(id -u)" != 0 ] || user="user root;"
cat >main.conf <<CONF
daemon off;
$user
worker_processes 1;
pid $PWD/master.pid;
error_log stderr;
events {}
http {
    access_log $PWD/access.log;
    client_body_temp_path $PWD/body;
    proxy_temp_path $PWD/proxy;
    fastcgi_temp_path $PWD/fastcgi;
    uwsgi_temp_path $PWD/uwsgi;
    scgi_temp_path $PWD/scgi;
    gzip on;
    include $PWD/cellar.conf;
}
CONF
run_proxy nginx nginx -p "$PWD" -e stderr -c "$PWD/main.conf"
