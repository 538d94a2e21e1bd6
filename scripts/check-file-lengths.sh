#!/usr/bin/env bash
# Refuses source files of more than 700 lines: look for the second thing that such a file does.
set -euo pipefail
limit=700
cd "$(dirname "${BASH_SOURCE[0]}")/.."

status=0
while IFS= read -r file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt $limit ]; then
        echo "$file has $lines lines; $limit are the most" >&2
        status=1
    fi
done < <(git ls-files '*.swift' '*.py' '*.sh')
exit $status
