"""Names that want to be somewhere else: in the project, the version, the file name, and the address."""

from __future__ import annotations

import pytest
import requests

from support.cellar import Cellar
from support.distributions import wheel
from support.hostile import KEPT, assert_refused
from support.upload import body, end, field_part, file_part, post, raw_connection, read_response, replaced

pytestmark = [pytest.mark.xdist_group("hostile"), pytest.mark.usefixtures("unharmed_server")]

WHEEL = wheel("name-test", "1.0")

# Each is a way out of the folder, or a name that is read as another.
BAD = {
    "parent": "../../etc/passwd",
    "parent inside": "name-test/../kept",
    "absolute": "/etc/passwd",
    "backslash": "..\\..\\kept",
    "drive": "C:\\kept",
    "percent-encoded": "%2e%2e%2fkept",
    "percent-encoded slash": "name%2Ftest",
    "NUL": "name-test\0.exe",
    "line end": "name-test\r\nX-Injected: yes",
    "dot": ".",
    "dots": "..",
    "space": "name test",
    "leading dash": "-rf",
    "look-alike slash": "name\u2215test",
    "look-alike dots": "\u2025/kept",
    "Cyrillic": "n\u0430me-test",
    "full width": "\uff4eame-test",
    "combining": "na\u0301me-test",
    "zero width": "name\u200b-test",
    "right to left": "name\u202e-test",
    "not UTF-8": "name-test\udcff",
    "quote": 'name"; filename="kept-1.0-py3-none-any.whl',
    "markup": "<script>alert(1)</script>",
    "300 characters": "n" * 300,
}


def raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("field", ["name", "version"])
def test_a_bad_field_is_refused(hostile: Cellar, field: str, case: str) -> None:
    fields = replaced(WHEEL.form(), **{field: None})
    parts = [field_part(name, value) for name, value in fields]
    data = b"".join([*parts, field_part(field, raw(BAD[case])), file_part(WHEEL.filename, WHEEL.content), end()])
    assert_refused(post(hostile, data), 400, tells=field)


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("ending", [".whl", "-1.0-py3-none-any.whl", "-1.0.tar.gz"])
def test_a_bad_file_name_is_refused(hostile: Cellar, ending: str, case: str) -> None:
    data = body(WHEEL.form(), raw(BAD[case] + ending), WHEEL.content)
    assert_refused(post(hostile, data), 400)


@pytest.mark.parametrize(
    "filename",
    ["name_test-1.0.egg", "name_test-1.0.exe", "name_test-1.0.tar.bz2", "name_test-1.0.tgz", "name_test-1.0.rpm",
     "name_test-1.0-py3-none-any.whl.asc", "name_test-1.0-py3-none-any.whl.metadata", "name_test-1.0", "", ".whl",
     "name_test-1.0-py3-none-any.WHL", "name_test-1.0-py3-none.whl", "name_test-1.0-a-b-py3-none-any.whl"],
)  # fmt: skip
def test_an_unsupported_file_is_refused(hostile: Cellar, filename: str) -> None:
    assert_refused(post(hostile, body(WHEEL.form(), filename, WHEEL.content)), 400)


ADDRESSES = [
    "/main/simple/../../../etc/passwd", "/main/simple/%2e%2e%2f%2e%2e%2fetc%2fpasswd/", "/main/simple/kept%00/",
    "/main/simple/..%5c..%5ckept/", "/main/simple/%ff/", "/main/simple/%zz/", "/main/simple/%/", "/main/simple//kept/",
    "/main/simple/./kept/", "/main/files/../../cellar.db", "/main/files/%2e%2e/%2e%2e/cellar.db",
    "/main/files/" + "0" * 64 + "/kept-1.0-py3-none-any.whl", "/main/files/" + "0" * 64 + "/..%2f..%2fcellar.toml",
    "/main/files/kept-1.0-py3-none-any.whl", "/main/files/" + "g" * 64 + "/kept-1.0-py3-none-any.whl",
    "/main/pypi/..%2fkept/json", "/main/pypi/kept/%00/json", "/%2e%2e/etc/passwd", "//etc/passwd", "/main/simple/"
    + "n" * 5000 + "/", "/\u043c\u0430in/simple/".encode().decode("latin-1"), "*",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_bad_address_answers_without_bytes_of_ours(hostile: Cellar, method: str, address: str) -> None:
    with raw_connection(hostile) as connection:
        head = f"{method} {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode("latin-1"))
        status, received = read_response(connection)
    assert status is not None, received
    assert status in {301, 308, 400, 401, 404, 405, 414, 431}, received[:500]
    assert b"root:" not in received
    assert b"SQLite format" not in received


def test_anothers_file_is_not_found_under_an_index(hostile: Cellar) -> None:
    """The bytes are stored, but the index `empty` never received them."""
    with requests.Session() as session:
        session.trust_env = False
        kept = f"files/{KEPT[0].sha256}/{KEPT[0].filename}"
        assert session.get(hostile.url(f"/main/{kept}")).status_code == 200
        assert session.get(hostile.url(f"/empty/{kept}")).status_code == 404
        renamed = f"files/{KEPT[0].sha256}/other-1.0-py3-none-any.whl"
        assert session.get(hostile.url(f"/main/{renamed}")).status_code == 404
