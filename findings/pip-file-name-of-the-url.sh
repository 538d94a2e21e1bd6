#!/usr/bin/env bash
# pip does not find a file with a correct JSON `filename` if the last part of its `url` is something else.
#
# Versions: pip 26.3, compared with uv 0.13.8. Python 3.11.
# Expected: the simple repository API (PEP 691): `filename` is the name, and `url` is where the file is. It does not say
#   that the URL ends in the name. (For HTML, PEP 503 does.)
# Seen: pip takes the name from the URL and ignores `filename`: "from versions: none". uv installs the file. An index
#   with content-addressed files must put the file name at the end of each address.
# Output: ERROR: Could not find a version that satisfies the requirement thing (from versions: none)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv==0.13.8 pip==26.3

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

answers[f"/files/{sha256}"] = answers[f"/files/{name}"]
file = {"filename": name, "url": f"/files/{sha256}", "hashes": {"sha256": sha256}}
answers["/simple/thing/"] = (JSON, page("thing", file))
pip, told = run("python", "-m", "pip", "--isolated", "--disable-pip-version-check", "download", "--no-cache-dir",
    "--index-url", f"{base}/simple/", "thing")
uv, _ = run("uv", "pip", "install", "--no-config", "--no-cache", "--python", folder / "venv/bin/python",
    "--default-index", f"{base}/simple/", "thing")
print(f"pip: exit {pip}; uv: exit {uv}", told.strip(), sep="\n")
sys.exit(0 if pip != 0 and "from versions: none" in told and uv == 0 else 1)
PYTHON
