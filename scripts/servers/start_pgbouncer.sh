#!/usr/bin/env bash
# Starts PgBouncer (Debian's package) on 127.0.0.1, which gives each transaction another session of the PostgreSQL that
# start_postgres.sh has started, and prints what it is reached by, as KEY=VALUE lines.
# Usage: start_pgbouncer.sh WORKDIR PORT [POSTGRES_PORT]   without the last, the one that ../postgres.env names
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
[ -n "${1:-}" ] || fail "usage: ${0##*/} WORKDIR PORT [POSTGRES_PORT]"
port=${2:-}
check_port "$port"
PATH=$PATH:/usr/sbin
command -v pgbouncer >/dev/null || fail "there is no pgbouncer: run scripts/servers/install.sh pgbouncer first"
enter "$1"
postgres=../postgres.env
if [ -e $postgres ]; then
    server=$(sed -n 's|^ENDPOINT=.*:\([0-9]*\)/.*|\1|p' $postgres)
else
    server=${3:-}
    is_listening "${server:-0}" || fail "nobody listens on the port '$server' of PostgreSQL"
fi
enter_as_postgres pgbouncer
password=testing-secret
cat >"$home/pgbouncer.ini" <<INI
[databases]
* = host=127.0.0.1 port=$server
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $home/users.txt
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
server_idle_timeout = 5
INI
printf '"postgres" "%s"\n' $password >"$home/users.txt"
own_as_postgres
start pgbouncer.log pgbouncer.pid bash "$here/keep_running.sh" TERM "$home" "${as_postgres[@]}" \
    "$(command -v pgbouncer)" "$home/pgbouncer.ini"
wait_until_up pgbouncer.log pgbouncer.pid is_listening "$port"

echo "ENDPOINT=postgresql://postgres:$password@127.0.0.1:$port/postgres"
echo "LOG=$PWD/pgbouncer.log"
echo "PIDFILE=$PWD/pgbouncer.pid"
