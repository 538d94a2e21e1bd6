"""Ten thousand tokens that nobody has, in every way of HTTP: all are refused, and nobody else notices."""

from __future__ import annotations

import base64
import http.client
import json
import random
import re
import statistics
import string
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.cellar import USER, Cellar
from support.distributions import wheel
from support.memory import MIB, watched
from support.token_texts import DIGITS, checksum, made_up
from support.upload import publish

pytestmark = pytest.mark.xdist_group("clients")

PAGE = "/team/simple/needle/"


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cellar]:
    cellar = Cellar(tmp_path_factory.mktemp("wrong-tokens"), {"index.team": {"read": ["authenticated"]}})
    cellar.start()
    assert publish(cellar, wheel("needle", "1.0"), "/team/").status_code == 200
    yield cellar
    cellar.stop()


def with_wrong_checksum(seed: random.Random) -> bytes:
    text = "".join(seed.choices(DIGITS, k=32))
    wrong = "".join(seed.choices(DIGITS, k=6))
    return f"cellar_{text}{wrong if wrong != checksum(text) else wrong[::-1]}".encode()


def near(seed: random.Random, good: str) -> bytes:
    """A real token as people and programs get it wrong: a letter more, less, swapped, doubled, in the other case."""
    place = seed.randrange(7, len(good))
    letter = good[place]
    other = seed.choice([digit for digit in DIGITS if digit != letter])
    return seed.choice(
        [
            good[:place] + other + good[place + 1 :],
            good[:place] + good[place + 1 :],
            good[:place] + other + good[place:],
            good[: place - 1] + good[place] + good[place - 1] + good[place + 1 :],
            good[:place],
            good + other,
            good[:7] + good[7:].swapcase(),
            good[:7] + good[7:].upper(),
            good.upper(),
            good[::-1],
            good + good,
            f'"{good}"',
            f"{good}\x00",
            f"\x00{good}",
            f"{good}\r",
            good.replace("cellar_", "cellar-"),
            good.replace("cellar_", "pypi-"),
            good.removeprefix("cellar_"),
            "cellar_" + good,
            base64.b64encode(good.encode()).decode(),
        ]
    ).encode()


# Letters and digits that are none of the alphabet, though some look like it.
LOOK_ALIKES = (
    "\uff10\uff11\uff41\uff42\uff21\uff22\u0660\u0661\u0430\u0435\u043e\u0440\u0410\u0415\u041e\u0420\u0131\u0130\u017f"
    "\u212a\U0001d7ce\U0001d7cf\U0001d41a\xe9_-+/=.~"
)


def in_another_alphabet(seed: random.Random) -> bytes:
    text = f"cellar_{''.join(seed.choices(DIGITS + LOOK_ALIKES, k=38))}{seed.choice(LOOK_ALIKES)}"
    return text.encode(seed.choice(["utf-8", "utf-16-le", "utf-7"]))


def of_any_bytes(seed: random.Random) -> bytes:
    return seed.choice([b"", b"cellar_", b"cellar_\xff\xfe"]) + seed.randbytes(seed.randrange(60))


def with_control_characters(seed: random.Random) -> bytes:
    text = list("cellar_" + "".join(seed.choices(DIGITS, k=38)))
    for _ in range(seed.randrange(1, 5)):
        text.insert(seed.randrange(len(text)), chr(seed.choice([*range(1, 10), 11, 12, *range(14, 33), 127])))
    return "".join(text).encode()


def huge(seed: random.Random) -> bytes:
    return b"cellar_" + seed.choice([b"a", b"\xc3\xa9", b"=", b"0"]) * seed.choice([1000, 4000, 20_000, 100_000])


