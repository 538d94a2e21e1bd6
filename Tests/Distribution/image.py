"""The image, unpacked as an engine does, and its root run as a container without one."""

from __future__ import annotations

import json
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.containers import Contained

# The loopback interface of a new network namespace is down: SIOCSIFFLAGS with IFF_UP.
_LOOPBACK_UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 0x49))"


@dataclass(frozen=True)
class Image:
    """The configuration of an image, and the names of its layers in its archive."""

    archive: Path
    settings: dict[str, Any]
    tags: list[str]
    layers: list[str]

    @staticmethod
    def read(archive: Path) -> Image:
        """Reads the archive of `docker save`."""
        with tarfile.open(archive) as tar:
            (manifest,) = json.loads(_contents(tar, "manifest.json"))
            settings = json.loads(_contents(tar, manifest["Config"]))
        return Image(archive, settings["config"], manifest["RepoTags"], manifest["Layers"])

    @property
    def environment(self) -> dict[str, str]:
        return dict(entry.split("=", 1) for entry in self.settings["Env"])

    @property
    def ids(self) -> tuple[int, int]:
        """The user and the group."""
        user, group = self.settings["User"].split(":")
        return int(user), int(group)

    def members(self) -> list[tarfile.TarInfo]:
        """Everything in the layers."""
        found = []
        with tarfile.open(self.archive) as tar:
            for name in self.layers:
                with tarfile.open(fileobj=tar.extractfile(name)) as layer:
                    found += layer.getmembers()
        return found

    def unpack(self, root: Path) -> Path:
        """Unpacks the layers into a folder, with their owners, and adds the files that engines add."""
        root.mkdir()
        with tarfile.open(self.archive) as tar:
            for name in self.layers:
                unpacking = ["tar", "--extract", "--numeric-owner", "--same-permissions", "--directory", root]
                layer = tar.extractfile(name)
                assert layer is not None
                subprocess.run(unpacking, input=layer.read(), check=True)
        (root / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.0.1 named-by-a-file.test\n")
        (root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:2\n")
        return root


def _contents(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


@dataclass
class Container:
    """A container of an image: its read-only root, its data folder, a tmpfs at /run and at /tmp, and one process."""

    image: Image
    root: Path
    data: Path
    log: Path
    settings: dict[str, str] = field(default_factory=dict)
    """Variables beside those of the image."""
    has_own_network: bool = False

    def __post_init__(self) -> None:
        if not self.data.exists():
            # A new volume gets the owner and the mode of the folder in the image.
            subprocess.run(["cp", "--archive", self.root / "var/lib/cellar", self.data], check=True)
        (self.root / "tmp").mkdir(exist_ok=True)
        self.server = self.process(*self.image.settings["Cmd"])

    def process(self, *arguments: str) -> Contained:
        """A process 1 of the container, with the entry point's program."""
        user, group = self.image.ids
        root = self.root
        prepare = [
            f"mount --bind '{root}' '{root}'",
            f"mount --bind '{self.data}' '{root}/var/lib/cellar'",
            f"mount -t proc proc '{root}/proc'",
            f"mount -t tmpfs tmpfs '{root}/run'",
            f"mount -t tmpfs tmpfs '{root}/tmp'",
            f"mount -o remount,bind,ro '{root}'",
        ]
        network = []
        if self.has_own_network:
            network = ["unshare", "--net"]
            prepare.append(f'python3 -c "{_LOOPBACK_UP}"')
        command = [
            "setpriv", "--no-new-privs", "unshare", "--root", root, "--wd", self.image.settings["WorkingDir"],
            "--setgid", str(group), "--setuid", str(user), *self.image.settings["Entrypoint"], *arguments,
        ]  # fmt: skip
        contained = Contained(command, {}, self.log, prepare="\n".join(prepare), before=network)
        contained.environment = {
            **self.image.environment, "PORT": str(contained.port), "PATH": contained.environment["PATH"],
            **self.settings,
        }  # fmt: skip
        return contained

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a program in the running container, as `docker exec` does."""
        user, group = self.image.ids
        pid = str(self.server.pid())
        entering = [
            "nsenter", "--target", pid, "--mount", "--pid", "--net", "--root", "--wd", "--setgid", str(group),
            "--setuid", str(user),
        ]  # fmt: skip
        return subprocess.run(
            [*entering, *command],
            capture_output=True, text=True, timeout=60, env=self.server.environment, check=False,
        )  # fmt: skip
