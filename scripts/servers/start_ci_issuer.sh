#!/usr/bin/env bash
# Starts the token issuer of a CI system (README.md) on 127.0.0.1, and prints what it is reached by, as KEY=VALUE lines.
# Usage: start_ci_issuer.sh WORKDIR PORT [TLS_PORT]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
start_issuers ci_issuer "$@"
echo "RUNNER_TOKEN=runner-token"
