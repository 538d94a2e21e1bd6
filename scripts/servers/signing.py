"""JSON Web Tokens (RFC 7519): signed as they should be, and in each way in which they must not be."""

from __future__ import annotations

import base64
import copy
import datetime
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

Claims = dict[str, object]
ALGORITHMS = ("RS256", "ES256")


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def segment(content: Mapping[str, object]) -> str:
    return base64url(json.dumps(content, separators=(",", ":")).encode())


def token(header: Mapping[str, object], claims: Mapping[str, object], sign: Callable[[bytes], bytes]) -> str:
    """Returns the compact form (RFC 7515 §7.1)."""
    content = f"{segment(header)}.{segment(claims)}"
    return f"{content}.{base64url(sign(content.encode()))}"


class Key:
    """A signing key of RS256 or ES256 with a random key id."""

    def __init__(self, algorithm: str = "RS256") -> None:
        self.algorithm = algorithm
        self.kid = secrets.token_hex(8)
        self._private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if algorithm == "RS256":
            self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        else:
            self._private = ec.generate_private_key(ec.SECP256R1())

    def sign(self, content: bytes) -> bytes:
        if isinstance(self._private, rsa.RSAPrivateKey):
            return self._private.sign(content, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self._private.sign(content, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def header(self) -> Claims:
        return {"alg": self.algorithm, "typ": "JWT", "kid": self.kid}

    def jwk(self) -> Claims:
        """Returns the public half (RFC 7517)."""
        shared = {"use": "sig", "alg": self.algorithm, "kid": self.kid}
        if isinstance(self._private, rsa.RSAPrivateKey):
            public = self._private.public_key().public_numbers()
            modulus, exponent = public.n.to_bytes(256, "big"), public.e.to_bytes(3, "big")
            return {"kty": "RSA", "n": base64url(modulus), "e": base64url(exponent), **shared}
        point = self._private.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return {"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y), **shared}

    def pem(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def certificate(self) -> str:
        """Returns a self-signed certificate as the header `x5c` carries it (RFC 7515 §4.1.6)."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
        now = datetime.datetime.now(datetime.UTC)
        signed = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(self._private, hashes.SHA256())
        )
        return base64.b64encode(signed.public_bytes(Encoding.DER)).decode()


_foreign_keys: dict[str, Key] = {}
_foreign_keys_lock = threading.Lock()


def foreign_key(algorithm: str) -> Key:
    """Returns the one key that no issuer publishes, except where nobody may look (`jku`)."""
    with _foreign_keys_lock:
        if algorithm not in _foreign_keys:
            _foreign_keys[algorithm] = Key(algorithm)
        return _foreign_keys[algorithm]


@dataclass(frozen=True)
class Forger:
    """Makes bad tokens out of good claims; each is bad in one way only, and good in all others."""

    key: Key
    #: Where the foreign key is published: a verifier that follows `jku` finds it there.
    foreign_address: str

    @property
    def foreign(self) -> Key:
        return foreign_key(self.key.algorithm)

    def forge(self, name: str, claims: Claims) -> str:
        """Returns the token of the kind, or raises KeyError if there is none."""
        if name in FORGED_CLAIMS:
            changed = copy.deepcopy(claims)
            FORGED_CLAIMS[name](changed, int(time.time()))
            return token(self.key.header(), changed, self.key.sign)
        return FORGED_SIGNATURES[name](self, claims)

    def alg_none(self, claims: Claims, algorithm: str = "none") -> str:
        return token({"alg": algorithm, "typ": "JWT"}, claims, lambda content: b"")

    def no_signature(self, claims: Claims) -> str:
        return token(self.key.header(), claims, lambda content: b"")

    def zero_signature(self, claims: Claims) -> str:
        return token(self.key.header(), claims, lambda content: bytes(len(self.key.sign(content))))

    def tampered(self, claims: Claims) -> str:
        """The signature is that of other claims."""
        header, _, signature = token(self.key.header(), claims, self.key.sign).split(".")
        return ".".join((header, segment({**claims, "sub": f"{claims.get('sub')}-other"}), signature))

    def foreign_signature(self, claims: Claims) -> str:
        """The key id is published, the key that signed is another."""
        return token(self.key.header(), claims, self.foreign.sign)

    def unknown_kid(self, claims: Claims) -> str:
        return token(self.foreign.header(), claims, self.foreign.sign)

    def embedded(self, claims: Claims, member: str, value: object) -> str:
        """The header brings the key, or says where it is (RFC 7515 §4.1.2 to §4.1.6); the signature fits it."""
        return token({**self.foreign.header(), member: value}, claims, self.foreign.sign)

    def symmetric(self, claims: Claims, secret: bytes, kid: str) -> str:
        """HS256 with a secret that a careless verifier finds under the key id."""
        header = {"alg": "HS256", "typ": "JWT", "kid": kid}
        return token(header, claims, lambda content: hmac.new(secret, content, hashlib.sha256).digest())

    def public_jwk(self) -> bytes:
        """Returns the key as it stands in the published document, byte for byte."""
        return json.dumps(self.key.jwk(), separators=(",", ":"), sort_keys=True).encode()

    def unknown_critical(self, claims: Claims) -> str:
        """An extension that must be understood, and can't be (RFC 7515 §4.1.11)."""
        extension = "urn:example:unknown"
        return token({**self.key.header(), "crit": [extension], extension: True}, claims, self.key.sign)


FORGED_SIGNATURES: dict[str, Callable[[Forger, Claims], str]] = {
    "alg-none": Forger.alg_none,
    "alg-none-cased": lambda forger, claims: forger.alg_none(claims, "nOnE"),
    "no-signature": Forger.no_signature,
    "zero-signature": Forger.zero_signature,
    "tampered": Forger.tampered,
    "foreign-key": Forger.foreign_signature,
    "unknown-kid": Forger.unknown_kid,
    "unknown-critical": Forger.unknown_critical,
    "embedded-jwk": lambda forger, claims: forger.embedded(claims, "jwk", forger.foreign.jwk()),
    "embedded-x5c": lambda forger, claims: forger.embedded(claims, "x5c", [forger.foreign.certificate()]),
    "jku": lambda forger, claims: forger.embedded(claims, "jku", forger.foreign_address),
    "hs256-public-pem": lambda forger, claims: forger.symmetric(claims, forger.key.pem(), forger.key.kid),
    "hs256-public-jwk": lambda forger, claims: forger.symmetric(claims, forger.public_jwk(), forger.key.kid),
    "hs256-kid-traversal": lambda forger, claims: forger.symmetric(claims, b"", "../../../../../../dev/null"),
    "hs256-kid-injection": lambda forger, claims: forger.symmetric(claims, b"x", "' UNION SELECT 'x"),
}

FORGED_CLAIMS: dict[str, Callable[[Claims, int], object]] = {
    "expired": lambda claims, now: claims.update(iat=now - 7200, nbf=now - 7200, exp=now - 3600),
    "not-yet-valid": lambda claims, now: claims.update(nbf=now + 3600, exp=now + 7200),
    "text-expiry": lambda claims, now: claims.update(exp=str(now + 300)),
    "wrong-issuer": lambda claims, now: claims.update(iss="https://issuer.invalid"),
    "issuer-with-slash": lambda claims, now: claims.update(iss=f"{claims.get('iss')}/"),
    "wrong-audience": lambda claims, now: claims.update(aud="somebody-else"),
    "wrong-audiences": lambda claims, now: claims.update(aud=["somebody-else", "nobody"]),
    "without-iss": lambda claims, now: claims.pop("iss", None),
    "without-sub": lambda claims, now: claims.pop("sub", None),
    "without-aud": lambda claims, now: claims.pop("aud", None),
    "without-exp": lambda claims, now: claims.pop("exp", None),
    "without-iat": lambda claims, now: claims.pop("iat", None),
}

FORGERIES = (*FORGED_SIGNATURES, *FORGED_CLAIMS)


class Signer:
    """The keys of one issuer: it signs with the newest, and publishes that and those which were kept."""

    def __init__(self, foreign_address: str) -> None:
        self._foreign_address = foreign_address
        self._keys = [Key()]

    @property
    def key(self) -> Key:
        return self._keys[0]

    def rotate(self, algorithm: str, keep: bool) -> None:
        """Signs with a new key from now on; the older ones stay published only if they are to be kept."""
        self._keys = [Key(algorithm), *(self._keys if keep else ())]

    def published(self) -> Claims:
        return {"keys": [key.jwk() for key in self._keys]}

    def foreign(self) -> Claims:
        return {"keys": [foreign_key(self.key.algorithm).jwk()]}

    def sign(self, claims: Claims, header: Mapping[str, object] | None = None) -> str:
        """Returns a token; members of `header` are added to the ordinary header, or taken from it if they are null."""
        members = {**self.key.header(), **(header or {})}
        return token({name: value for name, value in members.items() if value is not None}, claims, self.key.sign)

    def forge(self, name: str, claims: Claims) -> str:
        """Returns a bad token, or raises KeyError if there are none of that name."""
        return Forger(self.key, self._foreign_address).forge(name, claims)
