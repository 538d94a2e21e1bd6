"""What tests of duties share: forms by where they are sent to."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def form(page: Page, ending: str) -> Locator:
    """The form whose address ends so."""
    return page.locator(f'form[action$="{ending}"]')


def send(page: Page, ending: str, **fields: str) -> None:
    """Fills fields in by their names, and sends the form whose address ends so; `on` ticks a box."""
    sent = form(page, ending).first
    for name, value in fields.items():
        field = sent.locator(f'[name="{name}"]')
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        elif field.get_attribute("type") == "checkbox":
            field.set_checked(value == "on")
        else:
            field.fill(value)
    sent.locator("button").click()


def commands(page: Page) -> list[str]:
    """The texts to copy on the page."""
    return page.locator("main pre code").all_inner_texts()


def said(page: Page) -> str:
    """What the page says has been done."""
    return page.get_by_role("status").first.inner_text()
