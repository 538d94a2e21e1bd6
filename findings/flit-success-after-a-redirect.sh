#!/usr/bin/env bash
# flit reports that a package was published although nothing was uploaded, if the upload address redirects.
#
# Versions: flit 4.2.0. Python 3.11.
# Expected: RFC 9110 15.4: after 301 or 302 a client may change POST to GET, and after 303 it does. That request does
#   not contain the upload, so its 200 does not mean that the upload succeeded.
# Seen: flit follows with a GET without a body, takes its 200 as the answer to the upload, and exits with 0. Redirects
#   are common (to a final slash, to https), so an index must accept the upload at the address as it is, or refuse it.
# Output: `Package is at http://127.0.0.1:PORT/.../thing/`, exit code 0; the server saw POST, then GET.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet flit==4.2.0

python3 - "$folder" <<'PYTHON'
import http.server, os, pathlib, subprocess, sys, threading

folder = pathlib.Path(sys.argv[1])
project = folder / "project"
project.mkdir()
(project / "thing.py").write_text('"""A thing."""\n__version__ = "1.0"\n')
(project / "pyproject.toml").write_text(
    '[project]\nname = "thing"\nversion = "1.0"\ndescription = "A thing"\n\n'
    '[build-system]\nrequires = ["flit_core >=4"]\nbuild-backend = "flit_core.buildapi"\n'
)
asked = []


class Index(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        asked.append((self.command, self.path))
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Location", "/elsewhere/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        asked.append((self.command, self.path))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
as_before = True
for status in (301, 302, 303):
    asked.clear()
    settings = {"HOME": str(folder), "FLIT_USERNAME": "me", "FLIT_PASSWORD": "secret", "NO_PROXY": "127.0.0.1",
                "FLIT_INDEX_URL": f"http://127.0.0.1:{server.server_port}/{status}/", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [folder / "venv/bin/flit", "publish", "--format", "wheel"], cwd=project, env=settings,
        capture_output=True, text=True)
    last = (done.stdout + done.stderr).strip().splitlines()[-1]
    print(f"{status}: exit {done.returncode}, {last} -- the server saw {asked}")
    as_before &= done.returncode == 0 and "Package is at" in last
    as_before &= asked == [("POST", f"/{status}/"), ("GET", "/elsewhere/")]
sys.exit(0 if as_before else 1)
PYTHON
