"""Varnish in front of an nginx: whatever was asked for once is answered from memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nginx import Nginx
from peers import Peer

from support.upload import basic

# The login is checked by Varnish, so that what needs one is answered from memory, too.
_CONFIGURATION = """
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{port}"; }}
sub vcl_recv {{
    if (req.url ~ "^/private/" && req.http.Authorization != "{login}") {{ return (synth(401)); }}
    unset req.http.Authorization;
    return (hash);
}}
sub vcl_backend_fetch {{
    if (bereq.url ~ "^/private/") {{ set bereq.http.Authorization = "{login}"; }}
}}
sub vcl_backend_response {{ set beresp.ttl = 1d; }}
"""


class Varnish(Peer):
    """A running Varnish."""

    name = "Varnish"

    def __init__(self, root: Path, backend: Nginx) -> None:
        self._backend = backend
        super().__init__(root)

    def command(self) -> Sequence[str]:
        configuration = self.root / "default.vcl"
        configuration.write_text(_CONFIGURATION.format(port=self._backend.port, login=basic()))
        # Without http_gzip_support, both forms of a page are kept, and none is unpacked for each answer.
        return [
            "varnishd", "-F", "-j", "none", "-n", str(self.root / "varnish"), "-a", f"127.0.0.1:{self.port}",
            "-f", str(configuration), "-s", "malloc,512m", "-p", "http_gzip_support=off",
        ]  # fmt: skip
