"""What keeping an upstream's files costs: fetches, memory and room; and how operators look after cached files."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.clients import Workbench
from support.distributions import Distribution, wheel
from support.installing import uv
from support.memory import MIB, watched
from support.upload import publish
from support.upstreamed import MEMBER, House, big, eventually, house

pytestmark = pytest.mark.xdist_group("cache")

MB = 1_000_000


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A folder for gigabytes, which are not left to lie there."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def offered(made: House, folder: Path, number: int, size: int) -> tuple[str, str]:
    """Offers a large wheel that lies on the disk, and returns its address here with its digest."""
    block = hashlib.sha256(b"%d" % number).digest() * 31_250
    file = wheel(f"large{number}", "1.0", {"data.bin": block * (size // len(block))}, compression=0)
    path = folder / file.filename
    path.write_bytes(file.content)
    made.upstream.put(file.name, path, file.sha256)
    return made.listed(file.name)[file.filename]["address"], file.sha256


def fetched_at_once(jobs: list[tuple[str, str]]) -> None:
    """Gets every address with a curl of its own, all at the same time, and compares the digests."""
    running = [
        subprocess.Popen(
            ["bash", "-c", 'curl --silent --show-error --fail --noproxy "*" "$0" | sha256sum', address],
            stdout=subprocess.PIPE, text=True,
        )
        for address, _ in jobs
    ]  # fmt: skip
    for process, (address, sha256) in zip(running, jobs, strict=True):
        told, _ = process.communicate(timeout=300)
        assert told.split()[:1] == [sha256], f"{address}: {told}"


def test_fifty_clients_ask_for_one_large_file(room: Path) -> None:
    """One fetch, not more than 100 MB above idle, and the right bytes for everybody."""
    with house(room / "house") as made:
        address, sha256 = offered(made, room, 0, 200 * MB)
        made.get("/main/simple/large0/")
        time.sleep(1)
        with watched(made.cellar) as growth:
            fetched_at_once([(address, sha256)] * 50)
        assert sum(made.upstream.whole_fetches().values()) == 1
        assert not [one for one in made.upstream.requests(".whl") if one.range], "nor by ranges"
        print(f"{growth.bytes / MIB:.0f} MiB above idle")
        assert growth.bytes <= 100 * MB
        # Again, from what is kept.
        with watched(made.cellar) as growth:
            fetched_at_once([(address, sha256)] * 4)
        assert growth.bytes <= 64 * MIB


def test_twenty_clients_ask_for_twenty_large_files(room: Path) -> None:
    with house(room / "house") as made:
        jobs = [offered(made, room, number, 100 * MB) for number in range(20)]
        time.sleep(1)
        with watched(made.cellar) as growth:
            fetched_at_once(jobs)
        assert set(made.upstream.whole_fetches().values()) == {1}
        print(f"{growth.bytes / MIB:.0f} MiB above idle")
        assert growth.bytes <= 200 * MB
        eventually(lambda: not made.cellar.spooled_files())


@pytest.fixture(scope="module")
def attic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server with several indexes before one upstream."""
    sections = {
        "index.small": {"upstreams": ["test"], "cache_quota": "3MiB"},
        "index.members": {"upstreams": ["test"], "cache_update": ["authenticated"]},
        "index.other": {"upstreams": ["test"]},
    }
    with house(tmp_path_factory.mktemp("attic"), sections=sections) as made:
        yield made


def keep(made: House, file: Distribution, index: str = "main") -> str:
    """Offers a file and downloads it once, which keeps it; returns its address."""
    made.upstream.offer(file)
    address = made.listed(file.name, index)[file.filename]["address"]
    assert made.get(address).content == file.content
    made.wait_until_kept(file.filename, index)
    return address


def cached(made: House, *arguments: str) -> str:
    return made.cellar.cli("cache", "list", *arguments)


def test_the_cache_is_listed_and_pruned(attic: House) -> None:
    small, large, elsewhere = (
        big("pruned-small", 10_000),
        big("pruned-large", 2_000_000),
        big("pruned-elsewhere", 10_000),
    )
    address, large_address = keep(attic, small), keep(attic, large)
    keep(attic, elsewhere, "other")
    listed = cached(attic, "--index", "main")
    assert small.filename in listed and large.filename in listed and elsewhere.filename not in listed
    assert elsewhere.filename in cached(attic)

    told = attic.cellar.cli("cache", "prune", "--index", "main", "--larger-than", "1MiB", "--dry-run")
    assert large.filename in told and small.filename not in told
    assert large.filename in cached(attic), "a dry run prunes nothing"
    attic.cellar.cli("cache", "prune", "--index", "main", "--older-than", "1d")
    assert small.filename in cached(attic), "nothing is a day old"
    attic.cellar.cli("cache", "prune", "--index", "main", "--larger-than", "1MiB")
    listed = cached(attic, "--index", "main")
    assert large.filename not in listed and small.filename in listed

    fetches = attic.upstream.whole_fetches()
    assert attic.listed("pruned-large")[large.filename]["address"] == large_address, "the address stays"

    assert attic.get(large_address).content == large.content
    assert attic.upstream.whole_fetches()[large.filename] == fetches[large.filename] + 1
    assert attic.get(address).content == small.content
    assert attic.upstream.whole_fetches()[small.filename] == fetches[small.filename]


