#!/usr/bin/env bash
# Starts PostgreSQL (Debian's package) on 127.0.0.1, with TLS and without, and prints what it is reached by, as KEY=VALUE
# lines. It begins again if it ends by itself, so a test may restart it; its data are removed when it is stopped.
# Usage: start_postgres.sh WORKDIR PORT
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
[ -n "${1:-}" ] || fail "usage: ${0##*/} WORKDIR PORT"
port=${2:-}
check_port "$port"
programs=$(postgres_programs)
enter "$1"
make_certificates
enter_as_postgres postgres
password=testing-secret
printf '%s\n' $password >"$home/password"
cp server.pem server.key "$home/"
own_as_postgres
# The order of ICU is not that of bytes: texts whose columns do not ask for it would be sorted in another order.
"${as_postgres[@]}" "$programs/initdb" -D "$home/data" -U postgres -E UTF8 --locale-provider=icu --icu-locale=en-US \
    --locale=C.UTF-8 --auth=scram-sha-256 --pwfile="$home/password" --no-sync >initdb.log 2>&1 ||
    fail "initdb: $(tail -n 3 initdb.log)"
# Commits wait for the disk, as they do where it matters.
start postgres.log postgres.pid bash "$here/keep_running.sh" INT "$home" "${as_postgres[@]}" "$programs/postgres" \
    -D "$home/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
    -c shared_buffers=64MB -c ssl=on -c "ssl_cert_file=$home/server.pem" -c "ssl_key_file=$home/server.key" \
    -c log_statement=none -c log_min_duration_statement=-1
export PGPASSWORD=$password
wait_until_up postgres.log postgres.pid "$programs/psql" -X -h 127.0.0.1 -p "$port" -U postgres -c "SELECT 1"

echo "ENDPOINT=postgresql://postgres:$password@127.0.0.1:$port/postgres"
print_certificates
echo "SERVER_PIDFILE=$home/data/postmaster.pid"
echo "LOG=$PWD/postgres.log"
echo "PIDFILE=$PWD/postgres.pid"
