"""An OpenID Connect provider for the login of people; README.md beside it has the addresses.

The protocol is that of Authlib's provider (RFC 6749, RFC 7636, OpenID Connect Core 1.0), with PKCE made a duty.
"""

from __future__ import annotations

import hashlib
import html
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from authlib.common.urls import add_params_to_uri
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from serving import Keys, run
from signing import FORGERIES, Claims, base64url

SCOPES = ("openid", "profile", "email", "groups")
_CLAIMS = {"profile": ("name", "preferred_username"), "email": ("email", "email_verified"), "groups": ("groups",)}
CODE_SECONDS = 60
ID_TOKEN_SECONDS = 300

#: Everybody's password is their name and `-secret`.
GROUPS = {"alice": ["developers", "staff"], "bob": [], "carol": ["admins", "staff"]}


def _person(name: str, groups: list[str]) -> Claims:
    return {
        "sub": f"subject-of-{name}",
        "name": name.title(),
        "preferred_username": name,
        "email": f"{name}@example.org",
        "email_verified": True,
        "groups": groups,
    }


@dataclass(frozen=True)
class Client(ClientMixin):
    """A registered client: public (no secret) or confidential."""

    client_id: str
    secret: str | None
    redirect_uris: tuple[str, ...]

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        # OpenID Connect Core 1.0 §3.1.2.1: the request names it.
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(word for word in (scope or "").split() if word in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return self.secret is not None and secrets.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") == (self.secret is None)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):
    """An authorization code, good for one exchange within a minute."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    person: str
    code_challenge: str
    code_challenge_method: str
    nonce: str | None
    issued: int

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.issued


class Provider:
    """The state of one provider: its clients, people, codes and access tokens."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.keys = Keys(issuer)
        self.clients: dict[str, Client] = {}
        self.people = {name: _person(name, groups) for name, groups in GROUPS.items()}
        self.codes: dict[str, Code] = {}
        self.access_tokens: dict[str, tuple[str, str]] = {}
        #: What is wrong with the ID tokens from now on: a forgery, changed and removed claims.
        self.spoiled: dict[str, object] = {}

    def claims(self, person: str, scope: str) -> Claims:
        """Returns what a scope shows of a person (OpenID Connect Core 1.0 §5.4; `groups` is mere custom)."""
        everything = self.people[person]
        shown = {"sub", *(name for word in scope.split() for name in _CLAIMS.get(word, ()))}
        return {name: value for name, value in everything.items() if name in shown}

    def id_token(self, client_id: str, code: Code, access_token: str) -> str:
        """Returns the token of OpenID Connect Core 1.0 §2, as good as tests let it be."""
        now = int(time.time())
        claims: Claims = {
            "iss": self.issuer, "aud": client_id, "iat": now, "exp": now + ID_TOKEN_SECONDS, "auth_time": code.issued,
            "at_hash": base64url(hashlib.sha256(access_token.encode()).digest()[:16]),
            **({"nonce": code.nonce} if code.nonce else {}), **self.claims(code.person, code.scope),
            **self.spoiled.get("claims", {}),
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if name not in self.spoiled.get("remove", ())}
        forgery = self.spoiled.get("forge")
        return self.keys.signer.forge(forgery, claims) if forgery else self.keys.signer.sign(claims)


def _grant(provider: Provider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

        def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
            data = request.payload.data
            provider.codes[code] = Code(
                code=code,
                client_id=request.client.client_id,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                person=request.user,
                code_challenge=data["code_challenge"],
                code_challenge_method=data["code_challenge_method"],
                nonce=data.get("nonce"),
                issued=int(time.time()),
            )

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            # Whatever comes of the exchange, a code was shown once (RFC 6749 §4.1.2).
            found = provider.codes.pop(code, None)
            is_good = found and found.client_id == client.client_id and time.time() < found.issued + CODE_SECONDS
            return found if is_good else None

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes.pop(authorization_code.code, None)

        def authenticate_user(self, authorization_code: Code) -> str | None:
            return authorization_code.person if authorization_code.person in provider.people else None

    return Grant


class _Pkce(CodeChallenge):
    """Every client proves that it asked, with S256 (RFC 9700 §2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        super().validate_code_challenge(grant, redirect_uri)
        if grant.request.payload.data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Missing 'code_challenge', or its method is not S256")


def _open_id(provider: Provider) -> OpenIDCode:
    class OpenId(OpenIDCode):
        def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
            return any(code.nonce == nonce for code in list(provider.codes.values()))

        def encode_id_token(self, token: Mapping[str, str], request: OAuth2Request) -> str:
            return provider.id_token(request.client.client_id, request.authorization_code, token["access_token"])

    return OpenId()


def _login_page(wrong: bool) -> Response:
    note = "<p role=alert>The name or the password is wrong.</p>" if wrong else ""
    asked = html.escape(f"{request.args.get('client_id')} asks for: {request.args.get('scope')}")
    page = (
        f"<!doctype html><html lang=en><title>Test provider</title><h1>Sign in</h1><p>{asked}</p>{note}"
        "<form method=post><label>Name <input name=username autofocus></label>"
        "<label>Password <input name=password type=password></label>"
        "<button name=answer value=allow>Sign in</button><button name=answer value=deny>Deny</button></form></html>"
    )
    return Response(page, 401 if wrong else 200, content_type="text/html; charset=utf-8")


def make(issuer: str) -> Flask:
    """Returns the provider of this address."""
    # Loopback needs no TLS here, which Authlib would ask for.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    application = Flask(__name__)
    application.config["OAUTH2_SCOPES_SUPPORTED"] = SCOPES
    provider = Provider(issuer)

    def save_token(token: Mapping[str, str], request: OAuth2Request) -> None:
        provider.access_tokens[token["access_token"]] = (request.user, token["scope"])

    server = AuthorizationServer(query_client=lambda client_id: provider.clients.get(client_id), save_token=save_token)
    server.init_app(application)
    server.register_grant(_grant(provider), [_Pkce(), _open_id(provider)])
    metadata: dict[str, object] = {
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "registration_endpoint": f"{issuer}/register",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "scopes_supported": list(SCOPES),
        "claims_supported": ["sub", *(name for names in _CLAIMS.values() for name in names)],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "authorization_response_iss_parameter_supported": True,
    }
    application.register_blueprint(provider.keys.routes(metadata, controls=("/people", "/register", "/spoil")))

    def handed_over(response: Response) -> Response:
        """Names the issuer in an answer that goes to the client, be it a code or an error (RFC 9207 §2)."""
        if response.location is None:
            return response
        # After a form only 303 makes sure that the password is not sent along (RFC 9700 §4.12).
        return redirect(add_params_to_uri(response.location, {"iss": issuer}), 303)

    @application.get("/authorize")
    def show_login() -> Response:
        try:
            server.get_consent_grant()
        except OAuth2Error as error:
            return handed_over(server.handle_error_response(None, error))
        return _login_page(wrong=False)

    @application.post("/authorize")
    def log_in() -> Response:
        name, password = request.form.get("username", ""), request.form.get("password", "")
        denied = request.form.get("answer") == "deny"
        if not denied and (name not in provider.people or password != f"{name}-secret"):
            return _login_page(wrong=True)
        try:
            grant = server.get_consent_grant(end_user=None if denied else name)
        except OAuth2Error as error:
            return handed_over(server.handle_error_response(None, error))
        return handed_over(server.create_authorization_response(grant.request, None if denied else name, grant))

    @application.post("/token")
    def token() -> Response:
        return server.create_token_response()

    @application.route("/userinfo", methods=["GET", "POST"])
    def userinfo() -> tuple[Response, int] | Response:
        access_token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        person, scope = provider.access_tokens.get(access_token, (None, ""))
        if person not in provider.people:
            refusal = jsonify(error="invalid_token")
            refusal.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return refusal, 401
        return jsonify(provider.claims(person, scope))

    @application.post("/register")
    def register() -> tuple[Response, int]:
        """Registers a client as RFC 7591 has it: `redirect_uris`, and `token_endpoint_auth_method`."""
        wanted = request.get_json()
        redirect_uris = wanted.get("redirect_uris")
        if not isinstance(redirect_uris, list) or not redirect_uris:
            return jsonify(error="invalid_redirect_uri"), 400
        method = wanted.get("token_endpoint_auth_method", "client_secret_basic")
        secret = None if method == "none" else secrets.token_urlsafe(24)
        client = Client(secrets.token_hex(8), secret, tuple(redirect_uris))
        provider.clients[client.client_id] = client
        answer = {"client_id": client.client_id, **({"client_secret": secret} if secret else {})}
        return jsonify({**answer, "redirect_uris": redirect_uris, "token_endpoint_auth_method": method}), 201

    @application.post("/people")
    def change_people() -> Response:
        """Changes claims of people (new ones begin as the others did); null takes a person away."""
        for name, changes in request.get_json().items():
            if changes is None:
                provider.people.pop(name, None)
            else:
                provider.people[name] = {**provider.people.get(name, _person(name, [])), **changes}
        return jsonify(provider.people)

    @application.post("/spoil")
    def spoil() -> tuple[Response, int]:
        """Spoils the ID tokens from now on, as `/mint` of the CI issuer does; an empty object makes them good again."""
        wanted = request.get_json()
        if wanted.get("forge") not in (None, *FORGERIES):
            return jsonify(error=f"forge is one of {', '.join(FORGERIES)}"), 400
        provider.spoiled = wanted
        return jsonify(wanted), 200

    return application


if __name__ == "__main__":
    run(make, __doc__)
