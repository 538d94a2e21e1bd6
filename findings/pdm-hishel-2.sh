#!/usr/bin/env bash
# PDM 2.29.4 accepts hishel 2 as its dependency, but cannot lock anything with it.
#
# Versions: pdm 2.29.4 with hishel 2.0.0, and with hishel 1.4.0. Python 3.11.
# Expected: the version specifiers (PEP 440) in Requires-Dist say which releases a package works with; installers choose
#   the newest of these.
# Seen: `pip install pdm==2.29.4` installs hishel 2.0.0, which has no SyncSqliteStorage, and every `pdm lock` ends with
#   an error. With hishel 1.4.0 it works. Tests of an index with clients must pin the clients' dependencies too.
# Output: [AttributeError]: module 'hishel' has no attribute 'SyncSqliteStorage'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet pdm==2.29.4 hishel==2.0.0

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
(folder / "pyproject.toml").write_text(
    '[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["thing"]\n\n'
    f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{base}/simple/"\n\n[tool.pdm]\ndistribution = false\n'
)
two, told = run("pdm", "lock", PDM_CHECK_UPDATE="0")
subprocess.run([folder / "venv/bin/python", "-m", "pip", "install", "--quiet", "hishel==1.4.0"], check=True)
one, _ = run("pdm", "lock", PDM_CHECK_UPDATE="0")
print(f"hishel 2.0.0: exit {two}; hishel 1.4.0: exit {one}", told.strip(), sep="\n")
sys.exit(0 if two != 0 and "no attribute 'SyncSqliteStorage'" in told and one == 0 else 1)
PYTHON