def like_a_jwt(seed: random.Random) -> bytes:
    """What a CI system would send: unsigned, or signed by nobody."""
    header = {"alg": seed.choice(["none", "None", "HS256", "RS256"]), "kid": seed.choice(["../../dev/null", "1"])}
    claims = {"iss": "https://token.actions.githubusercontent.com", "sub": USER, "exp": 9_999_999_999}
    parts = [json.dumps(part).encode() for part in (header, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return text + b"." + seed.choice([b"", base64.urlsafe_b64encode(seed.randbytes(32)).rstrip(b"=")])


def printable(seed: random.Random) -> bytes:
    return ("cellar_" + "".join(seed.choices(string.printable[:94], k=seed.randrange(1, 80)))).encode()


def wrong_tokens(good: str, count: int, number: int) -> list[bytes]:
    seed = random.Random(number)
    makers: list[tuple[int, Callable[[], bytes]]] = [
        (30, lambda: made_up(seed).encode()),
        (15, lambda: with_wrong_checksum(seed)),
        (20, lambda: near(seed, good)),
        (8, lambda: in_another_alphabet(seed)),
        (7, lambda: of_any_bytes(seed)),
        (8, lambda: with_control_characters(seed)),
        (2, lambda: huge(seed)),
        (4, lambda: like_a_jwt(seed)),
        (6, lambda: printable(seed)),
    ]
    weights, functions = zip(*makers, strict=True)
    made = [make() for make in seed.choices(functions, weights, k=count)]
    return [text for text in made if text.strip() != good.encode()]


def is_sendable(text: bytes) -> bool:
    """Whether the bytes are one line of a header."""
    return b"\n" not in text and b"\r" not in text


class Sender:
    """One connection that sends wrong tokens; it is made again if the server has closed it."""

    def __init__(self, cellar: Cellar) -> None:
        self.port = cellar.port
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def status(self, text: bytes, way: int) -> int:
        if way == 0 or not is_sendable(text):
            field = ("Authorization", b"Basic " + base64.b64encode(b"__token__:" + text))
        elif way == 1:
            field = ("Authorization", b"Bearer " + text)
        else:
            field = ("PRIVATE-TOKEN", text)
        for _ in range(2):
            try:
                self.connection.putrequest("GET", PAGE)
                # By hand: http.client refuses some of what a server must refuse.
                self.connection._buffer.append(f"{field[0]}: ".encode() + field[1])
                self.connection.endheaders()
                answer = self.connection.getresponse()
                answer.read()
                return answer.status
            except (ConnectionError, http.client.RemoteDisconnected):
                self.connection.close()
        raise AssertionError(f"no answer to {field!r:.200}")


def latencies(cellar: Cellar, token: str, is_over: Callable[[], bool]) -> list[float]:
    """How long an honest reader waits for each of some pages, asked for in the rhythm of a person's tools."""
    connection = http.client.HTTPConnection("127.0.0.1", cellar.port, timeout=60)
    times: list[float] = []
    while not is_over():
        begin = time.monotonic()
        connection.request("GET", PAGE, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        times.append(time.monotonic() - begin)
        assert answer.status == 200
        time.sleep(0.005)
    connection.close()
    return times


def send(cellar: Cellar, texts: list[bytes]) -> Counter[int]:
    sender = Sender(cellar)
    statuses: Counter[int] = Counter()
    for number, text in enumerate(texts):
        status = sender.status(text, number % 3)
        # What is no header, or too long for one, is no request; what does not begin like a token may be a password, and
        # those are slowed down.
        refusals = (400, 401, 431) if text.startswith(b"cellar_") else (400, 401, 429, 431)
        assert status in refusals, f"{status} for {text!r:.200}"
        statuses[status] += 1
    return statuses


def test_ten_thousand_wrong_tokens_are_refused_and_nobody_notices(town: Cellar) -> None:
    good = town.cli("token", "create", "good", "--user", USER).strip()
    with ThreadPoolExecutor(3) as pool:
        # The same once before, beside a reader, too: it fills what is bounded, and the allocator has what as many
        # requests at once take, so that only what is kept of tokens would grow.
        end = time.monotonic() + 3
        warming = pool.submit(latencies, town, good, lambda: time.monotonic() > end)
        list(pool.map(lambda number: send(town, wrong_tokens(good, 5250, number)), (1, 2)))
        warming.result(60)
        end = time.monotonic() + 3
        calm = latencies(town, good, lambda: time.monotonic() > end)
        over = threading.Event()
        reading = pool.submit(latencies, town, good, over.is_set)
        try:
            with watched(town) as growth:
                sent = list(pool.map(lambda number: send(town, wrong_tokens(good, 5250, number)), (3, 4)))
        finally:
            over.set()
        stormy = reading.result(60)
    statuses = sum(sent, Counter())
    assert statuses.total() >= 10_000 and statuses[401] > 8000, statuses
    quiet, loud = (statistics.quantiles(times, n=100)[98] for times in (calm, stormy))
    print(f"{statuses}; p99 {quiet * 1000:.1f} ms, {loud * 1000:.1f} ms among them; {growth.bytes / MIB:.1f} MiB more")
    assert growth.bytes < 32 * MIB
    # Modest: this machine runs other tests, and the senders, at the same time.
    assert loud < max(5 * quiet, quiet + 0.05)
    log = town.log.read_text(errors="replace")
    assert not re.search("cellar_[0-9A-Za-z]{8}", log), "a token stands in the log"
