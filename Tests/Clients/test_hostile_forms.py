"""Uploads whose form is broken: body, boundary, fields, digests, types and credentials."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
import requests

from support.cellar import PASSWORD, Cellar
from support.distributions import wheel
from support.hostile import assert_refused, assert_still_publishes
from support.upload import BOUNDARY, body, body_of, end, field_part, file_part, post, publish, replaced

pytestmark = [pytest.mark.xdist_group("hostile"), pytest.mark.usefixtures("unharmed_server")]

WHEEL = wheel("form-test", "1.0")
FORM = WHEEL.form()
OTHER_SHA256 = "0" * 64


def form_with(**changes: str | None) -> bytes:
    return body(replaced(FORM, **changes), WHEEL.filename, WHEEL.content)


BODIES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", ""),
    "not multipart": (lambda: b"name=form-test&version=1.0", ""),
    "no closing boundary": (lambda: body_of(WHEEL).removesuffix(end()), ""),
    "cut in the file": (lambda: body_of(WHEEL)[:-200], ""),
    "cut in a header": (lambda: body_of(WHEEL)[:30], ""),
    "another boundary": (lambda: body_of(WHEEL).replace(BOUNDARY.encode(), b"another-boundary"), ""),
    "no name": (lambda: form_with(name=None), "name"),
    "empty name": (lambda: form_with(name=""), "name"),
    "no version": (lambda: form_with(version=None), "version"),
    "no content": (lambda: b"".join(field_part(n, v) for n, v in FORM) + end(), "content"),
    "content without a file name": (
        lambda: b"".join(field_part(n, v) for n, v in FORM) + field_part("content", WHEEL.content) + end(), "",
    ),
    "file in another field": (
        lambda: b"".join(field_part(n, v) for n, v in FORM) + file_part(WHEEL.filename, b"x", name="file") + end(),
        "content",
    ),
    "name twice": (lambda: body([*FORM, ("name", "form-test")], WHEEL.filename, WHEEL.content), "name"),
    "another name too": (lambda: body([*FORM, ("name", "kept")], WHEEL.filename, WHEEL.content), "name"),
    "version twice": (lambda: body([*FORM, ("version", "2.0")], WHEEL.filename, WHEEL.content), "version"),
    "two files": (
        lambda: body_of(WHEEL).removesuffix(end()) + file_part("kept-9.0-py3-none-any.whl", b"") + end(), "",
    ),
    "sha256 twice": (
        lambda: body([*FORM, ("sha256_digest", OTHER_SHA256)], WHEEL.filename, WHEEL.content), "sha256_digest",
    ),
    "wrong sha256": (lambda: form_with(sha256_digest=OTHER_SHA256), "sha256"),
    "wrong md5": (lambda: form_with(md5_digest="0" * 32), "md5"),
    "wrong blake2": (lambda: form_with(blake2_256_digest="0" * 64), "blake2"),
    "digest of another length": (lambda: form_with(sha256_digest="abc"), "sha256"),
    "digest that isn't hex": (lambda: form_with(sha256_digest="g" * 64), "sha256"),
    "another action": (lambda: form_with(action="remove_pkg"), "remove_pkg"),
    "another protocol": (lambda: form_with(protocol_version="2"), "protocol"),
    "sdist that is a wheel": (lambda: form_with(filetype="sdist"), "filetype"),
    "no such filetype": (lambda: form_with(filetype="bdist_egg"), "filetype"),
    "version that isn't one": (lambda: form_with(version="one"), "version"),
    "version of another release": (lambda: form_with(version="2.0"), "version"),
    "name of another project": (lambda: form_with(name="kept"), "kept|project"),
    "attestations that aren't JSON": (lambda: form_with(attestations="{"), "attestation"),
}  # fmt: skip


@pytest.mark.parametrize("case", BODIES)
def test_a_broken_form_is_refused(hostile: Cellar, case: str) -> None:
    make, tells = BODIES[case]
    assert_refused(post(hostile, make()), 400, tells=tells)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=",
     "multipart/form-data; boundary=" + "b" * 300, "multipart/mixed; boundary=" + BOUNDARY,
     "application/x-www-form-urlencoded"],
)  # fmt: skip
def test_a_wrong_content_type_is_refused(hostile: Cellar, content_type: str) -> None:
    assert_refused(post(hostile, body_of(WHEEL), headers={"Content-Type": content_type}), 400, 415)


def test_a_file_over_the_limit_is_refused(hostile: Cellar) -> None:
    large = wheel("form-test", "3.0", {"form_test/data.bin": bytes(range(256)) * 80_000}, compression=0)
    assert_refused(publish(hostile, large), 413, tells="large|exceeds")


def test_a_field_over_the_limit_is_refused(hostile: Cellar) -> None:
    assert_refused(post(hostile, form_with(description="d" * 40_000_000)), 413, 400, tells="large|long|exceeds")


def test_a_form_of_too_many_fields_is_refused(hostile: Cellar) -> None:
    many = [*FORM, *((f"field_{number}", "x" * 200) for number in range(100_000))]
    assert_refused(post(hostile, body(many, WHEEL.filename, WHEEL.content)), 413, 400)


CREDENTIALS = {
    "no credentials": None,
    "no scheme": "alice",
    "another scheme": "Bearer abc",
    "not base64": "Basic %%%",
    "no colon": "Basic " + base64.b64encode(b"alice").decode(),
    "empty": "Basic ",
    "not UTF-8": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
    "NUL": "Basic " + base64.b64encode(b"alice\0:" + PASSWORD.encode()).decode(),
    "NUL in the password": "Basic " + base64.b64encode(b"alice:" + PASSWORD.encode() + b"\0x").decode(),
    "long": "Basic " + base64.b64encode(b"alice:" + b"x" * 5000).decode(),
    "unknown user": "Basic " + base64.b64encode(b"mallory:" + PASSWORD.encode()).decode(),
    "wrong password": "Basic " + base64.b64encode(b"alice:wrong").decode(),
    "empty password": "Basic " + base64.b64encode(b"alice:").decode(),
    "other case": "Basic " + base64.b64encode(b"alice:" + PASSWORD.upper().encode()).decode(),
}


@pytest.mark.parametrize("case", CREDENTIALS)
def test_an_upload_without_sound_credentials_is_refused(hostile: Cellar, case: str) -> None:
    header = CREDENTIALS[case]
    answer = post(hostile, body_of(WHEEL), auth=None, headers={"Authorization": header} if header else {})
    assert_refused(answer, 401, 400)
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_wrong_credentials_count_as_none_where_anyone_may_read(hostile: Cellar) -> None:
    with_wrong = {"Authorization": "Basic " + base64.b64encode(b"alice:wrong").decode()}
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(hostile.url("/main/simple/kept/"), headers=with_wrong).status_code == 200
        assert session.get(hostile.url("/main/simple/kept/")).status_code == 200


def test_a_form_may_leave_out_what_gitlab_leaves_out(hostile_twin: Cellar) -> None:
    small = wheel("small-form", "1.0")
    answer = post(hostile_twin, body([("name", small.name), ("version", small.version)], small.filename, small.content))
    assert answer.status_code == 200, answer.text


def test_refusals_leave_nothing_in_the_way(hostile_twin: Cellar) -> None:
    assert_refused(post(hostile_twin, form_with(sha256_digest=OTHER_SHA256)), 400)
    assert_still_publishes(hostile_twin, WHEEL)
    assert_refused(publish(hostile_twin, wheel("form-test", "1.0", {"other.py": b""})), 409, tells="already exists")
