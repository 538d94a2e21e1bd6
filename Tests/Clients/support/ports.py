"""Ports of the loopback address that nobody else is given."""

from __future__ import annotations

import contextlib
import random
import socket


class HeldPort:
    """A free port that is held as long as the object lives, also while nobody listens there.

    A socket is bound to it and does not listen: connections are refused, and no other program is given the port. A
    server that sets SO_REUSEADDR can listen there, stop, and listen again.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def __del__(self) -> None:
        self._socket.close()


def free_port() -> int:
    """Returns a port on which nobody listens, for servers that may not set SO_REUSEADDR.

    It is below those that the system gives to outgoing connections (`ip_local_port_range`, from 32768 on).
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
