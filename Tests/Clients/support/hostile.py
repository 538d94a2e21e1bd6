"""What every test of bad input holds the server to: a clear refusal, nothing visible, nothing lost, still alive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from .cellar import Cellar
from .distributions import Distribution, sdist, wheel
from .simple import Index
from .upload import publish

# Published before any bad input, and expected unchanged after each.
KEPT = (wheel("kept", "1.0"), sdist("kept", "1.0"))

_INSIDE = re.compile(r"Optional\(|Error Domain|NIO|GRDB|SQLite error|\.swift|Fatal|stack|0x[0-9a-f]{6}|/tmp/|/data/")


def assert_refused(answer: requests.Response, *statuses: int, tells: str = "") -> None:
    """One of these statuses, with a text for people that says what was wrong and nothing of the inside."""
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text[:500]}"
    text = answer.text.strip()
    assert text, "the refusal has no text"
    assert re.search(tells, text, re.IGNORECASE), f"{text!r} does not tell of {tells!r}"
    assert not _INSIDE.search(text), f"{text!r} tells of the inside"
    assert answer.reason.isprintable()


def publish_kept(server: Cellar) -> None:
    for distribution in KEPT:
        answer = publish(server, distribution)
        assert answer.status_code == 200, answer.text


@contextmanager
def unharmed(server: Cellar) -> Iterator[None]:
    """Whatever happens inside changes no page and no stored byte, and the server goes on working."""
    index = Index(server.base)
    before = index.names()
    yield
    assert server.is_alive(), server.log_tail()
    assert index.names() == before
    assert_kept(index)
    server.assert_log_is_clean()


def assert_kept(index: Index) -> None:
    """What was published first is served byte for byte."""
    served = {link.filename: index.download(link) for link in index.links("kept")}
    assert served == {distribution.filename: distribution.content for distribution in KEPT}


def assert_still_publishes(server: Cellar, distribution: Distribution) -> None:
    """The refused upload left nothing in the way: the sound one of the same name goes through."""
    answer = publish(server, distribution)
    assert answer.status_code == 200, answer.text
