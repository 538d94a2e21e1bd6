"""Publishing files in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from browsing import SCRIPTED, Mode, Visit, session_cookie
from support.cellar import PASSWORD, USER, Cellar
from support.distributions import Distribution, sdist, wheel


def _file(folder: Path, distribution: Distribution) -> Path:
    path = folder / distribution.filename
    path.write_bytes(distribution.content)
    return path


def test_files_are_published_and_errors_stand_beside_them(visit: Visit, mode: Mode, tmp_path: Path) -> None:
    name = f"made-in-a-browser-{str(mode).replace('_', '-')}"
    good, source = wheel(name, "1.0"), sdist(name, "1.0")
    bad = tmp_path / "broken-1.0-py3-none-any.whl"
    bad.write_bytes(b"no archive")
    visitor = visit(mode, USER)
    page = visitor.go("/account/publish?index=team")
    visitor.look("publish")
    page.get_by_label(mode.say("Files", "ファイル"), exact=True).set_input_files(
        [_file(tmp_path, good), bad, _file(tmp_path, source)]
    )
    page.get_by_role("main").get_by_role("button", name=mode.say("Publish", "公開する")).click()
    rows = page.locator("#outcomes > li")
    page.locator("#outcomes .tag.good").nth(1).wait_for()
    assert rows.count() == 3
    refused = rows.filter(has_text="broken-1.0")
    assert mode.say("refused", "拒否されました") in refused.inner_text()
    assert refused.get_by_role("alert").is_visible()
    assert mode.say("published", "公開しました") in rows.filter(has_text=good.filename).inner_text()
    visitor.look("published")
    page.goto(f"/team/projects/{name}/#files")
    assert page.locator("#files").get_by_role("link", name=source.filename).is_visible()
    assert "secret" not in page.title()


def test_files_are_dragged_in(visit: Visit, tmp_path: Path) -> None:
    made = wheel("dragged", "1.0")
    visitor = visit(SCRIPTED, USER)
    page = visitor.go("/account/publish")
    data = page.evaluate_handle(
        """([name, bytes]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], name));
            return data;
        }""",
        [made.filename, list(made.content)],
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": data})
    page.locator("#outcomes .tag.good").wait_for()
    assert requests.get(visitor.cellar.url("/main/simple/dragged/"), timeout=30).status_code == 200


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_a_form_without_its_token_publishes_nothing(town: Cellar, token: str) -> None:
    made = wheel("forged", "1.0")
    cookie = session_cookie(town)
    answer = requests.post(
        town.url("/account/publish"),
        data={"form": token, "index": "main"},
        files={"content": (made.filename, made.content)},
        cookies={cookie["name"]: cookie["value"]},
        headers={"Origin": town.base},
        timeout=30,
    )
    assert answer.status_code == 403
    page = requests.get(town.url("/main/simple/forged/"), auth=(USER, PASSWORD), timeout=30)
    assert page.status_code == 404


def test_who_is_not_signed_in_is_led_to_the_form(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode)
    page = visitor.go("/account/publish?index=open")
    assert page.url == visitor.cellar.url("/login?next=/account/publish?index=open")
