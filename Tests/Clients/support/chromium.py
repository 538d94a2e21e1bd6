"""Chromium without a window, driven through its debugging pipe: messages in JSON, each ended by a NUL."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
_PATIENCE = 30.0
# Chromium reads commands from descriptor 3 and answers on 4.
_START = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Chromium:
    """One browser with one page, and a profile of its own."""

    def __init__(self, profile: Path) -> None:
        assert PROGRAM is not None
        commands, self._write = os.pipe()
        self._read, answers = os.pipe()
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-proxy-server", "--remote-debugging-pipe"]
        self._process = subprocess.Popen(
            [
                sys.executable, "-c", _START, str(commands), str(answers),
                PROGRAM, *options, f"--user-data-dir={profile}", "about:blank",
            ],
            pass_fds=(commands, answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(commands)
        os.close(answers)
        self._numbers = itertools.count(1)
        self._received = b""
        self.sent: list[dict[str, str]] = []
        targets = self._call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self._session = self._call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Network"):
            self._call(f"{domain}.enable")

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(_PATIENCE)
        os.close(self._write)
        os.close(self._read)

    def go(self, address: str) -> None:
        self._call("Page.navigate", url=address)
        self._wait_for_page()

    def fill(self, **fields: str) -> None:
        """Fills fields in by their ids."""
        for name, value in fields.items():
            self.ask(f"document.getElementById({json.dumps(name)}).value = {json.dumps(value)}")

    def click(self, label: str) -> None:
        """Clicks the button with a label, and waits for the page that follows. Headers sent since then are kept."""
        self.sent = []
        self.ask("window.isOld = true")
        buttons = "[...document.querySelectorAll('button')]"
        self.ask(f"{buttons}.find(one => one.textContent.trim() === {json.dumps(label)}).click()")
        self._wait_for_page()

    def ask(self, expression: str) -> Any:
        """The value of an expression on the page."""
        return self._call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    @property
    def address(self) -> str:
        return str(self.ask("location.href"))

    @property
    def text(self) -> str:
        return str(self.ask("document.body.innerText"))

    def _wait_for_page(self) -> None:
        end = time.monotonic() + _PATIENCE
        while self.ask("document.readyState === 'complete' && !window.isOld") is not True:
            assert time.monotonic() < end, "the page does not come"
            time.sleep(0.05)

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                # A page that goes away while it is asked has no answer.
                return answer.get("result", {"result": {}})
            if answer.get("method") == "Network.requestWillBeSentExtraInfo":
                self.sent.append({name.lower(): value for name, value in answer["params"]["headers"].items()})

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._received:
            chunk = os.read(self._read, 1 << 16)
            assert chunk, "Chromium has ended"
            self._received += chunk
        line, _, self._received = self._received.partition(b"\0")
        return json.loads(line)