def test_pruning_leaves_what_another_index_keeps(attic: House) -> None:
    file = big("kept-twice", 10_000)
    keep(attic, file, "main")
    elsewhere = keep(attic, file, "other")
    attic.cellar.cli("cache", "prune", "--index", "main", "--older-than", "0")
    fetches = attic.upstream.whole_fetches()
    assert attic.get(elsewhere).content == file.content
    assert attic.upstream.whole_fetches() == fetches


def test_a_quota_keeps_what_was_used_last(attic: House) -> None:
    files = [big(f"quota-{number}", 1_000_000) for number in range(5)]
    addresses = []
    for file in files:
        addresses.append(keep(attic, file, "small"))
        if len(addresses) > 1:
            assert attic.get(addresses[0]).status_code == 200  # the first one is used all the time
        time.sleep(1.1)

    def kept() -> set[str]:
        listed = cached(attic, "--index", "small")
        return {file.filename for file in files if file.filename in listed}

    eventually(lambda: len(kept()) <= 3)
    assert files[-1].filename in kept()
    assert files[0].filename in kept(), "what is downloaded is not what goes"
    assert attic.get(addresses[1]).content == files[1].content, "what went is fetched again"


def test_only_those_who_may_fill_the_cache_do(attic: House) -> None:
    """A caller without the right sees everything, and is asked to log in for what is not cached."""
    first, second = wheel("rights", "1.0"), wheel("rights", "2.0")
    attic.upstream.offer_all([first, second])
    address = f"/members/files/{first.sha256}/{first.filename}"
    for listed in (attic.listed("rights", "members"), attic.listed("rights", "members", MEMBER)):
        assert listed.keys() == {first.filename, second.filename}
    assert attic.get(address).status_code == 401
    assert not attic.upstream.requests(f"/packages/{first.filename}")
    assert attic.get(address, MEMBER).content == first.content
    eventually(lambda: attic.get(address).status_code == 200)
    assert attic.get(address).content == first.content
    assert attic.get(f"/members/files/{second.sha256}/{second.filename}").status_code == 401


def test_a_published_file_is_never_pruned(attic: House) -> None:
    file = big("published-here", 20_000)
    assert publish(attic.cellar, file).status_code == 200
    attic.cellar.cli("cache", "prune", "--index", "main", "--older-than", "0")
    assert attic.get(attic.listed("published-here")[file.filename]["address"]).content == file.content


def test_sweep_and_check_after_pruning(attic: House) -> None:
    file = big("swept", 20_000)
    address = keep(attic, file)
    attic.cellar.cli("cache", "prune", "--index", "main", "--older-than", "0")
    attic.cellar.cli("sweep", "--older-than", "0")
    attic.cellar.cli("sweep", "--older-than", "0")
    attic.cellar.cli("check", "--deep")
    assert attic.get(address).content == file.content
    attic.wait_until_kept(file.filename)
    attic.cellar.cli("check", "--deep")


def test_a_rebuild_knows_what_was_cached(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        file = big("rebuilt", 20_000)
        address = keep(made, file)
        made.cellar.stop()
        made.cellar.cli("rebuild")
        made.upstream.stop()
        made.cellar.start()
        assert made.get(address).content == file.content
        assert made.listed("rebuilt").keys() == {file.filename}, "the page of what is kept, though the upstream is gone"
        assert "upstream:test" in json.dumps(made.api("GET", "/indexes/main/projects/rebuilt").json())


def test_prefetch_readies_a_machine_that_will_be_cut_off(tmp_path: Path, workbench: Workbench) -> None:
    """From a requirements file, a pylock.toml and a uv.lock; what cannot be fetched is reported."""
    with house(tmp_path / "house") as made:
        files = [wheel(name, "1.0") for name in ("alpha", "beta", "gamma")]
        made.upstream.offer_all([*files, wheel("alpha", "2.0")])
        (workbench.project / "requirements.txt").write_text(
            f"alpha==1.0 --hash=sha256:{files[0].sha256}\n# a comment\nbeta==1.0 ; python_version >= '3.8'\n"
        )
        told = made.cellar.cli("prefetch", "-r", str(workbench.project / "requirements.txt"))
        assert "2 files fetched" in told
        assert made.upstream.whole_fetches().keys() == {files[0].filename, files[1].filename}
        uv(workbench, made.simple(), ["gamma", "alpha<2"])
        made.wait_until_kept(files[2].filename)
        made.cellar.cli("cache", "prune", "--older-than", "0")
        made.upstream.forget()
        made.cellar.cli("prefetch", "-r", str(workbench.project / "uv.lock"))
        assert made.upstream.whole_fetches().keys() == {files[0].filename, files[2].filename}
        (workbench.project / "missing.txt").write_text("alpha==7.0\nnot-there==1.0\n")
        done = made.cellar.run("prefetch", "-r", str(workbench.project / "missing.txt"))
        assert done.returncode != 0
        assert "alpha" in done.stdout + done.stderr and "not-there" in done.stdout + done.stderr
        with made.cut_off():
            uv(Workbench(workbench.home / "again"), made.simple(), ["gamma", "alpha<2"])
