#!/usr/bin/env bash
# All tests: the packages and servers they need, a debug build, the Swift tests, then the real clients and a browser
# against the real binary.
# Ends with what failed, and one line that says how each phase went and how long it took; fails if any did.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

summary=()
failed=0
log=$(mktemp)
failures=$(mktemp)
# Where tests find what the servers are reached by (scripts/servers/README.md).
export TEST_SERVERS
TEST_SERVERS=$(mktemp -d)
trap 'scripts/servers/stop.sh "$TEST_SERVERS"/*/*.pid; rm -rf "$log" "$failures" "$TEST_SERVERS"' EXIT

# phase NAME COMMAND…: runs it, notes its time, its outcome and the lines that name failures.
phase() {
    local name=$1 started=$SECONDS outcome=ok
    shift
    echo "== $name"
    "$@" 2>&1 | tee "$log" || outcome=FAILED
    if [ $outcome = FAILED ]; then
        failed=1
        grep -aE '✘|^(FAILED|ERROR) |error:' "$log" | cut -c 1-400 | head -n 40 >>"$failures"
    fi
    summary+=("$name $outcome ($((SECONDS - started)) s)")
    [ $outcome = ok ]
}

finish() {
    local joined
    cat "$failures"
    joined=$(printf '%s; ' "${summary[@]}")
    echo "== make test: ${joined%; }"
    exit $failed
}

swift_tests() {
    # A few at a time: hundreds at once keep each other waiting for longer than HTTP clients are patient.
    export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8
    swift test --skip-build --parallel --quiet --skip UpstreamHTTPTests || return
    # These hold a network's silence to time limits of seconds: beside all others the machine itself would break them.
    swift test --skip-build --parallel --quiet --filter UpstreamHTTPTests
}

test_servers() {
    scripts/servers/install.sh slapd ci_issuer oidc_provider postgres pgbouncer swift_s3 ceph_rgw || return
    scripts/servers/start.sh "$TEST_SERVERS" slapd ci_issuer oidc_provider postgres pgbouncer swift_s3 ceph_rgw
}

client_tests() {
    local environment
    environment=$(scripts/clients-environment.sh) || return
    scripts/old-client-environment.sh Tests/Clients/old-clients/*.txt >/dev/null || return
    "$environment/bin/pytest" Tests/Clients -n 2 -q -rsfE --durations 10
}

# Chromium looks at the pages for people.
browser_tests() {
    local environment
    environment=$(scripts/clients-environment.sh) || return
    "$environment/bin/pytest" Tests/Browser -n 2 -q -rsfE --durations 10
}

phase "system packages" scripts/install-packages.sh test || finish
phase "build" swift build --build-tests --explicit-target-dependency-import-check error || finish
phase "test servers" test_servers
phase "Swift tests" swift_tests
phase "client tests" client_tests
phase "browser tests" browser_tests
finish
