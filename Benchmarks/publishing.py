"""Publishing large wheels, against the coreutils that do the same work, and the memory that it takes."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

from processes import forget_peak, peak_resident_bytes, resident_bytes
from report import Report, median

from support.cellar import PASSWORD, USER, Cellar
from support.distributions import wheel_parts
from support.simple import Index

_MIB = 1 << 20


def measure(report: Report, root: Path, cache: Path, *, runs: int) -> None:
    deflated = _wheel(cache / "deflated-1.0-py3-none-any.whl", "deflated", members=35, compression=zipfile.ZIP_DEFLATED)
    stored = _wheel(cache / "stored-1.0-py3-none-any.whl", "stored", members=13, compression=zipfile.ZIP_STORED)
    tools = ["sha256sum {0}", "md5sum {0}", "b2sum {0}", "unzip -tqq {0}", "cp {0} {1}", "sync {1}"]
    _compare(report, root, deflated, "a deflated wheel", tools, factor=1, runs=runs)
    _compare(report, root, stored, "a wheel of stored entries", ["sha256sum {0}", "cp {0} {1}", "sync {1}"], 2, runs)


def measure_memory(report: Report, root: Path, cache: Path) -> None:
    """A 2 GiB file in no more than 64 MiB above idle."""
    large = _wheel(cache / "gigabytes-1.0-py3-none-any.whl", "gigabytes", members=128, compression=zipfile.ZIP_STORED)
    server = Cellar(root / "memory", {"server": {"loops": 2}})
    server.start()
    try:
        assert server.process is not None
        pid = server.process.pid
        time.sleep(2)
        idle = resident_bytes(pid)
        forget_peak(pid)
        seconds = _publish(server, large)
        above = (peak_resident_bytes(pid) - idle) / _MIB
        report.at_most("memory above idle, publishing 2 GiB", above, 64, "MiB", f"in {seconds:.1f} s")
        forget_peak(pid)
        idle = resident_bytes(pid)
        _download(server, large.name)
        report.at_most("memory above idle, downloading 2 GiB", (peak_resident_bytes(pid) - idle) / _MIB, 64, "MiB")
        server.stop()
    finally:
        server.kill()


def _compare(report: Report, root: Path, file: Path, name: str, tools: list[str], factor: float, runs: int) -> None:
    publishes, sums = [], []
    for run in range(runs):
        # A new installation each time: the same bytes again would be no work.
        server = Cellar(root / f"publishing-{file.stem}-{run}", {"server": {"loops": 2}})
        server.start()
        try:
            publishes.append(_publish(server, file))
            server.stop()
        finally:
            server.kill()
            shutil.rmtree(server.root)
        sums.append(sum(_tool(tool, file, root / "copy") for tool in tools))
    size = file.stat().st_size / 1e6
    note = f"{size:.0f} MB in {median(publishes):.2f} s; " + ", ".join(tool.split()[0] for tool in tools)
    note += f" take {median(sums):.2f} s"
    ratio = median([publish / total for publish, total in zip(publishes, sums, strict=True)])
    report.at_most(f"publishing {name} (share of the tools)", ratio, factor, note=note)


def _tool(command: str, file: Path, copy: Path) -> float:
    started = time.monotonic()
    arguments = command.format(file, copy).split()
    subprocess.run(arguments, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - started


def _publish(server: Cellar, file: Path) -> float:
    """Seconds from the first byte sent to the answer, by curl."""
    name = file.name.split("-")[0]
    fields = {":action": "file_upload", "protocol_version": "1", "filetype": "bdist_wheel", "pyversion": "py3",
              "metadata_version": "2.1", "name": name, "version": "1.0"}  # fmt: skip
    command = [
        "curl",
        "--silent",
        "--show-error",
        "--user",
        f"{USER}:{PASSWORD}",
        "--write-out",
        "%{http_code} %{time_total}",
    ]
    for key, value in fields.items():
        command += ["--form-string", f"{key}={value}"]
    with tempfile.NamedTemporaryFile() as body:
        command += ["--form", f"content=@{file}", "--output", body.name, server.url("/main/")]
        status, seconds = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert status == "200", f"{status} {Path(body.name).read_text()}"
    return float(seconds)


def _download(server: Cellar, filename: str) -> None:

    link = next(link for link in Index(server.base).links(filename.split("-")[0]) if link.filename == filename)
    subprocess.run(["curl", "--silent", "--fail", "--output", "/dev/null", link.url], check=True)


def _wheel(path: Path, name: str, *, members: int, compression: int) -> Path:
    """A wheel of 16 MiB members, made once; text-like when it is to be deflated, by about 2.7 to 1."""
    if path.exists():
        return path
    print(f"making {path.name}", flush=True)
    chance = random.Random(name)
    if compression == zipfile.ZIP_DEFLATED:
        words = [chance.randbytes(chance.randint(3, 12)) for _ in range(1700)]
        block = b" ".join(chance.choices(words, k=2_200_000))[: 16 * _MIB]
    else:
        block = chance.randbytes(16 * _MIB)
    files = {f"{name}/{number}.bin": block for number in range(members)}
    parts = wheel_parts(name, "1.0", files).with_record()
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", compression) as archive:
        for member, content in parts.items():
            archive.writestr(zipfile.ZipInfo(member, (2024, 1, 1, 0, 0, 0)), content, compression)
    partial.rename(path)
    return path
