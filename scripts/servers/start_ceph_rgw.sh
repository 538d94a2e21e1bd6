#!/usr/bin/env bash
# Starts Ceph's object gateway on 127.0.0.1 with one monitor and one OSD that keeps everything in memory, and prints what
# it is reached by, as KEY=VALUE lines.
# Usage: start_ceph_rgw.sh WORKDIR PORT
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
[ -n "${1:-}" ] || fail "usage: ${0##*/} WORKDIR PORT"
port=${2:-}
check_port "$port"
for program in ceph-mon ceph-osd radosgw radosgw-admin monmaptool ceph; do
    command -v $program >/dev/null || fail "there is no $program: run scripts/servers/install.sh ceph_rgw first"
done
enter "$1"
rm -rf mon osd run
mkdir mon osd run
access_key=CEPHACCESSKEY0000000 secret=ceph-secret
mon_port=$(free_ports 1)
osd_id=$(</proc/sys/kernel/random/uuid)
export CEPH_CONF=$PWD/ceph.conf
cat >"$CEPH_CONF" <<CONF
[global]
fsid = $(</proc/sys/kernel/random/uuid)
mon_host = v2:127.0.0.1:$mon_port/0
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# The gateway wants an encrypted connection to the monitor otherwise, for which there are no keys, and waits forever.
ms_mon_client_mode = crc
run_dir = $PWD/run
admin_socket = $PWD/run/\$name.\$pid.asok
crash_dir = $PWD/run
log_file = $PWD/\$name.log
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_data_avail_crit = 1
# Each new pool waits a second for these otherwise, and there are ten.
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
mon_tick_interval = 1
[mon.a]
mon_data = $PWD/mon
[osd.0]
osd_data = $PWD/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_class_load_list = *
osd_class_default_list = *
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_thread_pool_size = 32
rgw_run_sync_thread = false
rgw_dynamic_resharding = false
CONF

trap 'tail -n 25 setup.log >&2; stop_all *.pid' ERR
monmaptool --create --clobber --fsid "$(sed -n 's/^fsid = //p' "$CEPH_CONF")" --addv a "[v2:127.0.0.1:$mon_port]" \
    monmap >setup.log 2>&1
ceph-mon --mkfs -i a --monmap monmap >>setup.log 2>&1
start mon.out mon.pid ceph-mon -i a -f
timeout 60 ceph osd new "$osd_id" 0 >>setup.log 2>&1
ceph-osd -i 0 --mkfs --osd-uuid "$osd_id" >>setup.log 2>&1
start osd.out osd.pid ceph-osd -i 0 -f
timeout 120 radosgw-admin -n client.rgw user create --uid test --display-name test --access-key "$access_key" \
    --secret-key "$secret" >>setup.log 2>&1
start rgw.out rgw.pid radosgw -n client.rgw -f
wait_until_up rgw.out rgw.pid curl --silent --fail --max-time 2 "http://127.0.0.1:$port/"
join_pids ceph_rgw.pid rgw.pid osd.pid mon.pid

echo "ENDPOINT=http://127.0.0.1:$port"
echo "REGION=us-east-1"
echo "ACCESS_KEY=$access_key"
echo "SECRET_KEY=$secret"
echo "LOG=$PWD/client.rgw.log"
echo "PIDFILE=$PWD/ceph_rgw.pid"
