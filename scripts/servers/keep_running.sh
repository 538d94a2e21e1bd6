#!/usr/bin/env bash
# Runs a server, and again whenever it ends, until SIGTERM; then stops it by another signal, and removes its folder.
# Usage: keep_running.sh SIGNAL FOLDER COMMAND...
set -uo pipefail
signal=$1 folder=$2
shift 2
child= ended=
trap 'ended=1; [ -z "$child" ] || kill -"$signal" "$child"' TERM
while [ -z "$ended" ]; do
    "$@" &
    child=$!
    # A signal ends the waiting, not the server.
    while kill -0 "$child" 2>/dev/null; do wait "$child"; done
    # A server that cannot start is not started a thousand times.
    [ -n "$ended" ] || sleep 0.2
done
rm -rf "$folder"
