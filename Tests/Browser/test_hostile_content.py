"""What publishers write shows as text, and does nothing."""

from __future__ import annotations

from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Page

from browsing import SCRIPTED, Visit
from payloads import LINKS, MARKDOWN, TEXTS
from support.cellar import PASSWORD, USER, Cellar
from support.distributions import wheel
from support.upload import publish
from town import yank

# One project has many of them at once: in each of its fields, and in its description.
_PER_PROJECT = 12
_PLACES = ("Summary", "Author", "Author-email", "Maintainer", "License", "Keywords", "Classifier", "Home-page")
_GROUPS = [TEXTS[start : start + _PER_PROJECT] for start in range(0, len(TEXTS), _PER_PROJECT)]


def _line(text: str) -> str:
    return " ".join(text.split()) or "x"


def _publish(town: Cellar, name: str, lines: list[str], body: str, kind: str) -> None:
    head = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", f"Description-Content-Type: {kind}", *lines]
    made = wheel(name, "1.0", metadata=("\n".join(head) + "\n\n" + body).encode("utf-8", "replace"))
    answer = publish(town, made, "/main/", auth=(USER, PASSWORD))
    assert answer.status_code == 200, answer.text


def _lines(texts: list[str]) -> list[str]:
    lines = [f"{place}: {_line(text)}" for place, text in zip(_PLACES, texts, strict=False)]
    lines += [f"Classifier: {_line(text)}" for text in texts]
    lines += [f"Project-URL: {_line(text)[:60]}, https://example.com/{_line(text)[:200]}" for text in texts]
    lines += [f"Project-URL: link{number}, {link}" for number, link in enumerate(LINKS) if link.isprintable()]
    return lines + [f"Requires-Dist: other; python_version < '{_line(text)[:80]}'" for text in texts]


def _holds(page: Page, path: str) -> None:
    page.goto(path)
    # What shows late shows with what the page itself loads.
    page.wait_for_load_state("load")
    for anchor in ("#history", "#files", "#security", "#description"):
        page.evaluate(f"location.hash = '{anchor}'")
    assert page.evaluate("window.fired") is None and page.title() != "FIRED", path
    links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.protocol)")
    assert set(links) <= {"http:", "https:", "mailto:"}, path
    for element in ("script:not([src$='script.js'])", "iframe", "object", "embed", "base", "style", "[style]"):
        assert page.locator(element).count() == 0, f"{element} on {path}"
    handlers = "all => all.flatMap(one => [...one.attributes]).filter(one => one.name.startsWith('on')).length"
    assert page.eval_on_selector_all("*", handlers) == 0, path


@pytest.mark.parametrize("number", range(len(_GROUPS)))
def test_no_text_fires(visit: Visit, town: Cellar, number: int) -> None:
    texts, name = _GROUPS[number], f"hostile-{number}"
    kind = ("text/markdown", "text/x-rst", "text/plain")[number % 3]
    _publish(town, name, _lines(texts), "\n\n".join(texts), kind)
    yank(town, name, "1.0", _line(texts[0])[:400])
    page = visit(SCRIPTED).page
    _holds(page, f"/projects/{name}/")
    _holds(page, f"/search?q={name}")
    # A page that shows what was asked for.
    for text in texts[::4]:
        _holds(page, f"/search?q={quote(text[:150])}&index={quote(text[:40])}&page={quote(text[:20])}")


def test_no_markdown_fires(visit: Visit, town: Cellar) -> None:
    page = visit(SCRIPTED).page
    for number, texts in enumerate(MARKDOWN[start : start + 10] for start in range(0, len(MARKDOWN), 10)):
        name = f"hostile-markdown-{number}"
        _publish(town, name, [], "\n\n".join(texts), "text/markdown")
        _holds(page, f"/projects/{name}/")


def test_a_line_of_a_megabyte_shows(visit: Visit, town: Cellar) -> None:
    _publish(town, "hostile-long", [], "x" * (1 << 20), "text/markdown")
    page = visit(SCRIPTED).page
    _holds(page, "/projects/hostile-long/")
    assert page.evaluate("document.documentElement.scrollWidth") <= SCRIPTED.width


def test_no_address_fires(visit: Visit) -> None:
    page = visit(SCRIPTED).page
    for text in TEXTS[:: len(TEXTS) // 15]:
        segment = quote(text[:100], safe="")
        for path in (
            f"/projects/{segment}/",
            f"/{segment}/projects/x/",
            f"/nothing/{segment}",
            f"/login?next={segment}",
        ):
            _holds(page, path)


def test_no_file_name_fires(visit: Visit, town: Cellar) -> None:
    """Names of files are refused that are no plain names, and the refusal shows them as text."""
    made = wheel("plain", "1.0")
    page = visit(SCRIPTED, USER).page
    for text in TEXTS[:: len(TEXTS) // 12]:
        page.goto("/account/publish")
        page.get_by_label("Files", exact=True).set_input_files(
            [{"name": text.replace("/", "|")[:120] + ".whl", "mimeType": "x/y", "buffer": made.content}]
        )
        page.get_by_role("main").get_by_role("button", name="Publish").click()
        page.locator("#outcomes .tag.bad").wait_for()
        assert page.evaluate("window.fired") is None and page.title() != "FIRED", text
        assert page.locator("#outcomes img, #outcomes script, #outcomes svg").count() == 0


def test_the_corpus_is_large_and_fires_where_nothing_holds_it(visit: Visit) -> None:
    assert len({*TEXTS, *MARKDOWN, *LINKS}) >= 200
    fired = 0
    visitor = visit(SCRIPTED)
    page = visitor.page
    for text in TEXTS[:: len(TEXTS) // 80]:
        page.goto("about:blank")
        page.set_content(f"<!DOCTYPE html><body><p>{text}</p></body>", wait_until="domcontentloaded")
        fired += page.evaluate("window.fired === 'FIRED'")
    assert fired >= 10, fired
    visitor.problems.clear()


def test_a_hostile_page_of_the_simple_api_is_no_page(town: Cellar) -> None:
    answer = requests.get(town.url("/main/simple/hostile-0/"), headers={"Accept": "text/html"}, timeout=30)
    assert "<script>" not in answer.text
