#!/usr/bin/env bash
# Stops the servers whose process ids stand in these files, and waits until they have ended.
# Usage: stop.sh PIDFILE...
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
stop_all "$@"
