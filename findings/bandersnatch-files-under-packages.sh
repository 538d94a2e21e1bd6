#!/usr/bin/env bash
# bandersnatch mirrors a release file only if the path of its URL begins with `/packages`.
#
# Versions: bandersnatch 6.8.0. Python 3.11.
# Expected: neither PyPI's JSON API nor the simple repository API (PEP 691) says what the address of a file looks like:
#   `url` is where the file is, and a client downloads from there.
# Seen: bandersnatch uses the path as the place in its own folder, and refuses any other path before it asks for the
#   file. One such file is enough: no page of the project is written, although its other files are fetched. The exit
#   code is 0 unless `stop-on-error` is set. So bandersnatch can mirror an index only if all files are under `/packages`
#   at the root of the host.
# Output: RuntimeError: Got invalid download URL: /files/thing-1.0-py3-none-any.whl
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet bandersnatch==6.8.0 aiohttp==3.14.5 aiohttp-xmlrpc==1.5.0

python3 - "$folder" <<'PYTHON'
import hashlib, http.server, json, pathlib, subprocess, sys, threading

folder = pathlib.Path(sys.argv[1])
content = b"a mirror does not open it"
asked, parents = [], []


class Index(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        kind = "application/json"
        if self.path == "/simple":
            projects = [{"name": "thing", "_last-serial": 7}]
            body = {"meta": {"api-version": "1.0", "_last-serial": 7}, "projects": projects}
            body, kind = json.dumps(body).encode(), "application/vnd.pypi.simple.v1+json"
        elif self.path == "/pypi/thing/json":
            releases = {f"{number}.0": [file(parent, f"{number}.0")] for number, parent in enumerate(parents, 1)}
            body = {"info": {"name": "thing", "version": "1.0"}, "last_serial": 7, "releases": releases}
            body = json.dumps(body).encode()
        else:
            body, kind = content, "application/octet-stream"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-PyPI-Last-Serial", "7")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def file(parent, version):
    name = f"thing-{version}-py3-none-any.whl"
    digests = {"sha256": hashlib.sha256(content).hexdigest(), "md5": hashlib.md5(content).hexdigest()}
    time = "2026-01-01T00:00:00.000000Z"
    return {
        "filename": name, "url": f"{base}{parent}/{name}", "digests": digests, "md5_digest": digests["md5"],
        "size": len(content), "upload_time": time[:19], "upload_time_iso_8601": time, "packagetype": "bdist_wheel",
        "python_version": "py3", "requires_python": None, "yanked": False, "yanked_reason": None}


def mirrored(name, *of_files, stop=False):
    """Returns the exit code, the files that were asked for, the pages that were written, and the log."""
    parents[:] = of_files
    asked.clear()
    (folder / f"{name}.conf").write_text(
        f"[mirror]\ndirectory = {folder / name}\nmaster = {base}\nallow-non-https = true\napi-method = simple\n"
        f"json = false\ntimeout = 10\nworkers = 1\nhash-index = false\nstop-on-error = {str(stop).lower()}\n"
        "storage-backend = filesystem\ncompare-method = hash\nverifiers = 1\n")
    done = subprocess.run(
        [folder / "venv/bin/bandersnatch", "-c", folder / f"{name}.conf", "mirror"], cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}, capture_output=True, text=True)
    files = [path for path in asked if path.endswith(".whl")]
    pages = sorted(path.name for path in (folder / name / "web/simple").glob("thing/index*"))
    log = done.stdout + done.stderr
    print(f"{name}: exit {done.returncode}, asked for {files}, pages of the project: {pages}")
    return done.returncode, files, pages, log


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
under = mirrored("packages", "/packages/ab/cd")
other = mirrored("files", "/files")
mixed = mirrored("mixed", "/files", "/packages/ab/cd")
stopped = mirrored("stopped", "/files", stop=True)
pages = ["index.html", "index.v1_html", "index.v1_json"]
message = "RuntimeError: Got invalid download URL: /files/thing-1.0-py3-none-any.whl"
print(message if message in other[3] else other[3])
as_before = under[:3] == (0, ["/packages/ab/cd/thing-1.0-py3-none-any.whl"], pages)
as_before &= other[:3] == (0, [], []) and message in other[3]
as_before &= mixed[:3] == (0, ["/packages/ab/cd/thing-2.0-py3-none-any.whl"], []) and message in mixed[3]
as_before &= stopped[0] != 0 and stopped[1:3] == ([], []) and message in stopped[3]
sys.exit(0 if as_before else 1)
PYTHON
