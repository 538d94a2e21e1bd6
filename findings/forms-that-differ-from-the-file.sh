#!/usr/bin/env bash
# flit and hatch send upload forms that differ from the METADATA of the uploaded file.
#
# Versions: flit 4.2.0 (flit_core 4.2.0), hatch 1.18.2 (hatchling 1.33.0). Python 3.11.
# Expected: PyPI's upload API: the form has the core metadata of the file: `metadata_version` is that of the file, and a
#   field that may occur several times, such as Import-Name of metadata 2.5 (PEP 794), is sent as often as it occurs.
# Seen: flit sends metadata_version 2.3 for a file with 2.5. hatch sends only the last of two Import-Names. An index
#   that compares form and file must accept both, and use the values of the file.
# Output: flit: file 2.5, form 2.3; hatch: file ['first', 'second'], form ['second']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for client in flit hatch; do python3 -m venv "$folder/$client"; done
"$folder/flit/bin/python" -m pip install --quiet flit==4.2.0 flit_core==4.2.0
"$folder/hatch/bin/python" -m pip install --quiet hatch==1.18.2 hatchling==1.33.0

python3 - "$folder" <<'PYTHON'
import email, http.server, io, os, pathlib, subprocess, sys, threading, zipfile

folder = pathlib.Path(sys.argv[1])
forms = []


class Index(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + self.rfile.read(int(self.headers["Content-Length"])))
        fields = {}
        for part in form.get_payload():
            name = part.get_param("name", header="Content-Disposition")
            fields.setdefault(name, []).append(part.get_payload(decode=True))
        forms.append(fields)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def metadata_of(fields):
    with zipfile.ZipFile(io.BytesIO(fields["content"][0])) as archive:
        return email.message_from_bytes(archive.read("thing-1.0.dist-info/METADATA"))


def published(client, *command, **environment):
    settings = {"PATH": f"{folder}/{client}/bin:/usr/bin:/bin", "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
    forms.clear()
    done = subprocess.run(command, cwd=folder, env=settings | environment, capture_output=True, text=True)
    if not forms:
        sys.exit(done.stdout + done.stderr)
    return forms[0]


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/"
(folder / "thing.py").write_text('"""A thing."""\n__version__ = "1.0"\n')
(folder / "pyproject.toml").write_text(
    '[project]\nname = "thing"\nversion = "1.0"\ndescription = "A thing"\n\n'
    '[build-system]\nrequires = ["flit_core >=4"]\nbuild-backend = "flit_core.buildapi"\n'
)
login = {"FLIT_INDEX_URL": address, "FLIT_USERNAME": "me", "FLIT_PASSWORD": "secret"}
form = published("flit", "flit", "publish", "--format", "wheel", **login)
flit = (metadata_of(form)["Metadata-Version"], form["metadata_version"][0].decode().strip())
print(f"flit: file {flit[0]}, form {flit[1]}")

info = "thing-1.0.dist-info"
path = folder / "thing-1.0-py3-none-any.whl"
with zipfile.ZipFile(path, "w") as archive:
    archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.5\nName: thing\nVersion: 1.0\n"
                     "Import-Name: first\nImport-Name: second\n")
    archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    archive.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
login = ("--repo", address, "--user", "me", "--auth", "secret")
form = published("hatch", "hatch", "--no-interactive", "publish", *login, str(path))
sent = [value.decode() for key in ("import_name", "import_names") for value in form.get(key, [])]
hatch = (metadata_of(form).get_all("Import-Name"), sent)
print(f"hatch: file {hatch[0]}, form {hatch[1]}")
sys.exit(0 if flit == ("2.5", "2.3") and hatch == (["first", "second"], ["second"]) else 1)
PYTHON
