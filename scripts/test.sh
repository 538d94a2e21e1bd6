#!/usr/bin/env bash
# All tests: the packages they need, a debug build, the Swift tests, then the real clients against the real binary.
# Ends with one line that says how each phase went and how long it took; fails when any did.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

summary=()
failed=0

# phase NAME COMMAND…: runs it, notes its time and outcome.
phase() {
    local name=$1 started=$SECONDS outcome=ok
    shift
    echo "== $name"
    "$@" || outcome=FAILED
    [ $outcome = ok ] || failed=1
    summary+=("$name $outcome ($((SECONDS - started)) s)")
    [ $outcome = ok ]
}

finish() {
    local joined
    joined=$(printf '%s; ' "${summary[@]}")
    echo "== make test: ${joined%; }"
    exit $failed
}

swift_tests() {
    swift test --skip-build --parallel --skip UpstreamHTTPTests || return
    # These hold a network's silence to time limits of seconds: beside all others the machine itself would break them.
    swift test --skip-build --parallel --filter UpstreamHTTPTests
}

client_tests() {
    local environment
    environment=$(scripts/clients-environment.sh) || return
    "$environment/bin/pytest" Tests/Clients -n 2 -q -rs --durations 10
}

phase "system packages" scripts/install-packages.sh test || finish
phase "build" swift build --build-tests --explicit-target-dependency-import-check error || finish
phase "Swift tests" swift_tests
phase "client tests" client_tests
finish
