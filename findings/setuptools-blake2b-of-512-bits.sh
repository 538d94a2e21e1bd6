#!/usr/bin/env bash
# `setup.py upload` of setuptools sends a BLAKE2b-512 digest where BLAKE2b-256 is expected.
#
# Versions: setuptools 57.5.0. Python 3.11.
# Expected: PyPI's upload API: `blake2_256_digest` is the BLAKE2b hash of the file with 256 bits, so 64 hex digits.
# Seen: 128 digits, those of hashlib's blake2b with its default size. The file is correct. An index that checks the
#   field should find out which of the two digests it is before it reports the upload as damaged.
# Output: blake2_256_digest has 128 digits: blake2b of the file with [512] bits
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet setuptools==57.5.0

python3 - "$folder" <<'PYTHON'
import email, hashlib, http.server, os, pathlib, subprocess, sys, threading

folder = pathlib.Path(sys.argv[1])
forms = []


class Index(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + self.rfile.read(int(self.headers["Content-Length"])))
        forms.append({part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True)
                      for part in form.get_payload()})
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
(folder / "thing.py").write_text("")
(folder / "setup.py").write_text(
    'from setuptools import setup\nsetup(name="thing", version="1.0", py_modules=["thing"])\n')
(folder / ".pypirc").write_text(
    f"[distutils]\nindex-servers = one\n\n[one]\nrepository = http://127.0.0.1:{server.server_port}/\n"
    "username = me\npassword = secret\n"
)
done = subprocess.run(
    [folder / "venv/bin/python", "setup.py", "sdist", "upload", "--repository", "one"], cwd=folder,
    env={"PATH": os.environ["PATH"], "HOME": str(folder), "NO_PROXY": "127.0.0.1"}, capture_output=True, text=True)
if not forms:
    sys.exit(done.stdout + done.stderr)
digest = forms[0]["blake2_256_digest"].decode().strip()
sdist = (folder / "dist" / "thing-1.0.tar.gz").read_bytes()
matches = [size * 8 for size in (32, 64) if hashlib.blake2b(sdist, digest_size=size).hexdigest() == digest]
print(f"blake2_256_digest has {len(digest)} digits: blake2b of the file with {matches} bits")
sys.exit(0 if matches == [512] else 1)
PYTHON
