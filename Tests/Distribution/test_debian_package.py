"""The Debian package in a clean Debian 12: installed, served, upgraded, removed, purged, installed again."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Upgrade, made_package
from machine import Machine, extra_libraries, provide_libraries
from running import PASSWORD, USER, ByHand, BySystemd
from support.cellar import REPOSITORY
from support.clients import Workbench

CONFIGURATION, DATA = "/etc/cellar/cellar.toml", "/var/lib/cellar"


def install(machine: Machine, package: Path) -> None:
    machine.run("apt-get", "install", "--yes", "--no-install-recommends", put(machine, package))


def put(machine: Machine, package: Path) -> str:
    shutil.copy(package, machine.path("/opt"))
    return f"/opt/{package.name}"


def add_user(machine: Machine) -> None:
    machine.run("cellarctl", "user", "add", USER, "--admin", "--password-stdin", input=PASSWORD + "\n")


def owner(machine: Machine, name: str) -> str:
    return machine.output("stat", "--format", "%U:%G %a", name)


@pytest.fixture
def service(
    machine: Machine, request: pytest.FixtureRequest, workbench: Workbench, program: Path, packages: Upgrade
) -> Iterator[ByHand | BySystemd]:
    """The service of a machine on which the package can be installed."""
    kind = BySystemd if "systemd" in request.node.callspec.params["machine"] else ByHand
    provide_libraries(machine, program / "cellar")
    made = kind(machine, workbench)
    made.prepare(Path(put(machine, packages.older)))
    yield made
    made.end()


both = pytest.mark.parametrize(
    "machine", [ByHand.packages, BySystemd.packages], indirect=True, ids=["without systemd", "with systemd"]
)
systemd = pytest.mark.parametrize("machine", [BySystemd.packages], indirect=True, ids=["with systemd"])


@both
def test_the_package_from_its_installation_to_its_end(service: ByHand | BySystemd, packages: Upgrade) -> None:
    machine = service.machine
    install(machine, packages.older)
    service.installed()
    assert owner(machine, CONFIGURATION) == "root:cellar 640" and owner(machine, "/etc/cellar") == "root:cellar 750"
    assert owner(machine, DATA) == "cellar:cellar 750"
    for secret in (CONFIGURATION, f"{DATA}/cellar.db"):
        stranger = machine.run("runuser", "--user", "nobody", "--", "cat", secret, check=False)
        assert "Permission denied" in stranger.stderr
    add_user(machine)
    service.publish("1.0")
    service.install("1.0")

    refused = machine.run("cellar", "user", "list", "--config", CONFIGURATION, check=False)
    assert refused.returncode == 69 and "runuser -u cellar -- cellar" in refused.stderr
    assert not machine.output("find", DATA, "!", "-user", "cellar")

    changed = machine.path(CONFIGURATION).read_text() + "# A line of the administrator's.\n"
    machine.path(CONFIGURATION).write_text(changed)
    install(machine, packages.newer)
    assert "0.1.0~dev2" in machine.output("dpkg-query", "--show", "cellar")
    service.upgraded()
    assert "demo-1.0" in service.get("/main/simple/demo/").stdout, "the data of the older version is served"
    service.publish("2.0")
    service.install("2.0")

    service.before_removal()
    machine.run("apt-get", "remove", "--yes", "cellar")
    service.removed()
    assert not machine.path("/usr/bin/cellar").exists()
    assert machine.path(CONFIGURATION).read_text() == changed and machine.path(f"{DATA}/cellar.db").exists()
    install(machine, packages.newer)
    service.installed()
    assert "demo-2.0" in service.get("/main/simple/demo/").stdout

    service.before_removal()
    purged = machine.run("apt-get", "purge", "--yes", "cellar")
    assert f"Cellar's data is kept in {DATA}" in purged.stdout + purged.stderr
    assert not machine.path("/etc/cellar").exists() and machine.path(f"{DATA}/cellar.db").exists()
    assert owner(machine, DATA) == "cellar:cellar 750", "the data keeps its user"

    install(machine, packages.newer)
    service.installed()
    assert "demo-2.0" in service.get("/main/simple/demo/").stdout, "kept data is served again"
    service.before_removal()
    machine.path("/etc/cellar/certificate.pem").write_text("of the administrator's own")
    purged = machine.run("env", "CELLAR_PURGE_DATA=yes", "apt-get", "purge", "--yes", "cellar")
    assert not machine.path(DATA).exists() and "data is kept" not in purged.stdout + purged.stderr
    assert [path.name for path in machine.path("/etc/cellar").iterdir()] == ["certificate.pem"]


@systemd
def test_the_unit_is_sound_and_hardened(service: BySystemd, packages: Upgrade) -> None:
    machine = service.machine
    install(machine, packages.older)
    service.installed()
    units = ("cellar.service", "cellar-sweep.service", "cellar-sweep.timer")
    assert not machine.run("systemd-analyze", "verify", "--man=no", *units).stderr
    security = machine.output("systemd-analyze", "security", "--no-pager", "cellar.service")
    exposure = re.search(r"Overall exposure level for cellar\.service: ([\d.]+)", security)
    assert exposure and float(exposure[1]) <= 1.2, security
    status = machine.path(f"/proc/{service.pid()}/status")
    text = machine.output("cat", f"/proc/{service.pid()}/status")
    assert (
        not status.exists() and re.search(r"^NoNewPrivs:\s1$", text, re.M) and re.search(r"^Seccomp:\s2$", text, re.M)
    )
    assert re.search(r"^CapBnd:\s0+$", text, re.MULTILINE)
    assert service.show("StatusText") == "Serving at http://127.0.0.1:6543/"

    assert machine.output("systemctl", "is-active", "cellar-sweep.timer") == "active"
    assert machine.output("systemctl", "is-enabled", "cellar-sweep.timer") == "enabled"
    machine.run("systemctl", "start", "cellar-sweep.service")
    swept = machine.output("journalctl", "--unit", "cellar-sweep", "--output", "cat", "--quiet")
    assert "files looked at" in swept, swept


@systemd
def test_the_journal_tells_levels_apart(service: BySystemd, packages: Upgrade) -> None:
    machine = service.machine
    install(machine, packages.older)

    def lines(*options: str) -> str:
        return machine.output("journalctl", "--unit", "cellar", "--output", "cat", "--quiet", *options)

    assert "http://127.0.0.1:6543/-/setup/" in lines(), "the link for the first administrator"
    assert '"message":"ready"' in lines("--priority", "notice") and "GET /" not in lines("--priority", "notice")
    assert not lines("--priority", "warning")
    assert "thread priority" not in lines(), "what libdispatch cannot do without privileges"

    configuration = machine.path(CONFIGURATION)
    sound = configuration.read_text()
    configuration.write_text(sound.replace("[server]", '[server]\nlissten = "127.0.0.1:1"'))
    assert machine.run("systemctl", "restart", "cellar", check=False).returncode != 0
    assert "did you mean server.listen?" in lines("--priority", "err")
    assert (service.state(), service.show("NRestarts")) == ("failed", "0"), "a restart does not help"
    configuration.write_text(sound)
    machine.run("systemctl", "restart", "cellar")

    machine.run("systemctl", "kill", "--signal", "KILL", "cellar")
    deadline = time.monotonic() + 30
    while service.show("NRestarts") != "1" or service.state() != "active":
        assert time.monotonic() < deadline, machine.journal()
        time.sleep(0.2)
    assert service.is_ready(), "a server that died is started again"


@systemd
def test_a_drop_in_opens_port_443(service: BySystemd, packages: Upgrade) -> None:
    machine = service.machine
    install(machine, packages.older)
    configuration = machine.path(CONFIGURATION)
    text = re.sub(r"^# listen = .*", 'listen = "127.0.0.1:443"', configuration.read_text(), flags=re.MULTILINE)
    configuration.write_text(text)
    assert machine.run("systemctl", "restart", "cellar", check=False).returncode != 0
    assert "Permission denied" in machine.journal()
    machine.run("mkdir", "-p", "/etc/systemd/system/cellar.service.d")
    machine.run("cp", "/usr/share/doc/cellar/examples/port-443.conf", "/etc/systemd/system/cellar.service.d/")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "cellar")
    service.port = 443
    assert service.is_ready()
    assert re.search(r"^CapEff:\s0+400$", machine.output("cat", f"/proc/{service.pid()}/status"), re.MULTILINE)


@systemd
def test_a_stopped_service_ends_in_peace(service: BySystemd, packages: Upgrade) -> None:
    machine = service.machine
    install(machine, packages.older)
    machine.run("systemctl", "stop", "cellar")
    assert (service.show("Result"), service.show("ExecMainStatus")) == ("success", "0")
    machine.run("systemctl", "disable", "cellar")
    install(machine, packages.newer)
    assert service.state() == "inactive", "an upgrade starts nothing that was turned off"


def test_the_same_commit_makes_the_same_package(program: Path, packages: Upgrade, tmp_path: Path) -> None:
    copy = tmp_path / "program"
    shutil.copytree(program, copy, copy_function=shutil.copyfile)
    assert made_package(copy, tmp_path, "0.1.0~dev1").read_bytes() == packages.older.read_bytes()


def test_lintian_finds_nothing(program: Path, packages: Upgrade) -> None:
    if shutil.which("lintian") is None:
        pytest.skip("LINTIAN DID NOT LOOK: there is none (scripts/install-packages.sh debian)")
    # A debug build looks for its libraries in the toolchain.
    but = ["--suppress-tags", "custom-library-search-path"] if extra_libraries(program / "cellar") else []
    command = ["lintian", "--allow-root", *but, packages.newer]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not said.stdout + said.stderr


def test_a_package_of_a_program_that_needs_more_is_refused(program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "program"
    shutil.copytree(program, folder)
    shutil.copy("/usr/bin/openssl", folder / "cellar")
    command = ["env", "DEBIAN_VERSION=1", REPOSITORY / "scripts/make-debian-package.sh", folder, tmp_path]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode != 0 and "needs libssl.so" in refused.stderr
    assert not list(tmp_path.glob("*.deb"))
