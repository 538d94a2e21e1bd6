#!/usr/bin/env bash
# uv fails on a wheel if the server answers its HEAD request with 501, although GET would work.
#
# Versions: uv 0.13.8. Python 3.11.
# Expected: RFC 9110 15.6.2: 501 says that the method is not implemented. uv sends HEAD to find out whether ranges are
#   served. After 405 it continues with GET, and 501 says as little about GET as 405 does.
# Seen: an error. Small servers, such as Python's BaseHTTPRequestHandler without a do_HEAD, answer 501. This affects
#   only wheels without advertised core metadata.
# Output: HTTP status server error (501 Unsupported method ('HEAD'))
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv==0.13.8

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

    # There is no do_HEAD, so this server answers 501 to HEAD, as Python's servers do.


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
refused, told = run("uv", "pip", "install", "--no-config", "--no-cache", "--python", folder / "venv/bin/python",
    "--default-index", f"{base}/simple/", "thing")
seen = list(asked)


def not_allowed(self):
    self.send_response(405)
    self.send_header("Content-Length", "0")
    self.end_headers()


Index.do_HEAD = not_allowed
taken, _ = run("uv", "pip", "install", "--no-config", "--no-cache", "--python", folder / "venv/bin/python",
    "--default-index", f"{base}/simple/", "thing")
print(f"501: exit {refused}, the server saw {seen}; 405: exit {taken}", told.strip(), sep="\n")
as_before = refused != 0 and "501" in told and ("GET", f"/files/{name}") not in seen and taken == 0
sys.exit(0 if as_before else 1)
PYTHON
