#!/usr/bin/env bash
# Starts the OpenID Connect provider (README.md) on 127.0.0.1, and prints what it is reached by, as KEY=VALUE lines.
# Usage: start_oidc_provider.sh WORKDIR PORT [TLS_PORT]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
start_issuers oidc_provider "$@"
