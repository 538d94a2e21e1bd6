#!/usr/bin/env bash
# uv and Poetry cannot read a page whose Content-Type has capital letters; pip can.
#
# Versions: uv 0.13.8, Poetry 2.5.1, pip 26.3. Python 3.11.
# Expected: RFC 9110 8.3.1: type and subtype are case-insensitive.
# Seen: pip ignores case. uv refuses the page. Poetry finds no versions of the project.
# Output: uv: Unsupported `Content-Type` "Application/Vnd.PyPI.Simple.v1+JSON"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv==0.13.8 pip==26.3 poetry==2.5.1

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
(folder / "pyproject.toml").write_text(
    '[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["thing"]\n\n'
    f'[tool.poetry]\npackage-mode = false\n\n[[tool.poetry.source]]\nname = "one"\nurl = "{base}/simple/"\n'
)
codes = {}
for kind in (JSON, "Application/Vnd.PyPI.Simple.v1+JSON"):
    answers["/simple/thing/"] = (kind, page("thing", file))
    pip, _ = run("python", "-m", "pip", "--isolated", "--disable-pip-version-check", "download", "--no-cache-dir",
    "--index-url", f"{base}/simple/", "thing")
    uv, told = run("uv", "pip", "install", "--no-config", "--no-cache", "--python", folder / "venv/bin/python",
    "--default-index", f"{base}/simple/", "thing", "--reinstall")
    poetry, _ = run("poetry", "lock", "--no-interaction", POETRY_CACHE_DIR=f"{folder}/cache-{len(codes)}")
    (folder / "poetry.lock").unlink(missing_ok=True)
    codes[kind] = [code == 0 for code in (pip, uv, poetry)]
    print(kind, dict(zip(("pip", "uv", "poetry"), codes[kind])))
print(told.strip())
sys.exit(0 if list(codes.values()) == [[True, True, True], [True, False, False]] else 1)
PYTHON
