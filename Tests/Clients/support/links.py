"""A connection between two servers that a test cuts, slows, or makes lie."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

_BLOCK = 1 << 16
_HEAD = re.compile(rb"(GET|PUT|POST|HEAD|DELETE) [^\r\n]+ HTTP/1\.1\r\n")


@dataclass(frozen=True)
class Trouble:
    """What happens to a link: to every connection that is open, and to every one that is opened."""

    name: str
    # Connections are ended by RST, and new ones as soon as they are accepted.
    cuts: bool = False
    # Nothing goes on, and nobody is told.
    silent: bool = False
    # Seconds by which each block comes later.
    delay: float = 0
    # Of 1: how many requests of HTTP are answered here, or ended by RST after a part of them; and with which status.
    share: float = 0
    status: int | None = None


CUT = Trouble("cut", cuts=True)
SILENT = Trouble("silent", silent=True)
SLOW = Trouble("slow", delay=0.05)
ERRORS = Trouble("500", share=0.7, status=500)
SLOW_DOWN = Trouble("503 SlowDown", share=0.7, status=503)
RESETS = Trouble("resets", share=0.5)


class Link:
    """Passes bytes on between 127.0.0.1 and a port of another server, on a thread of its own."""

    def __init__(self, target: int, *, seed: int = 0) -> None:
        self._target = target
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._pairs: set[_Pair] = set()
        self._trouble: Trouble | None = None
        self._goes_on = asyncio.Event()
        # How many connections or requests any trouble has met.
        self.troubled = 0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: asyncio.Server = self._call(self._listen)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def begin(self, trouble: Trouble) -> None:
        self._call(lambda: self._change(trouble))

    def end(self) -> None:
        self._call(lambda: self._change(None))

    def close(self) -> None:
        async def close() -> None:
            self._server.close()
            for pair in list(self._pairs):
                pair.reset()
            await asyncio.sleep(0)

        self._call(close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _call(self, work: Callable[[], Coroutine[object, object, object]]) -> object:
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result(30)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def _change(self, trouble: Trouble | None) -> None:
        self._trouble = trouble
        self._goes_on.set()
        self._goes_on = asyncio.Event()
        if trouble is not None and trouble.cuts:
            for pair in list(self._pairs):
                self.troubled += 1
                pair.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._trouble is not None and self._trouble.cuts:
            self.troubled += 1
            return _reset(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            return _reset(writer)
        pair = _Pair(writer, far_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(
                self._pass(pair, reader, far_writer, True), self._pass(pair, far_reader, writer, False)
            )
        finally:
            self._pairs.discard(pair)
            pair.close()
        return None

    async def _pass(
        self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_asking: bool
    ) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while block := await reader.read(_BLOCK):
                while (trouble := self._trouble) is not None and trouble.silent:
                    self.troubled += 1
                    await self._goes_on.wait()
                if trouble is not None and trouble.delay:
                    self.troubled += 1
                    await asyncio.sleep(trouble.delay)
                if trouble is not None and is_asking and self._is_met(trouble, block):
                    self.troubled += 1
                    return await self._lie(pair, trouble, block, writer)
                writer.write(block)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()

    def _is_met(self, trouble: Trouble, block: bytes) -> bool:
        return bool(trouble.share) and bool(_HEAD.match(block)) and self._chance.random() < trouble.share

    async def _lie(self, pair: _Pair, trouble: Trouble, block: bytes, far: asyncio.StreamWriter) -> None:
        """Answers a request in the server's place, or ends it after the server has had it."""
        if trouble.status is None:
            # Whoever asked doesn't know whether it was done.
            far.write(block)
            await far.drain()
            await asyncio.sleep(0.01)
            return pair.reset()
        code = "SlowDown" if trouble.status == 503 else "InternalError"
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>Please try again.</Message></Error>".encode()
        head = f"HTTP/1.1 {trouble.status} Trouble\r\nContent-Type: application/xml\r\nConnection: close\r\n"
        pair.near.write(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        with contextlib.suppress(OSError):
            await pair.near.drain()
        # The rest of the request's body is read, or the answer would be lost with it.
        await asyncio.sleep(0.05)
        return pair.close()


@dataclass(eq=False)
class _Pair:
    """The two connections that make one."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    _is_closed: bool = field(default=False)

    def reset(self) -> None:
        _reset(self.near)
        _reset(self.far)

    def close(self) -> None:
        self.near.close()
        self.far.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection by RST, whatever waits to be sent."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
