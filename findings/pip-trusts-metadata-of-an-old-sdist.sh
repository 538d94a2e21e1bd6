#!/usr/bin/env bash
# pip resolves by the advertised PKG-INFO of an sdist even if its metadata version has no field for dependencies.
#
# Versions: pip 26.3, setuptools 80.9.0. Python 3.11.
# Expected: PEP 643: the metadata of an sdist is reliable from version 2.2 on, except for the fields in Dynamic. For
#   older versions, dependencies are known only after the build. PEP 658 lets an index advertise any file's metadata.
# Seen: an sdist with `install_requires` and a PKG-INFO of version 1.1 is installed without its dependency if its
#   PKG-INFO is advertised, and with it if not. The exit code is 0 both times. So an index must advertise the core
#   metadata of an sdist only if it is static.
# Output: advertised: ['thing']; not advertised: ['needed', 'thing']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet pip==26.3 setuptools==80.9.0

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

import tarfile

pkg_info = b"Metadata-Version: 1.1\nName: thing\nVersion: 1.0\n"
setup = b'from setuptools import setup\nsetup(name="thing", version="1.0", install_requires=["needed"])\n'
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
    for member, data in (("PKG-INFO", pkg_info), ("setup.py", setup)):
        entry = tarfile.TarInfo(f"thing-1.0/{member}")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
sdist = buffer.getvalue()
needed = wheel("needed", "1.0")
kind = "application/octet-stream"
answers["/files/thing-1.0.tar.gz"] = (kind, sdist)
answers["/files/thing-1.0.tar.gz.metadata"] = (kind, pkg_info)
answers["/files/needed-1.0-py3-none-any.whl"] = (kind, needed)
of_needed = {"sha256": hashlib.sha256(needed).hexdigest()}
answers["/simple/needed/"] = (JSON, page("needed", {
    "filename": "needed-1.0-py3-none-any.whl", "url": "/files/needed-1.0-py3-none-any.whl", "hashes": of_needed}))
seen = []
for advertised in (True, False):
    file = {"filename": "thing-1.0.tar.gz", "url": "/files/thing-1.0.tar.gz"}
    file |= {"hashes": {"sha256": hashlib.sha256(sdist).hexdigest()}}
    if advertised:
        file["core-metadata"] = {"sha256": hashlib.sha256(pkg_info).hexdigest()}
    answers["/simple/thing/"] = (JSON, page("thing", file))
    target = folder / f"target-{advertised}"
    code, told = run(
        "python", "-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--no-cache-dir",
        "--no-build-isolation", "--target", target, "--index-url", f"{base}/simple/", "thing")
    seen.append((code, sorted(path.name.partition("-")[0] for path in target.glob("*.dist-info"))))
    print(f"{'advertised' if advertised else 'not advertised'}: exit {code}, {seen[-1][1]}")
    if code:
        print(told)
sys.exit(0 if seen == [(0, ["thing"]), (0, ["needed", "thing"])] else 1)
PYTHON
