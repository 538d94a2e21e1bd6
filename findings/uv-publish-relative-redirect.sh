#!/usr/bin/env bash
# uv publish follows a redirect of the upload if Location is an absolute URL, and fails if it is a path.
#
# Versions: uv 0.13.8. Python 3.11.
# Expected: RFC 9110 10.2.2: Location is a URI reference, and a relative one is resolved against the address of the
#   request. `uv pip install` does so: it follows such a redirect of a page.
# Seen: `uv publish` follows 307 and 308 if Location is the whole URL, and the file arrives there. If Location is a
#   path, it ends with an error. So an index, or a proxy in front of it, that redirects uploads must send the whole URL.
# Output: Request was redirected, but location header is not a URL; relative URL without a base
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv==0.13.8

python3 - "$folder" <<'PYTHON'
import hashlib, http.server, json, pathlib, subprocess, sys, threading, zipfile

folder = pathlib.Path(sys.argv[1])
asked = []
info, path = "thing-1.0.dist-info", folder / "thing-1.0-py3-none-any.whl"
with zipfile.ZipFile(path, "w") as archive:
    archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
    archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    archive.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
wheel = path.read_bytes()
file = {"filename": path.name, "url": f"/files/{path.name}", "hashes": {"sha256": hashlib.sha256(wheel).hexdigest()}}
page = json.dumps({"meta": {"api-version": "1.0"}, "name": "thing", "files": [file]}).encode()


class Index(http.server.BaseHTTPRequestHandler):
    def answer(self, status=200, body=b"", kind="text/plain", location=None):
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_POST(self):
        upload = self.rfile.read(int(self.headers["Content-Length"]))
        asked.append((self.command, self.path, wheel in upload))
        parts = self.path.split("/")  # `/STATUS/path/` and `/STATUS/url/` redirect to `/upload/`.
        if parts[1] == "upload":
            self.answer()
        else:
            self.answer(int(parts[1]), location={"path": "", "url": base}[parts[2]] + "/upload/")

    def do_GET(self):
        if self.path.startswith("/files/"):
            self.answer(body=wheel, kind="application/octet-stream")
        elif self.path == "/there/thing/":
            self.answer(body=page, kind="application/vnd.pypi.simple.v1+json")
        else:
            self.answer(308, location="/there/thing/")

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def uv(*arguments):
    settings = {"PATH": f"{folder}/venv/bin:/usr/bin:/bin", "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        ["uv", *arguments, "--no-config", "--no-cache"], cwd=folder, env=settings, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
installed, _ = uv(
    "pip", "install", "--python", f"{folder}/venv/bin/python", "--default-index", f"{base}/here/", "thing")
print(f"pip install, Location is a path: exit {installed}")
as_before = installed == 0
for status in (307, 308):
    for location in ("url", "path"):
        asked.clear()
        address = f"/{status}/{location}/"
        login = ("--username", "me", "--password", "secret")
        code, told = uv("publish", "--publish-url", base + address, *login, str(path))
        requests = [seen[:2] for seen in asked]
        print(f"publish, {status}, Location is a {location}: exit {code}, the server saw {requests}")
        first, second = ("POST", address, True), ("POST", "/upload/", True)
        if location == "url":
            as_before &= code == 0 and asked == [first, second]
        else:
            as_before &= code != 0 and asked == [first] and "location header is not a URL" in told
print(told.strip())
sys.exit(0 if as_before else 1)
PYTHON
