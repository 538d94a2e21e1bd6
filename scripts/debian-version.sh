#!/usr/bin/env bash
# Prints the version of the Debian package of HEAD: debian-version.sh VERSION, which the program says it has.
#
# A tag v… is a release: v0.2.0 is 0.2.0, v0.2.0-rc1 is 0.2.0~rc1, and commits after it are 0.2.0+5.g1234abcd. Before the
# first tag of a version, a commit is a development release of it, numbered by the commits: 0.2.0~dev120.g1234abcd. So
# each sorts after what came before it (dpkg --compare-versions).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=${1:?usage: debian-version.sh VERSION}
# "v0.1.0-rc1-5-g1234abcd-dirty": the last tag, the commits since then, the commit.
described=$(git describe --tags --long --abbrev=8 --match 'v[0-9]*' 2>/dev/null) || described=
changed=
[ -z "$(git status --porcelain --untracked-files=no)" ] || changed=.changed
if [[ $described =~ ^v([0-9.]+)(-([0-9A-Za-z.]+))?-([0-9]+)-(g[0-9a-f]+)$ && ${BASH_REMATCH[1]} = "$version" ]]; then
    result=$version
    [ -z "${BASH_REMATCH[3]}" ] || result+="~${BASH_REMATCH[3]}"
    [ "${BASH_REMATCH[4]}" = 0 ] && [ -z "$changed" ] || result+="+${BASH_REMATCH[4]}.${BASH_REMATCH[5]}$changed"
else
    result="$version~dev$(git rev-list --count HEAD).g$(git rev-parse --short=8 HEAD)$changed"
fi
echo "$result"
