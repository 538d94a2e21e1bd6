"""Three replicas behind HAProxy, on PostgreSQL and Ceph's S3, while everything that they stand on fails in turn.

What was answered holds on every replica from its next request on, and what was not is wholly there or not at all.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Cellar
from support.clients import Workbench
from support.crashes import count
from support.distributions import Distribution, wheel
from support.links import CUT, ERRORS, RESETS, SILENT, SLOW, SLOW_DOWN, Link
from support.replicas import Town, town
from support.simple import JSON, Index
from support.upload import BOUNDARY, body_of

pytestmark = [
    pytest.mark.xdist_group("replicas"),
    pytest.mark.timeout(3600),
    pytest.mark.skipif(shutil.which("radosgw") is None, reason="NO REPLICA WAS TESTED: there is no radosgw"),
]

SECONDS = count("CELLAR_CHAOS_SECONDS", 60)
ROUNDS = count("CELLAR_REPLICA_ROUNDS", 1000)
LOGIN = (USER, PASSWORD)
ROOT = (ADMIN, ADMIN_PASSWORD)
CONTESTED = "contested"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    sections = {"index.main": {"read": ["authenticated"], "delete": ["authenticated"]}}
    with town(tmp_path_factory.mktemp("replicas"), sections=sections) as replicas:
        yield replicas
        for replica in replicas.replicas:
            replica.stop()


def test_clients_publish_install_and_change(made: Town, workbench: Workbench, tmp_path: Path) -> None:
    """The main paths, through HAProxy: each request may come to another replica."""
    certificate = str(made.certificate.authority)
    mine, other = wheel("by-twine", "1.0"), wheel("by-uv", "1.0")
    for file in (mine, other):
        (tmp_path / file.filename).write_bytes(file.content)
    workbench.run(
        "twine", "upload", "--cert", certificate, "--repository-url", made.url("/main/"), tmp_path / mine.filename
    )
    uv = {"SSL_CERT_FILE": certificate}
    workbench.run("uv", "publish", "--publish-url", made.url("/main/"), tmp_path / other.filename, environment=uv)
    simple = made.url("/main/simple/").replace("//", f"//{USER}:{quote(PASSWORD)}@", 1)
    by_pip, by_uv = tmp_path / "by-pip", tmp_path / "by-uv"
    workbench.run(
        sys.executable, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--target", by_pip, "--cert", certificate,
        "--index-url", simple, "by-twine", "by-uv",
    )  # fmt: skip
    workbench.run("uv", "pip", "install", "--target", by_uv, "--index-url", simple, "by-twine", "by-uv", environment=uv)
    for folder in (by_pip, by_uv):
        assert {path.name for path in folder.glob("*.dist-info")} == {"by_twine-1.0.dist-info", "by_uv-1.0.dist-info"}
    project = "/api/v1/indexes/main/projects/by-twine"
    with made.session() as session:
        session.auth = ROOT
        # A name of their own, so that other tests of the module see no grants.
        grant = {"index": "main", "project": "by-uv", "principal": f"user:{ADMIN}", "right": "read"}
        assert session.post(made.url("/api/v1/grants"), json=grant, timeout=60).status_code == 201
        assert [read(replica, "/main/simple/by-uv/", LOGIN) for replica in made.replicas] == [404] * 3
        yank = session.put(made.url(f"{project}/releases/1.0/yank"), json={"reason": "bad"}, timeout=60)
        assert yank.ok, yank.text
        for replica in made.replicas:
            page = requests.get(replica.url("/main/simple/by-twine/"), headers={"Accept": JSON}, auth=LOGIN, timeout=60)
            assert [file["yanked"] for file in page.json()["files"]] == ["bad"]
        assert session.delete(made.url(f"{project}/files/{mine.filename}"), timeout=60).ok
        assert [listed(replica, "by-twine") for replica in made.replicas] == [{}] * 3
        assert upload(session, made.base, mine).status_code == 409


def test_publish_on_one_and_install_through_another(made: Town) -> None:
    """Never a miss, though nobody tells the other."""

    def rounds(number: int) -> None:
        chance = random.Random(number)
        with requests.Session() as session:
            session.trust_env = False
            for turn in range(ROUNDS // 4):
                here, there = chance.sample(made.replicas, 2)
                file = wheel(f"across-{number}", f"1.{turn}")
                assert upload(session, here.base, file).status_code == 200
                index = Index(there.base, auth=LOGIN)
                (link,) = [link for link in index.links(file.name) if link.filename == file.filename]
                assert index.download(link) == file.content

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rounds, range(4)))


def test_nothing_answered_is_lost_while_all_fails(made: Town, workbench: Workbench) -> None:
    seed = count("CELLAR_SEED", random.randrange(1 << 30))
    print(f"CELLAR_SEED={seed} repeats the plan of this")
    clients = [Client(made, number, random.Random(f"{seed} {number}")) for number in range(8)]
    ending = threading.Event()
    threads = [threading.Thread(target=client.work, args=(ending,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    happened = trouble(made, random.Random(seed), time.monotonic() + SECONDS)
    ending.set()
    for thread in threads:
        thread.join(180)
        assert not thread.is_alive(), "a client hangs"
    made.wait()
    statuses = sum((client.statuses for client in clients), Counter[str]())
    print(f"{dict(happened)}; {dict(statuses)}; {made.database.troubled} and {made.store.troubled} met by the links")
    wrong = [line for client in clients for line in client.wrong]
    assert not wrong, wrong[:10]
    assert len(happened) == len(PLAN), "not everything has failed"
    done = Counter(file.state for client in clients for file in client.files)
    assert min(done["published"], done["deleted"], done["yanked"]) >= 3, f"hardly anything was done: {done}"
    for client in clients:
        client.try_again()
    winners = [file for client in clients for file in client.contested if file.state == "published"]
    assert len(winners) == len({file.distribution.filename for file in winners}), "two won one name"
    for replica in made.replicas:
        check(replica, clients, winners)
    assert "ok" in made.replicas[0].cli("check")
    install(made.replicas[1], clients, workbench)


def check(replica: Cellar, clients: list[Client], winners: list[File]) -> None:
    """What a replica serves is what was answered, and every page agrees with its files."""
    index = Index(replica.base, auth=LOGIN)
    for client in clients:
        assert not client.look(replica), client.wrong
        links = index.links(client.project)
        assert index.html_names(client.project) == {link.filename for link in links}
        for link in links:
            index.check_metadata(link, index.download(link))
    named = {link.filename: link.sha256 for link in index.links(CONTESTED)}
    for file in winners:
        assert named.get(file.distribution.filename) == file.distribution.sha256
    for link in index.links(CONTESTED):
        index.download(link)


def install(replica: Cellar, clients: list[Client], workbench: Workbench) -> None:
    python = workbench.virtual_environment()
    address = replica.url_with_login("/main/simple/")
    wanted = [client.project for client in clients if any(file.state == "published" for file in client.files)]
    workbench.run("uv", "pip", "install", "--python", python, "--index-url", address, *wanted)


# MARK: What fails


def start(replica: Cellar) -> None:
    """Starts a replica as a service manager does: again, if what it stands on was not there yet."""
    for _ in range(5):
        if replica.start(may_die=True):
            return
    raise AssertionError(replica.log_tail())


def kill_a_replica(made: Town, chance: random.Random) -> None:
    replica = chance.choice(made.replicas)
    replica.kill()
    time.sleep(chance.uniform(0.1, 1))
    start(replica)


def restart_a_replica(made: Town, chance: random.Random) -> None:
    replica = chance.choice(made.replicas)
    replica.stop()
    start(replica)


def restart_the_database(made: Town, chance: random.Random) -> None:
    made.restart_database()


PLAN = {
    "a replica is killed": kill_a_replica,
    "a replica is restarted": restart_a_replica,
    "PostgreSQL restarts": restart_the_database,
    **{f"the store: {one.name}": ("store", one) for one in (ERRORS, SLOW_DOWN, RESETS, CUT, SILENT, SLOW)},
    **{f"the database: {one.name}": ("database", one) for one in (CUT, SILENT, SLOW)},
}


def trouble(made: Town, chance: random.Random, until: float) -> Counter[str]:
    """Has everything fail, in an order that a seed decides; sometimes a replica dies in the middle of it."""
    happened: Counter[str] = Counter()
    while time.monotonic() < until or len(happened) < len(PLAN):
        names = list(PLAN)
        chance.shuffle(names)
        for name in names:
            if time.monotonic() >= until and happened[name]:
                continue
            happened[name] += 1
            match PLAN[name]:
                case (str() as link, what):
                    disturbed: Link = getattr(made, link)
                    disturbed.begin(what)
                    time.sleep(chance.uniform(0.3, 1.5))
                    killed = chance.choice([*made.replicas, None, None, None])
                    if killed is not None:
                        killed.kill()
                    time.sleep(chance.uniform(0.3, 1.5))
                    disturbed.end()
                    if killed is not None:
                        start(killed)
                case work:
                    work(made, chance)
            time.sleep(chance.uniform(0.3, 1.5))
    return happened


# MARK: Who works meanwhile


@dataclass
class File:
    distribution: Distribution
    # What is known of it: publishing, yanking and deleting are not known to be done.
    state: str = "publishing"


@dataclass
class Client:
    """Publishes, yanks, deletes and reads, and holds every replica to what it was answered."""

    made: Town
    number: int
    chance: random.Random
    files: list[File] = field(default_factory=list)
    contested: list[File] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def project(self) -> str:
        return f"chaos-{self.number}"

    def work(self, ending: threading.Event) -> None:
        turn = 0
        try:
            with self.made.session() as session:
                while not ending.is_set():
                    turn += 1
                    self._turn(session, turn)
        except Exception as error:  # a thread's would only be printed
            self.wrong.append(f"{self.project}: {error!r}")

    def _turn(self, session: requests.Session, turn: int) -> None:
        match self.chance.randrange(10):
            case 0 | 1 | 2 | 3:
                size = self.chance.choice([0, 0, 0, 300_000])
                self._publish(session, wheel(self.project, f"1.{turn}", data(self.chance, size), compression=0))
            case 4:
                name = wheel(CONTESTED, f"1.{turn}", data(self.chance, 10))
                self.contested.append(file := File(name))
                if self._write("publish", lambda: upload(session, self.made.base, name), also=(409,)) == 200:
                    file.state = "published"
            case 5 | 6:
                self._change(session, "yank")
            case 7:
                self._change(session, "delete")
            case 8:
                self._use_a_token(session)
            case _:
                self._download()
        self.look(self.chance.choice(self.made.replicas))

    def _publish(self, session: requests.Session, distribution: Distribution) -> None:
        self.files.append(file := File(distribution))
        if self._write("publish", lambda: upload(session, self.made.base, distribution)) == 200:
            file.state = "published"

    def _change(self, session: requests.Session, verb: str) -> None:
        wanted = ("published",) if verb == "yank" else ("published", "yanked")
        files = [file for file in self.files if file.state in wanted]
        if not files:
            return
        file = self.chance.choice(files)
        path = f"/api/v1/indexes/main/projects/{self.project}/files/{file.distribution.filename}"
        during, after = ("yanking", "yanked") if verb == "yank" else ("deleting", "deleted")
        file.state = during
        if verb == "yank":
            status = self._write(verb, lambda: session.put(self.made.url(path + "/yank"), auth=LOGIN, timeout=60))
        else:
            status = self._write(verb, lambda: session.delete(self.made.url(path), auth=LOGIN, timeout=60))
        if status is not None:
            file.state = after

    def _use_a_token(self, session: requests.Session) -> None:
        name = f"{self.project}-{self.chance.randrange(1 << 40)}"
        made: list[dict[str, object]] = []

        def create() -> requests.Response:
            answer = session.post(self.made.url("/api/v1/tokens"), json={"name": name}, auth=LOGIN, timeout=60)
            if answer.ok:
                made.append(answer.json())
            return answer

        if self._write("token", create) is None:
            return
        token = made[0]
        login = ("__token__", str(token["token"]))
        replica = self.chance.choice(self.made.replicas)
        if (status := read(replica, "/main/simple/", login)) in (401, 403):
            self.wrong.append(f"a token that was just made: {status}")
        address = self.made.url(f"/api/v1/tokens/{token['id']}")
        if self._write("revoke", lambda: session.delete(address, auth=LOGIN, timeout=60)) is None:
            return
        replica = self.chance.choice(self.made.replicas)
        if read(replica, "/main/simple/", login) == 200:
            self.wrong.append("a token that was revoked is taken")

    def _write(self, what: str, ask: object, also: tuple[int, ...] = ()) -> int | None:
        """Returns the status of a write that was done (or may be refused with), or nil if nobody knows."""
        try:
            answer: requests.Response = ask()  # type: ignore[operator]
        except requests.RequestException:
            self.statuses[f"{what} lost"] += 1
            return None
        self.statuses[f"{what} {answer.status_code}"] += 1
        if answer.ok or answer.status_code in also:
            return answer.status_code
        if answer.status_code not in (502, 503, 504):
            self.wrong.append(f"{what}: {answer.status_code} {answer.text[:300]}")
        return None

    def _download(self) -> None:
        """What one replica names, another one has, unless it says that it can't now."""
        here, there = self.chance.choice(self.made.replicas), self.chance.choice(self.made.replicas)
        links = listed(here, self.project)
        if not links:
            return
        filename, (path, sha256) = self.chance.choice(sorted(links.items()))
        try:
            answer = requests.get(there.base + path, auth=LOGIN, timeout=60)
        except requests.RequestException:
            return
        self.statuses[f"download {answer.status_code}"] += 1
        if answer.status_code == 200:
            if hashlib.sha256(answer.content).hexdigest() != sha256:
                self.wrong.append(f"{filename} has other bytes")
        elif answer.status_code != 503 and not (answer.status_code == 404 and self._may_be_gone(filename)):
            self.wrong.append(f"{filename} is named, and answers {answer.status_code} {answer.text[:300]}")

    def _may_be_gone(self, filename: str) -> bool:
        return any(file.distribution.filename == filename and file.state.startswith("delet") for file in self.files)

    def look(self, replica: Cellar) -> list[str]:
        """Holds a replica to all that was answered; one that can't answer now need not."""
        files = listed(replica, self.project)
        if files is None:
            return []
        wrong = []
        for file in self.files:
            name = file.distribution.filename
            if file.state in ("published", "yanking", "yanked") and name not in files:
                wrong.append(f"{name} is {file.state}, and missing at {replica.root.name}")
            if file.state == "deleted" and name in files:
                wrong.append(f"{name} is deleted, and listed at {replica.root.name}")
            if name in files and files[name][1] != file.distribution.sha256:
                wrong.append(f"{name} has bytes that nobody sent")
        self.wrong += wrong
        return wrong

    def try_again(self) -> None:
        """Whatever nobody knows the end of goes through now."""
        with self.made.session() as session:
            for file in self.files:
                if file.state == "publishing":
                    answer = upload(session, self.made.base, file.distribution)
                    assert answer.status_code == 200, f"{file.distribution.filename}: {answer.text}"
                    file.state = "published"


def listed(replica: Cellar, project: str) -> dict[str, tuple[str, str]] | None:
    """The path and the digest of each file of a project; nil if the replica can't say now."""
    try:
        page = requests.get(replica.url(f"/main/simple/{project}/"), headers={"Accept": JSON}, auth=LOGIN, timeout=60)
    except requests.RequestException:
        return None
    if page.status_code == 404:
        return {}
    if page.status_code == 503:
        return None
    assert page.status_code == 200, f"{page.status_code} {page.text[:300]}"
    return {
        file["filename"]: ("/main/files/" + file["url"].split("/files/")[1], file["hashes"]["sha256"])
        for file in page.json()["files"]
    }


def read(replica: Cellar, path: str, login: tuple[str, str]) -> int | None:
    try:
        return requests.get(replica.url(path), auth=login, timeout=60).status_code
    except requests.RequestException:
        return None


def upload(session: requests.Session, base: str, distribution: Distribution) -> requests.Response:
    return session.post(
        base + "/main/", data=body_of(distribution), auth=LOGIN, timeout=60,
        headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
    )  # fmt: skip


def data(chance: random.Random, size: int) -> dict[str, bytes]:
    return {"data.bin": chance.randbytes(size)} if size else {}
