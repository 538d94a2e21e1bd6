"""What both servers of tokens share: one process, many issuers, loopback http and https."""

from __future__ import annotations

import argparse
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Blueprint, Flask, Response, jsonify, request
from signing import ALGORITHMS, Signer
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

_NAME = re.compile(r"[a-z0-9-]{1,64}")
#: Longer than the patience of every client.
_SILENCE_SECONDS = 120


class Issuers:
    """An issuer for each first segment of the path, made when it is first asked for.

    So each test has one to itself, whose keys it can rotate and which it can take down, and they all share a process.
    """

    def __init__(self, base: str, make: Callable[[str], WSGIApplication]) -> None:
        self._base = base
        self._make = make
        self._made: dict[str, WSGIApplication] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name, _, rest = environ["PATH_INFO"].removeprefix("/").partition("/")
        if not _NAME.fullmatch(name):
            answer = Response("Each name is an issuer: /NAME/.well-known/openid-configuration\n", 404 if name else 200)
            return answer(environ, start_response)
        with self._lock:
            if name not in self._made:
                self._made[name] = self._make(f"{self._base}/{name}")
            application = self._made[name]
        return application({**environ, "SCRIPT_NAME": f"/{name}", "PATH_INFO": f"/{rest}"}, start_response)


class Outage:
    """What an issuer does instead of answering its peers; those who control it are always answered."""

    MODES = ("none", "unavailable", "silent", "garbage")

    def __init__(self) -> None:
        self.mode = "none"

    def answer(self) -> Response | None:
        """Returns what to answer instead, or None if all is well; silence lasts until the outage ends."""
        if self.mode == "unavailable":
            return Response("down", 503)
        if self.mode == "garbage":
            return Response("<html>Down for maintenance</html>", 200, content_type="text/html")
        deadline = time.monotonic() + _SILENCE_SECONDS
        while self.mode == "silent" and time.monotonic() < deadline:
            time.sleep(0.05)
        return None


class Keys:
    """The keys of an issuer, how often they were asked for, and its outage."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.jwks_address = f"{issuer}/.well-known/jwks"
        self.signer = Signer(foreign_address=f"{issuer}/foreign-jwks")
        self.outage = Outage()
        self.asked = {"discovery": 0, "jwks": 0, "foreign_jwks": 0}

    def routes(self, metadata: dict[str, object], controls: Iterable[str]) -> Blueprint:
        """Returns discovery (OpenID Connect Discovery 1.0 §4), the keys (RFC 7517), and what tests turn.

        An outage spares these, and the other `controls`.
        """
        routes = Blueprint("keys", __name__)
        spared = {"/rotate", "/outage", "/stats", *controls}

        @routes.before_app_request
        def fail() -> Response | None:
            return None if request.path in spared else self.outage.answer()

        @routes.get("/.well-known/openid-configuration")
        def discovery() -> Response:
            self.asked["discovery"] += 1
            algorithm = self.signer.key.algorithm
            return jsonify(
                {
                    "issuer": self.issuer,
                    "jwks_uri": self.jwks_address,
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": sorted({"RS256", algorithm}),
                    **metadata,
                }
            )

        @routes.get("/.well-known/jwks")
        def jwks() -> Response:
            self.asked["jwks"] += 1
            return jsonify(self.signer.published())

        @routes.get("/foreign-jwks")
        def foreign() -> Response:
            self.asked["foreign_jwks"] += 1
            return jsonify(self.signer.foreign())

        @routes.post("/rotate")
        def rotate() -> tuple[Response, int]:
            wanted = request.get_json(silent=True) or {}
            algorithm = wanted.get("alg", "RS256")
            if algorithm not in ALGORITHMS:
                return jsonify(error=f"alg is one of {', '.join(ALGORITHMS)}"), 400
            self.signer.rotate(algorithm, keep=bool(wanted.get("keep")))
            return jsonify(kid=self.signer.key.kid), 200

        @routes.post("/outage")
        def outage() -> tuple[Response, int]:
            mode = (request.get_json(silent=True) or {}).get("mode")
            if mode not in Outage.MODES:
                return jsonify(error=f"mode is one of {', '.join(Outage.MODES)}"), 400
            self.outage.mode = mode
            return jsonify(mode=mode), 200

        @routes.get("/stats")
        def stats() -> Response:
            return jsonify(self.asked)

        return routes


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


def run(make: Callable[[str], Flask], description: str | None) -> None:
    """Serves as the command line says, until the process is ended."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("port", type=int)
    parser.add_argument("--tls", nargs=3, metavar=("PORT", "CERTIFICATE", "KEY"))
    arguments = parser.parse_args()

    servers: list[BaseWSGIServer] = [_listen("http", arguments.port, make)]
    if arguments.tls:
        port, certificate, key = arguments.tls
        secured = _listen("https", int(port), make)
        secured.ssl_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secured.ssl_context.load_cert_chain(certificate, key)
        # The handshake belongs to the thread of the connection: a silent client keeps nobody else waiting.
        secured.socket = secured.ssl_context.wrap_socket(
            secured.socket, server_side=True, do_handshake_on_connect=False
        )
        servers.append(secured)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


def _listen(scheme: str, port: int, make: Callable[[str], Flask]) -> BaseWSGIServer:
    issuers = Issuers(f"{scheme}://127.0.0.1:{port}", make)
    return make_server("127.0.0.1", port, issuers, threaded=True, request_handler=_Handler)
