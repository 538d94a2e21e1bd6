#!/usr/bin/env bash
# pip 22.3.1 to 23.0.1 fail with a TypeError on a JSON page that has `dist-info-metadata` as an object.
#
# Versions: pip 22.3.1 and 23.0.1 (the one in Debian 12), compared with pip 24.0. Python 3.11.
# Expected: PEP 691 with PEP 658 and PEP 714: in JSON, `dist-info-metadata` is true or an object of hash names and
#   digests. Clients use it or ignore it.
# Seen: both old versions read the object as the text that HTML has (`sha256=...`). pip 24.0 reads `core-metadata`.
#   So an index may send both keys in HTML, but only `core-metadata` in JSON, as PEP 714 asks.
# Output: TypeError: unhashable type: 'dict'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 22.3.1 23.0.1 24.0; do
    python3 -m venv "$folder/pip-$version"
    "$folder/pip-$version/bin/python" -m pip install --quiet "pip==$version"
done

python3 - "$folder" <<'PYTHON'
import hashlib, http.server, io, json, subprocess, sys, threading, zipfile

folder = sys.argv[1]
metadata = b"Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n"
info, buffer = "thing-1.0.dist-info", io.BytesIO()
with zipfile.ZipFile(buffer, "w") as archive:
    archive.writestr(f"{info}/METADATA", metadata)
    archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    archive.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
wheel, name = buffer.getvalue(), "thing-1.0-py3-none-any.whl"
of_metadata = {"sha256": hashlib.sha256(metadata).hexdigest()}
file = {"filename": name, "url": f"/files/{name}", "hashes": {"sha256": hashlib.sha256(wheel).hexdigest()}}
file |= {"core-metadata": of_metadata, "dist-info-metadata": of_metadata}
page = json.dumps({"meta": {"api-version": "1.0"}, "name": "thing", "files": [file]}).encode()


class Index(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body, kind = {
            "/simple/thing/": (page, "application/vnd.pypi.simple.v1+json"),
            f"/files/{name}": (wheel, "application/octet-stream"),
            f"/files/{name}.metadata": (metadata, "application/octet-stream"),
        }[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
index = f"http://127.0.0.1:{server.server_port}/simple/"
as_before = True
for version, expected in (("22.3.1", False), ("23.0.1", False), ("24.0", True)):
    done = subprocess.run(
        [f"{folder}/pip-{version}/bin/python", "-m", "pip", "--isolated", "--disable-pip-version-check", "download",
         "--no-cache-dir", "--dest", f"{folder}/{version}", "--index-url", index, "thing"],
        capture_output=True, text=True)
    print(f"pip {version}: exit {done.returncode} {(done.stderr.strip().splitlines() or ['fine'])[-1]}")
    as_before &= (done.returncode == 0) == expected
    as_before &= expected or "TypeError: unhashable type: 'dict'" in done.stderr
sys.exit(0 if as_before else 1)
PYTHON
