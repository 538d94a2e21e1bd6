#!/usr/bin/env bash
# httpx loses an answer that is under way when the server says goodbye, although the goodbye names its stream as accepted.
#
# Versions: httpx 0.28.1 with h2 4.4.1. Python 3.11.
# Expected: RFC 9113 6.8: a server sends GOAWAY with the last stream that it acts on, and ends that stream; the client
#   reads on. So a server is restarted without a lost answer.
# Seen: in h2 a connection that has received GOAWAY is closed, and every frame after it is an error. httpx lets
#   h2's own exception through in the middle of the body, which no handler of httpx.HTTPError catches. Clients on httpx
#   have to ask again whenever a server that they read from is restarted in good order.
# Output: without GOAWAY: 200 hello world
#         with GOAWAY: h2.exceptions.ProtocolError, no httpx.HTTPError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet httpx==0.28.1 h2==4.4.1

"$folder/venv/bin/python" - <<'PYTHON'
import socket, sys, threading

import hpack, httpx
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, HeadersFrame, SettingsFrame


def serve(listener, says_goodbye):
    connection, _ = listener.accept()
    received = b""
    while len(received) < 24:
        received += connection.recv(65536)
    received = received[24:]  # the preface
    connection.sendall(SettingsFrame(0).serialize())
    stream = None
    while stream is None:
        while len(received) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(received[:9]))
            if len(received) < 9 + length:
                break
            received = received[9 + length :]
            if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
                connection.sendall(SettingsFrame(0, flags=["ACK"]).serialize())
            if isinstance(frame, HeadersFrame):
                stream = frame.stream_id
        if stream is None:
            received += connection.recv(65536)
    head = HeadersFrame(stream, hpack.Encoder().encode([(":status", "200")]), flags=["END_HEADERS"])
    connection.sendall(head.serialize() + DataFrame(stream, b"hello ").serialize())
    if says_goodbye:
        connection.sendall(GoAwayFrame(0, last_stream_id=stream, error_code=0).serialize())
    connection.sendall(DataFrame(stream, b"world", flags=["END_STREAM"]).serialize())
    connection.recv(65536)
    connection.close()


seen = []
for says_goodbye in (False, True):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener, says_goodbye), daemon=True).start()
        with httpx.Client(http1=False, http2=True, trust_env=False) as client:
            try:
                answer = client.get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
                seen.append(f"{answer.status_code} {answer.text}")
            except Exception as error:
                kind = "an httpx.HTTPError" if isinstance(error, httpx.HTTPError) else "no httpx.HTTPError"
                seen.append(f"{type(error).__module__}.{type(error).__name__}, {kind}")
print("without GOAWAY:", seen[0])
print("with GOAWAY:", seen[1])
sys.exit(seen != ["200 hello world", "h2.exceptions.ProtocolError, no httpx.HTTPError"])
PYTHON
