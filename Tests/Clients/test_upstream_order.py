"""Several upstreams in order: only a definite 404 moves on, and whoever first knew a project owns it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.distributions import wheel
from support.faults import status
from support.simple import JSON
from support.upstream import Upstream
from support.upstreamed import QUICK, House, eventually, house

pytestmark = pytest.mark.xdist_group("confusion")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Upstream]]:
    """An index with two upstreams in order; the first is `test`."""
    with Upstream() as second:
        sections = {"upstream.second": {"url": second.url(), **QUICK}}
        main = {"upstreams": ["test", "second"]}
        with house(
            tmp_path_factory.mktemp("pair"), upstream={**QUICK, "retries": 0}, main=main, sections=sections
        ) as made:
            yield made, second


def test_a_definite_404_moves_on(pair: tuple[House, Upstream]) -> None:
    town, second = pair
    second.offer(wheel("only-second", "1.0"))
    assert town.listed("only-second").keys() == {wheel("only-second", "1.0").filename}
    assert town.upstream.requests("/simple/only-second/")


@pytest.mark.parametrize("code", [401, 403, 429, 500, 503])
def test_another_failure_does_not_move_on(pair: tuple[House, Upstream], code: int) -> None:
    town, second = pair
    name = f"failing-{code}"
    second.offer(wheel(name, "1.0"))
    town.upstream.fail(f"/simple/{name}/", status(code))
    try:
        answer = town.get(f"/main/simple/{name}/", Accept=JSON)
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["Retry-After"]) > 0
        assert not second.requests(f"/simple/{name}/")
    finally:
        town.upstream.recover()
        town.restart()  # which ends the rest that a failing upstream is given


def test_the_first_to_know_a_project_owns_it_for_good(pair: tuple[House, Upstream]) -> None:
    town, second = pair
    town.upstream.offer(wheel("owned", "1.0"))
    second.offer(wheel("owned", "99.0"))
    assert town.listed("owned").keys() == {wheel("owned", "1.0").filename}
    town.upstream.withdraw("owned")
    eventually(lambda: town.listed("owned") == {})
    assert town.get(f"/main/files/u/owned/{wheel('owned', '99.0').filename}").status_code == 404
    assert not second.requests("/simple/owned/")
    town.restart()
    assert town.listed("owned") == {}
    assert not second.requests("/simple/owned/")
