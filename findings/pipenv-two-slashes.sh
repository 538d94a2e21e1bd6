#!/usr/bin/env bash
# pipenv asks for a page at an address with two slashes if the URL of the index ends in a slash.
#
# Versions: pipenv 2026.10.3. Python 3.11.
# Expected: the simple repository API (PEP 503): a project's page is at `/<project>/` below the URL of the index, and
#   that URL is always written with a final slash. RFC 3986 3.3: an empty path segment is a segment.
# Seen: pip, which pipenv runs, asks for `/simple/thing/`. pipenv itself asks for `/simple//thing/` to get the hashes,
#   and continues without an answer. If an index treats both alike, its log has no 404 for each lock.
# Output: GET /simple//thing/
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet pipenv==2026.10.3

python3 - "$folder" <<'PYTHON'
import hashlib, http.server, io, json, os, pathlib, subprocess, sys, threading, zipfile

folder = pathlib.Path(sys.argv[1])
JSON = "application/vnd.pypi.simple.v1+json"
answers, asked = {}, []


class Index(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append((self.command, self.path))
        kind, body = answers.get(self.path, ("text/plain", None))
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body or b"")

    def log_message(self, *_):
        pass

    do_HEAD = do_GET


def wheel(name, version):
    info, buffer = f"{name}-{version}.dist-info", io.BytesIO()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return buffer.getvalue()


def page(name, *files):
    return json.dumps({"meta": {"api-version": "1.0"}, "name": name, "files": list(files)}).encode()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
name = "thing-1.0-py3-none-any.whl"
content = wheel("thing", "1.0")
sha256 = hashlib.sha256(content).hexdigest()
answers[f"/files/{name}"] = ("application/octet-stream", content)

settings = {"PATH": f"{folder}/venv/bin:/usr/bin:/bin", "HOME": str(folder), "NO_PROXY": "127.0.0.1", "LANG": "C.UTF-8"}

def run(*command, **environment):
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=settings | environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr

file = {"filename": name, "url": f"/files/{name}", "hashes": {"sha256": sha256}}
answers["/simple/thing/"] = (JSON, page("thing", file))
seen = {}
for end in ("/", ""):
    (folder / "Pipfile").write_text(
        f'[[source]]\nurl = "{base}/simple{end}"\nverify_ssl = false\nname = "one"\n\n[packages]\nthing = "*"\n')
    asked.clear()
    code, told = run("pipenv", "lock", PIPENV_IGNORE_VIRTUALENVS="1", PIPENV_VENV_IN_PROJECT="1", PIPENV_NOSPIN="1",
                     PIP_NO_CACHE_DIR="1", PIPENV_CACHE_DIR=f"{folder}/cache{len(end)}")
    seen[end] = (code, ("GET", "/simple//thing/") in asked)
    print(f"url = .../simple{end}: exit {code}, {sorted({path for _, path in asked if '/simple' in path})}")
sys.exit(0 if seen == {"/": (0, True), "": (0, False)} else 1)
PYTHON
