"""The first start: the link that the server prints leads to an administrator, the policy and a first upload."""

from __future__ import annotations

import re
from pathlib import Path

from browsing import Mode, Visit
from duties import commands
from support.cellar import PASSWORD, Cellar


def test_the_link_leads_to_a_first_upload(visit: Visit, mode: Mode, tmp_path: Path) -> None:
    cellar = Cellar(tmp_path, users=False)
    cellar.start()
    try:
        link = re.search(r"/-/setup/[\w-]+", cellar.log.read_text())
        assert link
        visitor = visit(mode, cellar=cellar)
        page = visitor.go(link[0])
        visitor.look("setup")
        page.locator("#password").fill(PASSWORD)
        page.locator("#repeated").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button").click()
        visitor.look("setup-done")
        assert "cellar.toml" in page.locator("#policy").inner_text() and '["everyone"]' in page.content()
        texts = commands(page)
        assert f"twine upload --repository-url {cellar.url('/main/')} -u admin dist/*" in texts
        page.locator("#publish").get_by_role("link").click()
        page.locator("#name").fill("admin")
        page.locator("#password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button").first.click()
        page.wait_for_url("**/account/publish?index=main")
        assert visitor.go(link[0]).locator("h1").inner_text() == mode.say(
            "Cellar is set up already", "Cellar はすでに設定されています"
        )
    finally:
        cellar.stop()
