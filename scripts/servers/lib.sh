# What the scripts of the test servers share; sourced by them, with `set -euo pipefail`.

# fail TEXT: says what is wrong, and ends.
fail() {
    echo "${0##*/}: error: $1" >&2
    exit 1
}

# servers_environment: prints the folder of the Python environment, whether it has been made or not.
servers_environment() {
    local folder version hash
    folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    version=$("${PYTHON:-python3}" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    hash=$(sha256sum <"$folder/requirements.txt" | cut -c1-12)
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/cellar-tests/servers/python$version-$hash"
}

# servers_python: prints the interpreter of the environment, or fails if it has not been made.
servers_python() {
    local environment
    environment=$(servers_environment)
    [ -e "$environment/.complete" ] || fail "its Python packages are missing: run scripts/servers/install.sh first"
    echo "$environment/bin/python"
}

# enter WORKDIR: makes the folder, which nobody else may read, and goes there.
enter() {
    mkdir -p -m 700 "$1"
    cd "$1"
}

# check_port NUMBER: fails unless it is a port on which nobody listens.
check_port() {
    [[ ${1:-} =~ ^[1-9][0-9]*$ ]] && [ "$1" -le 65535 ] || fail "'${1:-}' is no port"
    if is_listening "$1"; then fail "somebody listens on port $1 already"; fi
}

is_listening() {
    (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# make_certificates: an authority (ca.pem) and what it issued to localhost and 127.0.0.1 (server.pem, server.key).
make_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -subj "/CN=Cellar test CA $RANDOM" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -keyout ca.key -out ca.pem 2>openssl.log || fail "no test CA: $(<openssl.log)"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=localhost \
        -keyout server.key -out server.csr 2>openssl.log || fail "no key: $(<openssl.log)"
    printf '%s\n' subjectAltName=DNS:localhost,IP:127.0.0.1 basicConstraints=critical,CA:FALSE \
        extendedKeyUsage=serverAuth authorityKeyIdentifier=keyid >extensions
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile extensions \
        -out server.pem 2>openssl.log || fail "no certificate: $(<openssl.log)"
    # Nobody else is to be trusted.
    rm -f ca.key server.csr extensions openssl.log
}

# print_certificates: says where they are; a test may have another server on this machine use them, too.
print_certificates() {
    printf '%s\n' "CA_FILE=$PWD/ca.pem" "CERTIFICATE=$PWD/server.pem" "KEY=$PWD/server.key"
}

# start LOG PIDFILE COMMAND...: starts a server in a session of its own, and notes its process id.
start() {
    local log=$1 pidfile=$2
    shift 2
    setsid "$@" >"$log" 2>&1 </dev/null &
    echo $! >"$pidfile"
}

# wait_until_up LOG PIDFILE COMMAND...: waits up to 30 s until the command succeeds; else shows the log and stops.
wait_until_up() {
    local log=$1 pidfile=$2 pid deadline=$((SECONDS + 30))
    shift 2
    pid=$(<"$pidfile")
    trap 'stop_process "$pid"; exit 1' INT TERM
    until "$@" >/dev/null 2>&1; do
        if ! is_running "$pid"; then
            tail -n 25 "$log" >&2
            rm -f "$pidfile"
            fail "the server ended before it answered"
        fi
        if [ $SECONDS -ge $deadline ]; then
            tail -n 25 "$log" >&2
            stop_process "$pid"
            rm -f "$pidfile"
            fail "the server did not answer within 30 s"
        fi
        sleep 0.02
    done
}

# is_running PID: whether the process is there; one that ended and waits for its parent (a zombie) is not.
is_running() {
    local state=Z
    { read -r _ _ state _ <"/proc/$1/stat"; } 2>/dev/null || return 1
    [ "$state" != Z ]
}

# stop_process PID: asks it to end and waits, and kills it if it has not ended after 10 s.
stop_process() {
    local deadline=$((SECONDS + 10))
    kill -TERM "$1" 2>/dev/null || return 0
    while is_running "$1" && [ $SECONDS -lt $deadline ]; do sleep 0.02; done
    if is_running "$1"; then kill -KILL "$1" 2>/dev/null || true; fi
}

# stop_all PIDFILE...: stops the processes that stand in files, one a line; all are asked to end before any is waited for.
stop_all() {
    local pidfile pid pids=()
    for pidfile in "$@"; do
        # A missing file is that of a server which never started, or has been stopped.
        [ -s "$pidfile" ] || continue
        mapfile -t -O ${#pids[@]} pids <"$pidfile"
    done
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do stop_process "$pid"; done
    rm -f "$@"
}

# join_pids PIDFILE OTHER...: makes one file of those of several processes that are one server.
join_pids() {
    local joined=$1
    shift
    cat "$@" >"$joined"
    rm -f "$@"
}

# start_issuers NAME WORKDIR PORT [TLS_PORT]: starts NAME.py, and prints its addresses.
start_issuers() {
    local name=$1 folder=${2:-} port=${3:-} tls_port=${4:-} python scripts tls=()
    [ -n "$folder" ] || fail "usage: ${0##*/} WORKDIR PORT [TLS_PORT]"
    check_port "$port"
    python=$(servers_python)
    scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    enter "$folder"
    if [ -n "$tls_port" ]; then
        check_port "$tls_port"
        make_certificates
        tls=(--tls "$tls_port" server.pem server.key)
    fi
    start "$name.log" "$name.pid" "$python" -B "$scripts/$name.py" "$port" "${tls[@]}"
    wait_until_up "$name.log" "$name.pid" curl --silent --fail --max-time 2 "http://127.0.0.1:$port/"
    echo "ENDPOINT=http://127.0.0.1:$port"
    if [ -n "$tls_port" ]; then
        echo "TLS_ENDPOINT=https://127.0.0.1:$tls_port"
        print_certificates
    fi
    echo "LOG=$PWD/$name.log"
    echo "PIDFILE=$PWD/$name.pid"
}

# postgres_programs: prints the folder of PostgreSQL's programs, which Debian keeps apart by their version.
postgres_programs() {
    local folder
    folder=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [ -x "$folder/initdb" ] || fail "there is no PostgreSQL: run scripts/servers/install.sh postgres first"
    echo "$folder"
}

# enter_as_postgres NAME: sets `as_postgres`, the words before a command that refuses to run as root, and `home`, a folder
# that it can use. The folders of tests are nobody else's, so as root it has one of its own.
enter_as_postgres() {
    as_postgres=() home=$PWD/home
    if [ "$(id -u)" = 0 ]; then
        as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
        home=$(mktemp -d "${TMPDIR:-/tmp}/cellar-$1.XXXXXX")
    else
        mkdir -p "$home"
    fi
    own_as_postgres
}

# own_as_postgres: gives `home` to the user as whom the server runs.
own_as_postgres() {
    [ "$(id -u)" != 0 ] || chown -R postgres:postgres "$home"
}

# free_ports COUNT: prints ports on which nobody listens, one a line. They are below those that the system gives to
# outgoing connections (ip_local_port_range, from 32768 on).
free_ports() {
    local port found=0
    while read -r port; do
        [ $found -lt "$1" ] || return 0
        is_listening "$port" || { echo "$port" && found=$((found + 1)); }
    done < <(shuf -i 20000-31999 -n 1000)
    [ $found -ge "$1" ] || fail "no free port was found"
}

# enter_proxy PROGRAM FILE WORKDIR PORT CELLAR_PORT: goes to WORKDIR, which gets certificates, and sets `port`, and
# `configuration` to deploy/proxies/FILE before the Cellar on CELLAR_PORT.
enter_proxy() {
    local program=$1 file=$2 folder=${3:-} cellar_port=${5:-} source
    [ -n "$folder" ] || fail "usage: ${0##*/} WORKDIR PORT CELLAR_PORT"
    port=${4:-}
    check_port "$port"
    [[ $cellar_port =~ ^[1-9][0-9]*$ ]] || fail "'$cellar_port' is no port of a Cellar"
    # Debian has some where only root looks for programs.
    PATH=$PATH:/usr/sbin
    command -v "$program" >/dev/null || fail "there is no $program: run scripts/servers/install.sh $program first"
    source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../deploy/proxies" && pwd)/$file
    enter "$folder"
    make_certificates
    configuration=$(<"$source")
    substitute 127.0.0.1:6543 "127.0.0.1:$cellar_port"
}

# substitute TEXT OTHER: puts another text into `configuration`; what is not there fails, so that nothing is tested that
# users do not copy.
substitute() {
    [[ $configuration == *"$1"* ]] || fail "the file in deploy/proxies no longer has '$1'"
    configuration=${configuration//"$1"/"$2"}
}

# run_proxy NAME COMMAND...: starts a proxy, waits until it answers on `port`, and prints what it is reached by.
run_proxy() {
    local name=$1
    shift
    start "$name.log" "$name.pid" "$@"
    wait_until_up "$name.log" "$name.pid" \
        curl --silent --max-time 2 --cacert ca.pem --output /dev/null "https://127.0.0.1:$port/"
    echo "ENDPOINT=https://127.0.0.1:$port"
    print_certificates
    echo "LOG=$PWD/$name.log"
    echo "PIDFILE=$PWD/$name.pid"
}
