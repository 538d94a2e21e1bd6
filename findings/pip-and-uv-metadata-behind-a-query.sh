#!/usr/bin/env bash
# pip and uv ask two different addresses for the core metadata of a file whose URL has a query.
#
# Versions: pip 26.3, uv 0.13.8. Python 3.11.
# Expected: the simple repository API (PEP 658): a file's core metadata is "at the same location" with `.metadata`
#   appended. A signed URL (`...whl?signature=abc`) is a valid `url`, and both clients should mean the same file.
# Seen: pip appends to the whole URL, so the query gets longer and pip asks for the path of the wheel itself. A server
#   that ignores unknown queries answers with the wheel. uv appends to the path and keeps the query.
#   An index that advertises core metadata cannot use queries in the URLs of files.
# Output: pip: /files/thing-1.0-py3-none-any.whl?signature=abc.metadata
#         uv:  /files/thing-1.0-py3-none-any.whl.metadata?signature=abc
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet pip==26.3 uv==0.13.8

python3 - "$folder" <<'PYTHON'
import hashlib, http.server, json, os, subprocess, sys, threading

folder = sys.argv[1]
metadata = b"Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n"
name = "thing-1.0-py3-none-any.whl"
file = {
    "filename": name, "url": f"/files/{name}?signature=abc", "hashes": {"sha256": "0" * 64},
    "core-metadata": {"sha256": hashlib.sha256(metadata).hexdigest()},
}
page = json.dumps({"meta": {"api-version": "1.0"}, "name": "thing", "files": [file]}).encode()
asked = []


class Index(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/files/"):
            asked.append(self.path)
        body = page if self.path == "/simple/thing/" else metadata
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
index = f"http://127.0.0.1:{server.server_port}/simple/"
with open(f"{folder}/wanted.in", "w") as wanted:
    wanted.write("thing\n")
commands = {
    "pip": ["python", "-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--dry-run",
            "--no-cache-dir", "--index-url", index, "thing"],
    "uv": ["uv", "pip", "compile", "--no-config", "--no-cache", "--python", f"{folder}/venv/bin/python",
           "--default-index", index, f"{folder}/wanted.in"],
}
seen = {}
for client, (program, *arguments) in commands.items():
    asked.clear()
    subprocess.run([f"{folder}/venv/bin/{program}", *arguments], capture_output=True)
    seen[client] = asked[0] if asked else None
    print(f"{client}: {seen[client]}")
expected = {"pip": f"/files/{name}?signature=abc.metadata", "uv": f"/files/{name}.metadata?signature=abc"}
sys.exit(0 if seen == expected else 1)
PYTHON
