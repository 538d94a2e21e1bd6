"""A person's login by OpenID Connect, as a client of the provider does it."""

from __future__ import annotations

import base64
import hashlib
import secrets
from urllib.parse import urlencode

import requests

from .servers import LoginClient, LoginProvider, redirected
from .tokens import faults


class Login:
    """One login by the code flow, as a client does it with PKCE (RFC 7636)."""

    def __init__(self, provider: LoginProvider, client: LoginClient, **changes: str | None) -> None:
        self.provider = provider
        self.client = client
        self.metadata = provider.get("/.well-known/openid-configuration").json()
        self.verifier = secrets.token_urlsafe(40)
        self.state, self.nonce = secrets.token_hex(8), secrets.token_hex(8)
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": "openid profile email groups",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": digested(self.verifier.encode()),
            "code_challenge_method": "S256",
            **changes,
        }
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        self.address = f"{self.metadata['authorization_endpoint']}?{query}"

    def sign_in(self, name: str = "alice", **options: object) -> dict[str, str]:
        return redirected(self.provider.sign_in(self.address, name, **options))

    def exchange(self, code: str, **changes: str | None) -> requests.Response:
        """Trades the code at the token endpoint; a change to None leaves the parameter out."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uri,
            "code_verifier": self.verifier,
            "client_id": self.client.client_id,
            **changes,
        }
        secret = self.client.secret
        return requests.post(
            self.metadata["token_endpoint"],
            data={name: value for name, value in sent.items() if value is not None},
            auth=(self.client.client_id, secret) if secret else None,
            verify=str(self.provider.ca),
            timeout=10,
        )

    def tokens(self, name: str = "alice") -> dict[str, str]:
        """Does all of it."""
        answer = self.exchange(self.sign_in(name)["code"])
        assert answer.status_code == 200, answer.text
        return answer.json()

    def faults(self, id_token: str) -> set[str]:
        return faults(id_token, self.provider.url, self.client.client_id, self.provider.keys())

    def userinfo(self, access_token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {access_token}"}
        address = self.metadata["userinfo_endpoint"]
        return requests.get(address, headers=headers, verify=str(self.provider.ca), timeout=10)


def digested(content: bytes, size: int = 32) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()[:size]).rstrip(b"=").decode()
