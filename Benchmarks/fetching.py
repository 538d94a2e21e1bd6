"""Single requests that prepare a measurement: what an address answers, and under which ETag."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests
import urllib3


def fetched(url: str, headers: Mapping[str, str]) -> bytes:
    """Returns the bytes on the wire, not decompressed, in the coding asked for, which is made off the request."""
    wanted = headers.get("Accept-Encoding", "identity")
    with session() as client:
        for _ in range(200):
            response = client.get(url, headers=dict(headers), stream=True, timeout=60)
            assert response.status_code == 200, f"{url}: {response.status_code}"
            body = response.raw.read(decode_content=False)
            if response.headers.get("Content-Encoding", "identity") == wanted:
                return body
            time.sleep(0.05)
    raise AssertionError(f"{url}: no {wanted} form within ten seconds")


def etag(url: str, headers: Mapping[str, str]) -> str:
    """Returns the ETag of an address, once it has answered 304 to it."""
    with session() as client:
        found = client.get(url, headers=dict(headers), timeout=60).headers["ETag"]
        answer = client.get(url, headers={**headers, "If-None-Match": found}, timeout=60)
        assert answer.status_code == 304, f"{url}: {answer.status_code} to its own ETag"
        return found


@contextmanager
def session() -> Iterator[requests.Session]:
    """A session that uses no proxy, and that trusts the certificate that the bench has made."""
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    with requests.Session() as client:
        client.trust_env = False
        client.verify = False
        yield client
