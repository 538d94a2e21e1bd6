#!/usr/bin/env bash
# Stops the servers whose process ids stand in these files, and waits until they have ended.
# Usage: stop.sh PIDFILE...
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
for pidfile in "$@"; do
    # A missing file is that of a server which never started, or has been stopped.
    [ -s "$pidfile" ] || continue
    stop_process "$(<"$pidfile")"
    rm -f "$pidfile"
done
