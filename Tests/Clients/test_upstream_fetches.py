"""How an upstream is asked: once, with care for secrets, past full disks, kills and clients that leave."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from support import faults
from support.distributions import wheel
from support.mounting import mounted
from support.upload import basic
from support.upstream import Upstream
from support.upstream_pages import BARE, Style
from support.upstreamed import IMPATIENT, QUICK, House, big, eventually, fetched, house

pytestmark = pytest.mark.xdist_group("faults")


def test_credentials_go_nowhere_else(tmp_path: Path) -> None:
    """Not to where the upstream leads, not into the log, not onto a page."""
    secret = "hunter2-of-the-upstream"
    login = basic("reader", secret)
    file = wheel("thing", "1.0")
    told = {**QUICK, "username": "reader", "password": secret}
    with Upstream() as elsewhere, house(tmp_path, Style(login=login), upstream=told) as made:
        elsewhere.offer(file)
        made.upstream.offer(file, url=f"http://localhost:{elsewhere.port}/packages/{file.filename}")
        made.reconfigure(upstream={"allow_hosts": ["localhost", "127.0.0.1"]})
        listed = made.listed("thing")
        assert made.upstream.requests("/simple/thing/")[0].headers["authorization"] == login
        assert secret not in made.get("/main/simple/thing/").text
        assert made.get(listed[file.filename]["address"]).content == file.content
        assert elsewhere.asked
        assert all("authorization" not in one.headers for one in elsewhere.asked)
        redirected = wheel("redirected", "1.0")
        elsewhere.offer(redirected)
        made.upstream.offer(redirected)
        made.upstream.fail(
            redirected.filename,
            faults.redirect(f"http://localhost:{elsewhere.port}/packages/{redirected.filename}"),
        )
        assert made.get(made.listed("redirected")[redirected.filename]["address"]).content == redirected.content
        assert all("authorization" not in one.headers for one in elsewhere.asked)
        made.upstream.fail("/simple/failing/", faults.reset(after=0))
        made.get("/main/simple/failing/")
        made.cellar.cli("check")
        log = made.cellar.log.read_text()
        assert secret not in log and login.removeprefix("Basic ") not in log
        wrong = made.cellar.run("check", environment={"CELLAR_UPSTREAM_TEST_PASSWORD": "another-secret"})
        assert wrong.returncode != 0 and "test" in wrong.stdout + wrong.stderr
        assert "another-secret" not in wrong.stdout + wrong.stderr


def test_links_to_private_addresses_are_not_followed(shaky: House) -> None:
    """Of a page of a public upstream; the host that the configuration names is another thing."""
    with Upstream() as inner:
        file = wheel("inner", "1.0")
        inner.offer(file)
        shaky.upstream.offer(file, url=f"http://localhost:{inner.port}/packages/{file.filename}")
        shaky.upstream.offer(wheel("inner", "2.0"), url="http://169.254.169.254/latest/inner-2.0-py3-none-any.whl")
        for version in ("1.0", "2.0"):
            offer = next(o for o in shaky.upstream.offers if o.filename == f"inner-{version}-py3-none-any.whl")
            answer = shaky.get(f"/main/files/{offer.sha256}/{offer.filename}")
            assert answer.status_code == 503, answer.text
        assert inner.asked == []
        shaky.upstream.offer(wheel("local-files", "1.0"), url="file:///etc/local_files-1.0-py3-none-any.whl")
        sound = shaky.upstream.offer(wheel("local-files", "2.0"))
        assert shaky.listed("local-files").keys() == {sound.filename}, "the other file is no file of the web"


def test_kill_in_the_middle_of_a_fetch(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        file = big("interrupted")
        made.upstream.offer(file)
        address = made.listed("interrupted")[file.filename]["address"]
        go = threading.Event()
        made.upstream.fail(file.filename, faults.pause(go, after=1_500_000), times=1)
        with ThreadPoolExecutor() as pool:
            client = pool.submit(_attempt, address)
            made.upstream.wait_for(file.filename)
            eventually(lambda: made.upstream.requests(file.filename)[0].sent >= 1_500_000)
            eventually(made.cellar.spooled_files)  # the fetch has begun
            made.cellar.kill()
            go.set()
            assert client.result() != file.content
        assert not [path for path in made.cellar.stored_files() if path.name == file.filename]
        made.cellar.start()
        assert not made.cellar.spooled_files(), "what was left in the spool is cleared away"
        assert made.get(address).content == file.content
        assert made.upstream.whole_fetches() == {file.filename: 2}
        eventually(lambda: file.filename in {path.name for path in made.cellar.stored_files()})


def _attempt(url: str) -> bytes:
    try:
        return fetched(url)[1]
    except requests.RequestException:
        return b""


@pytest.mark.parametrize("place", ["storage", "spool"])
def test_a_full_disk_while_caching(tmp_path: Path, place: str) -> None:
    """The client gets its bytes, nothing half is kept, and there is one warning."""
    full = tmp_path / place
    full.mkdir()
    with mounted(full, "-t", "tmpfs", "-o", "size=4m", "tmpfs"):
        settings = {"storage": {"storage": {"url": f"file:{full}"}}, "spool": {"server": {"spool_dir": str(full)}}}
        with house(tmp_path / "house", sections=settings[place]) as made:
            file = big("large", 12_000_000)
            small = wheel("small", "1.0")
            made.upstream.offer_all([file, small])
            address = made.listed("large")[file.filename]["address"]
            for count in (1, 2):
                assert made.get(address).content == file.content
                # The client has all bytes before they are found not to fit; who asks until then has the same fetch.
                eventually(lambda count=count: made.cellar.log.read_text().count('"not-kept"') == count)
            assert made.get(made.listed("small")[small.filename]["address"]).content == small.content
            lines = made.cellar.log.read_text().splitlines()
            told = [line for line in lines if '"not-kept"' in line]
            assert len(told) == 2, "one for each time"
            assert all('"warning"' in line and file.filename in line for line in told)
            assert not [line for line in lines if '"level":"error"' in line]
            assert not [path for path in full.glob("**/*") if path.name == file.filename]


def test_the_spool_s_bound_while_caching(tmp_path: Path) -> None:
    small = {"server": {"spool_size": "2MiB"}}
    with house(tmp_path, main={"max_file_size": "1MiB"}, sections=small) as made:
        file = big("large", 12_000_000)
        made.upstream.offer(file)
        assert made.get(made.listed("large")[file.filename]["address"]).content == file.content
        # The last byte leaves before the file in the spool does.
        eventually(lambda: not made.cellar.spooled_files())


def test_a_client_that_leaves_does_not_stop_the_fetch(shaky: House) -> None:
    file = big("left-alone")
    shaky.upstream.offer(file)
    address = shaky.listed("left-alone")[file.filename]["address"]
    go = threading.Event()
    shaky.upstream.fail(file.filename, faults.pause(go, after=500_000), times=1)
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(address, stream=True, timeout=10)
        assert len(answer.raw.read(100_000)) == 100_000
        answer.close()
    go.set()
    eventually(lambda: any(path.name == file.filename for path in shaky.cellar.stored_files()))
    assert shaky.get(address).content == file.content
    assert shaky.upstream.whole_fetches()[file.filename] == 1


def test_ranges_of_a_file_that_is_not_kept_yet(shaky: House) -> None:
    file = big("ranged")
    shaky.upstream.offer(file)
    address = shaky.listed("ranged")[file.filename]["address"]
    head = shaky.session.head(address, timeout=10)
    assert (head.status_code, int(head.headers["Content-Length"])) == (200, len(file.content))
    for written, expected in {
        "bytes=0-9": file.content[:10], "bytes=1000000-1000099": file.content[1_000_000:1_000_100],
        "bytes=-100": file.content[-100:], f"bytes={len(file.content) - 5}-": file.content[-5:],
    }.items():  # fmt: skip
        answer = shaky.get(address, Range=written)
        assert (answer.status_code, answer.content) == (206, expected), written
    assert not [path for path in shaky.cellar.stored_files() if path.name == file.filename], "a range is never kept"
    assert shaky.get(address).content == file.content
    assert shaky.get(address, Range="bytes=-100").content == file.content[-100:]


def test_a_range_while_the_file_is_being_fetched(shaky: House) -> None:
    file = big("both")
    shaky.upstream.offer(file)
    address = shaky.listed("both")[file.filename]["address"]
    go = threading.Event()
    shaky.upstream.fail(file.filename, faults.pause(go, after=1_500_000), times=1)
    with ThreadPoolExecutor() as pool:
        whole = pool.submit(shaky.index().get, address)
        shaky.upstream.wait_for(file.filename)
        eventually(lambda: shaky.upstream.requests(file.filename)[0].sent >= 1_500_000)
        assert shaky.get(address, Range="bytes=100-199").content == file.content[100:200]
        assert shaky.get(address, Range="bytes=-100").content == file.content[-100:]
        go.set()
        assert whole.result().content == file.content


def test_a_slow_trickle_is_no_failure(shaky: House) -> None:
    """Slower than a client would like, but never silent for as long as the idle timeout."""
    file = big("trickling", 600_000)
    shaky.upstream.offer(file)
    address = shaky.listed("trickling")[file.filename]["address"]
    shaky.upstream.fail(file.filename, faults.trickle(100_000, 0.4))
    assert shaky.get(address).content == file.content


def test_a_transient_failure_is_tried_again(tmp_path: Path) -> None:
    with house(tmp_path, BARE, upstream={**QUICK, "retries": 2}) as made:
        file = big("flaky", 200_000)
        made.upstream.offer(file)
        made.upstream.fail("/simple/flaky/", faults.status(502), times=1)
        address = made.listed("flaky")[file.filename]["address"]
        made.upstream.fail(file.filename, faults.reset(after=100_000), times=1)
        assert made.get(address).content == file.content
        # An upstream that sends HTML without times is asked once more, for JSON alone.
        usual = [one for one in made.upstream.requests("/simple/flaky/") if "text/html" in one.headers["accept"]]
        assert len(usual) == 2


def test_an_upstream_that_keeps_failing_is_left_alone(tmp_path: Path) -> None:
    """The circuit breaker: a hundred requests do not become a hundred connections."""
    with house(tmp_path, upstream=IMPATIENT) as made:
        made.upstream.fail("/", faults.status(500))
        for number in range(100):
            assert made.get(f"/main/simple/nothing-{number}/").status_code == 503
        assert len(made.upstream.asked) < 50
