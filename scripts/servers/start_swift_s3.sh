#!/usr/bin/env bash
# Starts OpenStack Swift with its S3 API on 127.0.0.1, one node and one copy of everything, and prints what it is reached
# by, as KEY=VALUE lines.
# Usage: start_swift_s3.sh WORKDIR PORT
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
[ -n "${1:-}" ] || fail "usage: ${0##*/} WORKDIR PORT"
port=${2:-}
check_port "$port"
python=$(servers_python)
programs=$(dirname "$python")
enter "$1"
rm -rf etc node
mkdir -p etc node/d1

mapfile -t ports < <(free_ports 3)
"$python" - "$PWD/etc" "${ports[@]}" <<'PYTHON'
import sys

from swift.common.ring import RingBuilder

folder, *ports = sys.argv[1:]
for name, port in zip(("account", "container", "object"), map(int, ports)):
    # 4 partitions, 1 copy, moved at most once an hour.
    ring = RingBuilder(2, 1, 1)
    ring.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1.0})
    ring.rebalance()
    ring.get_ring().save(f"{folder}/{name}.ring.gz")
PYTHON

cat >etc/swift.conf <<CONF
[swift-hash]
swift_hash_path_suffix = test
[storage-policy:0]
name = p0
default = yes
CONF
common="bind_ip = 127.0.0.1
user = $(id -un)
swift_dir = $PWD/etc
workers = 0
log_level = WARNING"
number=0
for name in account container object; do
    cat >etc/$name.conf <<CONF
[DEFAULT]
$common
bind_port = ${ports[number]}
devices = $PWD/node
mount_check = false
fallocate_reserve = 0
# An upload's answer waits for its listing. After the second that is the default, a busy machine would drop the entry.
container_update_timeout = 20
[pipeline:main]
pipeline = $name-server
[app:$name-server]
use = egg:swift#$name
CONF
    number=$((number + 1))
done
secret=swift-secret
cat >etc/proxy.conf <<CONF
[DEFAULT]
$common
bind_port = $port
[pipeline:main]
pipeline = catch_errors healthcheck listing_formats s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
node_timeout = 30
conn_timeout = 5
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = $secret .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
CONF

trap 'stop_all *.pid' ERR
number=0
for name in account container object; do
    start $name.log $name.pid "$programs/swift-$name-server" "$PWD/etc/$name.conf" -v
    wait_until_up $name.log $name.pid is_listening "${ports[number]}"
    number=$((number + 1))
done
start proxy.log proxy.pid "$programs/swift-proxy-server" "$PWD/etc/proxy.conf" -v
wait_until_up proxy.log proxy.pid curl --silent --fail --max-time 2 "http://127.0.0.1:$port/healthcheck"
join_pids swift_s3.pid proxy.pid object.pid container.pid account.pid

echo "ENDPOINT=http://127.0.0.1:$port"
echo "REGION=us-east-1"
echo "ACCESS_KEY=test:tester"
echo "SECRET_KEY=$secret"
echo "LOG=$PWD/proxy.log"
echo "PIDFILE=$PWD/swift_s3.pid"
