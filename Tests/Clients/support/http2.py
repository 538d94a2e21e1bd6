"""A client of HTTP/2 that a test controls frame by frame, on hyper's `h2`."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h2.settings

from .tls import SecureCellar

Headers = Iterable[tuple[str, str]]


@dataclass
class Answer:
    """What has come in on one stream."""

    headers: dict[str, str] = field(default_factory=dict)
    informational: list[int] = field(default_factory=list)
    body: bytes = b""
    has_ended: bool = False
    reset: int | None = None

    @property
    def status(self) -> int:
        return int(self.headers[":status"])


class Connection:
    """One connection; what comes in is read only while the test waits for something."""

    def __init__(
        self,
        server: SecureCellar,
        *,
        window: int | None = None,
        refills: bool = True,
        offers: tuple[str, ...] = ("h2",),
        checks: bool = True,
    ) -> None:
        context = ssl.create_default_context(cafile=str(server.certificate.authority))
        context.set_alpn_protocols(list(offers))
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self.protocol = self.socket.selected_alpn_protocol()
        self.authority = f"127.0.0.1:{server.port}"
        self.answers: dict[int, Answer] = {}
        self.goodbye: h2.events.ConnectionTerminated | None = None
        self.is_closed = False
        self.refills = refills
        self._received = b""
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(
                header_encoding="utf-8", validate_outbound_headers=checks, normalize_outbound_headers=checks
            )
        )
        if window is not None:
            self.h2.local_settings = h2.settings.Settings(
                client=True, initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}
            )
        self.h2.initiate_connection()
        self.flush()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def begin(self, path: str, headers: Headers = (), *, method: str = "GET", has_body: bool = False) -> int:
        """Sends a request's head, and returns its stream."""
        head = [(":method", method), (":scheme", "https"), (":authority", self.authority), (":path", path), *headers]
        return self.begin_raw(head, has_body=has_body)

    def begin_raw(self, fields: Headers, *, has_body: bool = False) -> int:
        """Sends any fields as a request's head; malformed ones only if the client does not check them."""
        stream = self.h2.get_next_available_stream_id()
        self.answers[stream] = Answer()
        self.h2.send_headers(stream, list(fields), end_stream=not has_body)
        self.flush()
        return stream

    def send(self, stream: int, body: bytes, *, is_last: bool = True) -> bool:
        """Sends a body as the server makes room for it; stops, and returns false, when the stream has ended before."""
        sent = 0
        while sent < len(body):
            answer = self.answers[stream]
            if answer.has_ended or answer.reset is not None:
                return False
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(body) - sent)
            if room == 0:
                self.read()
                continue
            end = sent + room == len(body)
            self.h2.send_data(stream, body[sent : sent + room], end_stream=is_last and end)
            sent += room
            self.flush()
        return True

    def request(self, path: str, headers: Headers = (), *, method: str = "GET", body: bytes | None = None) -> Answer:
        stream = self.begin(path, headers, method=method, has_body=body is not None)
        if body is not None:
            self.send(stream, body)
        return self.answer(stream)

    def answer(self, stream: int, seconds: float = 30) -> Answer:
        """Waits for the end of an answer."""
        answer = self.answers[stream]
        self.wait(lambda: answer.has_ended or answer.reset is not None, seconds)
        return answer

    def wait(self, holds: object, seconds: float = 30) -> None:
        """Reads until something holds, or the connection has ended."""
        assert callable(holds)
        deadline = time.monotonic() + seconds
        while not holds() and not self.is_closed:
            assert time.monotonic() < deadline, f"nothing within {seconds} s: {self.answers}"
            self.read(deadline - time.monotonic())

    def read(self, seconds: float = 30) -> None:
        """Reads what comes in next."""
        self.socket.settimeout(max(seconds, 0.01))
        try:
            received = self.socket.recv(65536)
        except TimeoutError:
            return
        except (ConnectionError, ssl.SSLError):
            received = b""
        if not received:
            self.is_closed = True
            return
        self._received += received
        while len(self._received) >= 9:
            length = 9 + int.from_bytes(self._received[:3], "big")
            if len(self._received) < length:
                break
            frame, self._received = self._received[:length], self._received[length:]
            for event in self.h2.receive_data(frame):
                self._note(event)
        if not self.is_closed:
            try:
                self.flush()
            except OSError:
                self.is_closed = True

    def _note(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived():
                self.answers[event.stream_id].headers = dict(event.headers)
            case h2.events.InformationalResponseReceived():
                self.answers[event.stream_id].informational.append(int(dict(event.headers)[":status"]))
            case h2.events.DataReceived():
                self.answers[event.stream_id].body += event.data
                if self.refills and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded():
                self.answers[event.stream_id].has_ended = True
            case h2.events.StreamReset():
                self.answers[event.stream_id].reset = int(event.error_code)
            case h2.events.ConnectionTerminated():
                self.goodbye = event
                # h2 takes no frame after a GOAWAY, although open streams go on (RFC 9113 §6.8).
                self.h2.state_machine.state = h2.connection.ConnectionState.CLIENT_OPEN
            case _:
                pass
