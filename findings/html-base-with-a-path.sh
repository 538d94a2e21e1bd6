#!/usr/bin/env bash
# pip, uv, Poetry and PDM find no file on an HTML page whose `<base href>` is a path.
#
# Versions: pip 26.3, uv 0.13.8, Poetry 2.5.1, PDM 2.29.4 with hishel 1.4.0, compared with pypi-simple 1.8.0.
#   Python 3.11.
# Expected: PEP 503: a page is valid HTML 5, where the `href` of `base` may be a relative URL, such as `/files/`, and is
#   resolved against the address of the page. Browsers do so, and so does pypi-simple.
# Seen: the four clients read the `base` element, but take its text as a whole URL. What they make of a link has no
#   scheme or host, and they never request the file. If `base` has the whole URL, all four work. A page for these
#   clients must have no relative `base`; a program that reads the pages of others must resolve it first.
# Output: No connection adapters were found for ':///files/thing-1.0-py3-none-any.whl'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for client in venv poetry pdm; do python3 -m venv "$folder/$client"; done
"$folder/venv/bin/python" -m pip install --quiet uv==0.13.8 pip==26.3 pypi-simple==1.8.0
"$folder/poetry/bin/python" -m pip install --quiet poetry==2.5.1
"$folder/pdm/bin/python" -m pip install --quiet pdm==2.29.4 hishel==1.4.0

python3 - "$folder" <<'PYTHON'
import hashlib, http.server, io, pathlib, shutil, subprocess, sys, threading, zipfile

folder = pathlib.Path(sys.argv[1])
info, buffer, name = "thing-1.0.dist-info", io.BytesIO(), "thing-1.0-py3-none-any.whl"
with zipfile.ZipFile(buffer, "w") as archive:
    archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
    archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    archive.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
wheel, fetched = buffer.getvalue(), []


class Index(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, kind, body = 404, "text/plain", b""
        if self.path == f"/files/{name}":
            status, kind, body = 200, "application/octet-stream", wheel
            fetched.append(self.command)
        elif self.path in ("/path/thing/", "/url/thing/"):
            bases = {"path": "/files/", "url": f"{address}/files/"}
            link = f"{name}#sha256={hashlib.sha256(wheel).hexdigest()}"
            page = f"""<!DOCTYPE html>
                <html><head><title>thing</title><base href="{bases[self.path.split('/')[1]]}"></head>
                <body><a href="{link}">{name}</a></body></html>"""
            status, kind, body = 200, "text/html; charset=utf-8", page.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
links = """
import sys
from pypi_simple import PyPISimple
with PyPISimple(sys.argv[1]) as client:
    (link,) = client.get_project_page("thing").packages
    print(link.url)
    client.download_package(link, "downloaded")
"""


def run(client, *command, **settings):
    """Returns the exit code, whether the file was requested, and what the client said."""
    fetched.clear()
    settings |= {"PATH": f"{folder}/{client}/bin:/usr/bin:/bin", "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
    settings |= {"LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=project, env=settings, capture_output=True, text=True)
    return done.returncode, bool(fetched), done.stdout + done.stderr


seen = {}
for base in ("url", "path"):
    index = f"{address}/{base}/"
    project = folder / f"project-{base}"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[project]\nname = "consumer"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["thing"]\n\n'
        f'[tool.poetry]\npackage-mode = false\n\n[[tool.poetry.source]]\nname = "one"\nurl = "{index}"\n\n'
        f'[tool.pdm]\ndistribution = false\n\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{index}"\n')
    seen[base] = {
        "pypi-simple": run("venv", "python", "-c", links, index),
        "pip": run("venv", "python", "-m", "pip", "--isolated", "--disable-pip-version-check", "install",
                   "--no-cache-dir", "--target", "of-pip", "--index-url", index, "thing"),
        "uv": run("venv", "uv", "pip", "install", "--no-config", "--no-cache", "--target", "of-uv",
                  "--default-index", index, "thing"),
        "Poetry": run("poetry", "poetry", "lock", "--no-interaction", POETRY_CACHE_DIR=f"{project}/cache"),
        "PDM": run("pdm", "pdm", "lock", PDM_CACHE_DIR=f"{project}/cache", PDM_CHECK_UPDATE="false"),
    }
    for client, (code, requested, said) in seen[base].items():
        print(f"base is a {base}, {client}: exit {code}, file {'requested' if requested else 'not requested'}")
        if code:
            print(said.strip())
fine, failed = (0, True), (1, False)
as_before = all((code, requested) == fine for code, requested, _ in seen["url"].values())
as_before &= seen["path"].pop("pypi-simple")[:2] == fine
as_before &= all((min(code, 1), requested) == failed for code, requested, _ in seen["path"].values())
as_before &= "No connection adapters were found" in seen["path"]["pip"][2]
sys.exit(0 if as_before else 1)
PYTHON
